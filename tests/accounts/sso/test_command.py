"""`manage.py sso`: what the operator does, and what it refuses."""

import base64
import io

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from django.core.management import CommandError, call_command

from accounts.sso import actions, given
from accounts.sso.models import Kind, SignOnProvider
from sslportal.kit import audit
from tests.accounts.sso.saml_idp import ENTITY_ID, SSO_URL, SamlIdp


def sso(*words):
    out = io.StringIO()
    call_command("sso", *map(str, words), stdout=out)
    return out.getvalue()


@pytest.fixture
def secret_file(tmp_path, oidc_server):
    path = tmp_path / "secret"
    path.write_text(f"{oidc_server.client_secret}\n")
    return path


@pytest.fixture
def metadata_file(tmp_path, idp):
    path = tmp_path / "metadata.xml"
    path.write_bytes(idp.metadata())
    return path


@pytest.fixture
def certificate_file(tmp_path, idp):
    path = tmp_path / "idp.pem"
    path.write_bytes(idp.certificate.public_bytes(Encoding.PEM))
    return path


def oidc_words(people, server, secret_file):
    return (
        "oidc", people.company.pk, "--slug", "example", "--server-url", server.url,
        "--client-id", server.client_id, "--client-secret-file", secret_file,
    )  # fmt: skip


def stories(account):
    return [(entry.verb, entry.actor, entry.reason) for entry in audit.of(account)]


def test_oidc_is_set_up_switched_off_and_says_what_the_other_side_needs(people, oidc_server, secret_file):
    said = sso(*oidc_words(people, oidc_server, secret_file))

    provider = SignOnProvider.objects.get()
    assert (provider.kind, provider.is_on, provider.client_secret) == (Kind.OIDC, False, oidc_server.client_secret)
    assert "http://localhost:8000/sign-in/with/example/callback/" in said
    assert oidc_server.client_secret not in said
    assert stories(people.company) == [("sso_configure", "command line", f"OIDC: {oidc_server.url}")]


def test_saml_is_set_up_by_metadata(people, metadata_file, idp):
    said = sso("saml", people.company.pk, "--slug", "example", "--metadata-file", metadata_file)

    assert SignOnProvider.objects.get().configuration == {
        "issuer": ENTITY_ID, "sso_url": SSO_URL, "certificates": [idp.certificate_text],
    }  # fmt: skip
    assert "http://localhost:8000/sign-in/with/example/acs/" in said
    assert f"{idp.certificate.not_valid_after_utc:%Y-%m-%d}" in said


def test_saml_is_set_up_by_single_values(people, certificate_file, idp):
    sso("saml", people.company.pk, "--slug", "example", "--entity-id", ENTITY_ID, "--sso-url", SSO_URL,
        "--certificate-file", certificate_file)  # fmt: skip

    assert SignOnProvider.objects.get().configuration["certificates"] == [idp.certificate_text]


def test_it_is_switched_on_and_off_and_each_is_told_once(people, saml):
    for word in ("off", "off", "on"):
        sso(word, "example")

    assert [verb for verb, _who, _why in stories(people.company)] == ["sso_configure", "sso_on", "sso_off", "sso_on"]


def test_the_list_names_all(people, saml):
    said = sso("list")

    assert "example: SAML, on" in said
    assert f"{people.company.pk} Example Corporation" in said


def test_an_empty_list_says_so(db):
    assert sso("list") == "There are none.\n"


def test_removing_takes_links_away(people, saml):
    actions.admit(saml, "s1", "paul@example.com")

    sso("remove", "example")

    assert not SignOnProvider.objects.exists()
    assert not saml.links.exists()


def test_unlinking_by_address(people, saml):
    actions.admit(saml, "s1", "paul@example.com")

    sso("unlink", "example", "paul@example.com")

    assert not saml.links.exists()


def test_the_same_identity_provider_set_up_anew_keeps_links_and_stays_on(people, saml, metadata_file):
    actions.admit(saml, "s1", "paul@example.com")

    sso("saml", people.company.pk, "--slug", "example", "--metadata-file", metadata_file)

    saml.refresh_from_db()
    assert saml.is_on
    assert saml.links.count() == 1


def test_another_identity_provider_begins_with_nobody_and_switched_off(people, saml, certificate_file):
    actions.admit(saml, "s1", "paul@example.com")

    sso("saml", people.company.pk, "--slug", "example", "--entity-id", "https://another.example/", "--sso-url", SSO_URL,
        "--certificate-file", certificate_file)  # fmt: skip

    saml.refresh_from_db()
    assert not saml.is_on
    assert not saml.links.exists()


def test_an_account_has_one_identity_provider(people, saml, metadata_file):
    with pytest.raises(CommandError, match="Remove that first"):
        sso("saml", people.company.pk, "--slug", "second", "--metadata-file", metadata_file)


def test_a_slug_belongs_to_one_account(people, saml, metadata_file):
    with pytest.raises(CommandError, match="another account"):
        sso("saml", people.foreign.pk, "--slug", "example", "--metadata-file", metadata_file)


