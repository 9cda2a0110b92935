"""Which key store a setting means: a folder of files, or a PKCS#11 token by its URI (RFC 7512)."""

import re
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from certificates.ca.keys import FileKeyStore, KeyStore, KeyStoreError

SCHEME = "pkcs11:"
EXAMPLE = "pkcs11:token=sslportal?module-path=/usr/lib/softhsm/libsofthsm2.so"
# What stands in a value as it is (RFC 7512 2.3), all else being %XX: a little more after the question mark than before it
_VALUE = r"(?:[A-Za-z0-9._~:\[\]@!$'()*+,={}-]|%[0-9A-Fa-f]{{2}})*"
_IN_PATH, _IN_QUERY = re.compile(_VALUE.format("&")), re.compile(_VALUE.format("/?|"))
_PIN = {"pin-value", "pin-source"}


class TokenAddress(NamedTuple):
    """A token: its label, and the path of the module that reaches it."""

    token: str
    module: str


def open_store(where: str, passphrase: bytes) -> KeyStore:
    """The key store in a folder, or in a token that a PKCS#11 URI names, whose PIN is the passphrase then.

    Raises KeyStoreError for an empty passphrase, a wrong URI, or where python-pkcs11 is not installed. Keys are not looked
    for, and tokens not opened, before they are used.
    """
    if not where.lower().startswith(SCHEME):
        return FileKeyStore(Path(where), passphrase)
    address = token_address(where)
    try:
        from certificates.ca.pkcs11 import Pkcs11KeyStore
    except ImportError as error:
        raise KeyStoreError(
            "The CA's keys are in a PKCS#11 token, but python-pkcs11 is not installed. "
            "To have it: .venv/bin/pip install --require-hashes -r requirements-hsm.lock"
        ) from error
    return Pkcs11KeyStore(address.token, address.module, passphrase)


def token_address(uri: str) -> TokenAddress:
    """What the URI names. Raises KeyStoreError for anything but one token, and one module-path from “/” on."""
    path, _mark, query = uri[len(SCHEME) :].partition("?")
    token = _only_value("token", path.split(";"), _IN_PATH)
    module = _only_value("module-path", query.split("&"), _IN_QUERY)
    if not module.startswith("/"):
        raise _wrong("module-path is not the whole path of a file, from “/” on")
    return TokenAddress(token, module)


def _only_value(name: str, attributes: list[str], allowed: re.Pattern[str]) -> str:
    names = [attribute.partition("=")[0] for attribute in attributes]
    if not _PIN.isdisjoint(names):
        raise _wrong("a PIN does not belong into it, but into CA_PASSPHRASE_FILE or CA_PASSPHRASE")
    if names != [name]:
        raise _wrong("before the question mark stands token=, after it module-path=, and nothing else")
    _name, _equals, written = attributes[0].partition("=")
    if not allowed.fullmatch(written):
        raise _wrong(f"{name} has signs that must be written as % and two digits, such as %20 for a space")
    return _decoded(name, written)


def _decoded(name: str, written: str) -> str:
    try:
        value = unquote_to_bytes(written).decode()
    except UnicodeDecodeError:
        raise _wrong(f"{name} is not UTF-8") from None
    if not value or not value.isprintable():
        raise _wrong(f"{name} is empty or has signs that cannot be seen")
    return value


def _wrong(why: str) -> KeyStoreError:
    """The URI itself is not repeated: somebody may have put a PIN into it."""
    return KeyStoreError(f"The PKCS#11 URI of the CA's keys is wrong: {why}. Such as: {EXAMPLE}")
