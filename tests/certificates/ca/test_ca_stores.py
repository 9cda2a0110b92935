"""Which key store a setting means."""

import sys

import pytest

from certificates.ca.keys import FileKeyStore, KeyStoreError
from certificates.ca.pkcs11 import Pkcs11KeyStore
from certificates.ca.stores import EXAMPLE, TokenAddress, open_store, token_address


@pytest.mark.parametrize(
    ("uri", "token", "module"),
    [
        (EXAMPLE, "sslportal", "/usr/lib/softhsm/libsofthsm2.so"),
        ("PKCS11:token=sslportal?module-path=/a.so", "sslportal", "/a.so"),
        ("pkcs11:token=The%20Software%20PKCS%2311?module-path=/a%20b.so", "The Software PKCS#11", "/a b.so"),
        ("pkcs11:token=%E9%8D%B5?module-path=%2Fa.so", "鍵", "/a.so"),
        ("pkcs11:token=a=b&c?module-path=/a?b=c|d.so", "a=b&c", "/a?b=c|d.so"),
    ],
)
def test_a_uri_names_a_token_and_a_module(uri, token, module):
    assert token_address(uri) == TokenAddress(token, module)


@pytest.mark.parametrize(
    ("uri", "why"),
    [
        ("pkcs11:", "before the question mark stands token="),
        ("pkcs11:token=a", "after it module-path="),
        ("pkcs11:?module-path=/a.so", "before the question mark stands token="),
        ("pkcs11:token?module-path=/a.so", "token is empty"),
        ("pkcs11:token=?module-path=/a.so", "token is empty"),
        ("pkcs11:token=a?module-path=", "module-path is empty"),
        ("pkcs11:token=a?module-path=a.so", "not the whole path of a file"),
        ("pkcs11:token=a;module-path=/a.so", "before the question mark stands token="),
        ("pkcs11:token=a;token=b?module-path=/a.so", "and nothing else"),
        ("pkcs11:token=a;object=root-1?module-path=/a.so", "and nothing else"),
        ("pkcs11:token=a?module-path=/a.so&module-name=b", "and nothing else"),
        ("pkcs11:token=a?module-path=/a.so&", "and nothing else"),
        ("pkcs11:Token=a?module-path=/a.so", "and nothing else"),
        ("pkcs11:token=a b?module-path=/a.so", "must be written as % and two digits"),
        ("pkcs11:token=a/b?module-path=/a.so", "must be written as % and two digits"),
        ("pkcs11:token=鍵?module-path=/a.so", "must be written as % and two digits"),
        ("pkcs11:token=a%2?module-path=/a.so", "must be written as % and two digits"),
        ("pkcs11:token=a?module-path=/a#b.so", "must be written as % and two digits"),
        ("pkcs11:token=a%FF?module-path=/a.so", "token is not UTF-8"),
        ("pkcs11:token=a%00?module-path=/a.so", "signs that cannot be seen"),
        ("pkcs11:token=a?module-path=/a.so%0A", "signs that cannot be seen"),
    ],
)
def test_any_other_uri_is_refused_with_its_reason_and_an_example(uri, why):
    with pytest.raises(KeyStoreError) as refused:
        token_address(uri)

    assert why in str(refused.value)
    assert str(refused.value).endswith(EXAMPLE)


@pytest.mark.parametrize(
    "uri",
    [
        "pkcs11:token=a?module-path=/a.so&pin-value=2718",
        "pkcs11:token=a?pin-value=2718&module-path=/a.so",
        "pkcs11:token=a?module-path=/a.so&pin-source=file:/etc/2718",
        "pkcs11:token=a;pin-value=2718?module-path=/a.so",
    ],
)
def test_a_pin_in_the_uri_is_refused_and_not_repeated(uri):
    with pytest.raises(KeyStoreError, match="a PIN does not belong into it, but into CA_PASSPHRASE_FILE") as refused:
        token_address(uri)

    assert "2718" not in str(refused.value)


@pytest.mark.parametrize(
    ("where", "kind"), [("/srv/keys", FileKeyStore), ("pkcs11", FileKeyStore), (EXAMPLE, Pkcs11KeyStore)]
)
def test_a_store_is_opened_by_its_place_without_touching_it(where, kind):
    assert isinstance(open_store(where, b"2718"), kind)


def test_without_the_package_a_token_is_refused_with_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    monkeypatch.delitem(sys.modules, "certificates.ca.pkcs11")

    with pytest.raises(KeyStoreError, match=r"python-pkcs11 is not installed.* -r requirements-hsm\.lock"):
        open_store(EXAMPLE, b"2718")