@pytest.mark.parametrize("slug", ["saml", "openid_connect", "two words", "a/b", "s" * 41, ""])
def test_a_slug_that_is_no_word_for_an_address_is_refused(people, metadata_file, slug):
    with pytest.raises(CommandError):
        sso("saml", people.company.pk, "--slug", slug, "--metadata-file", metadata_file)


@pytest.mark.parametrize("words", [("on", "x"), ("off", "x"), ("remove", "x"), ("unlink", "x", "a@example.com")])
def test_an_unknown_slug_is_said(db, words):
    with pytest.raises(CommandError, match="no identity provider “x”"):
        sso(*words)


def test_an_unknown_account_is_said(db, metadata_file):
    with pytest.raises(CommandError, match="no account 4711"):
        sso("saml", 4711, "--slug", "example", "--metadata-file", metadata_file)


def test_too_little_for_saml_is_said(people):
    with pytest.raises(CommandError, match="--metadata-file, or all of"):
        sso("saml", people.company.pk, "--slug", "example", "--entity-id", ENTITY_ID)


def test_a_file_that_is_not_there_is_said(people, tmp_path):
    with pytest.raises(CommandError, match="No such file"):
        sso("saml", people.company.pk, "--slug", "example", "--metadata-file", tmp_path / "none.xml")


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"issuer": "https://evil.example"}, "calls itself “https://evil.example”"),
        ({"token_endpoint": None}, "names no token_endpoint"),
        ({"jwks_uri": "http://evil.example/keys"}, "is not an https address"),
        ({"userinfo_endpoint": "file:///etc/passwd"}, "is not an https address"),
    ],
)
def test_a_discovery_document_that_cannot_be_used_is_refused(oidc_server, told, why):
    oidc_server.discovery |= told

    with pytest.raises(given.NotUsable, match=why):
        given.discover(oidc_server.url)


@pytest.mark.parametrize("url", ["http://idp.example.com", "ftp://idp.example.com", "nonsense", "https://"])
def test_a_server_without_https_is_refused(url):
    with pytest.raises(given.NotUsable, match="not an https address"):
        given.discover(url)


def test_a_server_that_does_not_answer_is_said():
    with pytest.raises(given.NotUsable, match="cannot be read"):
        given.discover("http://127.0.0.1:9")


def test_the_whole_address_of_the_discovery_document_will_do(oidc_server):
    told = given.discover(f"{oidc_server.url}/.well-known/openid-configuration")

    assert told["issuer"] == oidc_server.url


ENTITY = '<!DOCTYPE md [<!ENTITY x "https://idp.example.com/metadata">]>'


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda xml: xml.replace('<?xml version="1.0"?>', ENTITY), "document type declaration"),
        (lambda xml: xml[:100], "are not XML"),
        (lambda xml: xml + "<!--" + "x" * 1_100_000 + "-->", "larger than 1024 kB"),
        (lambda xml: xml.replace("IDPSSODescriptor", "SPSSODescriptor"), "describe 0 identity providers"),
        (lambda xml: xml.replace("HTTP-Redirect", "HTTP-POST"), "binding HTTP-Redirect"),
        (lambda xml: xml.replace(SSO_URL, "http://idp.example.com/sso"), "is not an https address"),
        (lambda xml: xml.replace(SSO_URL, "javascript:alert(1)"), "is not an https address"),
        (lambda xml: xml.replace('use="signing"', 'use="encryption"'), "no certificate for signing"),
        (
            lambda xml: xml.replace("<md:IDPSSODescriptor", '<md:IDPSSODescriptor WantAuthnRequestsSigned="true"'),
            "signed",
        ),
        (lambda xml: xml.replace("X509Certificate>", "X509Certificate>%%"), "not in base64"),
        (lambda xml: xml.replace(f'entityID="{ENTITY_ID}"', ""), "no entity ID"),
    ],
)
def test_metadata_that_cannot_be_used_are_refused(idp, change, why):
    with pytest.raises(given.NotUsable, match=why):
        given.read_metadata(change(idp.metadata().decode()).encode())


def test_of_several_identity_providers_one_is_named(idp):
    one = idp.metadata().decode().replace('<?xml version="1.0"?>', "")
    other = one.replace(ENTITY_ID, "https://other.example/")
    both = f'<md:EntitiesDescriptor xmlns:md="{given.NS["md"]}">{one}{other}</md:EntitiesDescriptor>'.encode()

    with pytest.raises(given.NotUsable, match="describe 2"):
        given.read_metadata(both)
    assert given.read_metadata(both, "https://other.example/")["issuer"] == "https://other.example/"


def test_a_certificate_that_has_expired_is_refused():
    with pytest.raises(given.NotUsable, match="still valid"):
        given.read_metadata(SamlIdp(days=-1).metadata())


def test_a_certificate_of_a_weak_key_is_refused():
    with pytest.raises(given.NotUsable, match="2048 bits"):
        given.read_metadata(SamlIdp(bits=1024).metadata())


@pytest.mark.parametrize(
    "data", [b"", b"nonsense", b"-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----", b"x" * 2**21]
)
def test_something_that_is_no_certificate_is_refused(data):
    with pytest.raises(given.NotUsable):
        given.read_certificate(data)


def test_a_certificate_in_der_will_do(idp):
    assert given.read_certificate(base64.b64decode(idp.certificate_text)) == idp.certificate
