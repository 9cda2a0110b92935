"""Signing in by SAML, against an identity provider that signs with a key of its own."""

import base64
from copy import deepcopy
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
import xmlsec
from django.utils import timezone
from lxml import etree

from accounts.sso import actions
from sslportal.kit.models import HistoryEntry
from tests.accounts.sso.conftest import leave, make_saml, who_is_signed_in
from tests.accounts.sso.saml_idp import NS, SSO_URL, decode, encode, read_request, restriction, stamp

ACS = "/sign-in/with/example/acs/"


def come_back(client, form, acs=ACS):
    """What the browser does with the form that the identity provider makes it post."""
    response = client.post(acs, form)
    return client.get(response.headers["Location"]) if response.status_code == 302 else response


def sign_in(client, provider, idp, *, next_url="", **wrong):
    return come_back(client, idp.respond(leave(client, provider, next=next_url), **wrong))


def why_refused(caplog):
    """What the log says of the last refusal; the page says the same of all."""
    return [record.getMessage() for record in caplog.records if record.name == "accounts.sso.pages"][-1]


def assert_refused(client, response, status=403):
    assert response.status_code == status
    assert who_is_signed_in(client) is None


def test_an_administrator_of_the_account_signs_in(client, people, saml, idp):
    response = sign_in(client, saml, idp)

    assert response.headers["Location"] == "/"
    assert who_is_signed_in(client) == people.paul.pk


def test_the_request_goes_to_the_identity_provider_and_says_who_asks(client, saml):
    address = leave(client, saml)

    request = read_request(address)
    assert address.startswith(f"{SSO_URL}?")
    assert request.findtext("saml:Issuer", namespaces=NS) == "http://localhost:8000/sign-in/with/example/metadata/"
    assert request.get("AssertionConsumerServiceURL") == f"http://localhost:8000{ACS}"


def test_the_posted_answer_comes_without_the_session_of_the_browser(client, people, saml, idp):
    form = idp.respond(leave(client, saml))
    session = client.cookies.pop("sslportal_session")

    response = client.post(ACS, form)
    client.cookies["sslportal_session"] = session.value
    client.get(response.headers["Location"])

    assert who_is_signed_in(client) == people.paul.pk


def test_one_is_led_to_the_page_one_wanted(client, saml, idp):
    assert (
        sign_in(client, saml, idp, next_url="/certificates/").headers["Location"] == "/?next=%2Fcertificates%2F"
    )  # by the start page


def test_neither_next_nor_relay_state_leads_elsewhere(client, saml, idp):
    assert sign_in(client, saml, idp, next_url="https://evil.example/").headers["Location"] == "/"


def test_attributes_are_not_kept(client, saml, idp):
    sign_in(client, saml, idp)

    assert [(link.uid, link.extra_data) for link in saml.links] == [("subject-of-paul", {})]


def test_an_address_as_name_id_will_do(client, people, saml, idp):
    mail = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"

    sign_in(client, saml, idp, format=mail, subject="paul@example.com", email="")

    assert who_is_signed_in(client) == people.paul.pk


@pytest.mark.parametrize("email", ["stranger@example.org", "vera@sslportal.example", "nobody@example.com", ""])
def test_nobody_else_is_let_in(client, people, saml, idp, email):
    assert_refused(client, sign_in(client, saml, idp, email=email))
    assert not saml.links.exists()


def test_a_refusal_is_told_to_the_accounts_history(client, people, saml, idp):
    sign_in(client, saml, idp, email="stranger@example.org")

    told = HistoryEntry.objects.get(verb="sso_refused")
    assert (told.account_id, told.reason) == (people.company.pk, "stranger@example.org")


PAST, FUTURE = stamp(datetime.now(UTC) - timedelta(minutes=6)), stamp(datetime.now(UTC) + timedelta(minutes=60))
WRONG = {
    "another audience": ({"audience": restriction("https://b.example/")}, "is not a valid audience"),
    "no audience": ({"audience": ""}, "does not say for whom"),
    "another recipient": ({"recipient": 'Recipient="https://b.example/"'}, "valid SubjectConfirmation was not found"),
    "a longer recipient": ({"recipient": f'Recipient="http://localhost:8000{ACS}more"'}, "is not for this request"),
    "no recipient": ({"recipient": ""}, "is not for this request"),
    "another destination": ({"acs": "https://b.example/acs/"}, "instead of https://b.example/acs/"),
    "another issuer": ({"issuer": "https://b.example/"}, "Invalid issuer"),
    "no end": ({"until": ""}, "does not say until when"),
    "too late to confirm": ({"until": f'NotOnOrAfter="{PAST}"'}, "valid SubjectConfirmation was not found"),
    "expired": ({"after": PAST}, "expired"),
    "not yet": ({"before": FUTURE}, "not yet valid"),
    "nobody asked": ({"irt": "", "sirt": ""}, "nobody has asked for it"),
    "nobody asked, says the subject": ({"sirt": ""}, "is not for this request"),
    "nobody asked, says the response": ({"irt": ""}, "nobody has asked for it"),
    "another request": ({"irt": 'InResponseTo="_x"', "sirt": 'InResponseTo="_x"'}, "nothing that this browser has asked"),
    "another of the subject": ({"sirt": 'InResponseTo="_x"'}, "valid SubjectConfirmation was not found"),
    "another of the response": ({"irt": 'InResponseTo="_x"'}, "valid SubjectConfirmation was not found"),
    "unsigned": ({"signs": False}, "is not signed"),
    "signed with SHA-1": ({"signature": {"method": xmlsec.constants.TransformRsaSha1}}, "rsa-sha1"),
    "a digest of SHA-1": ({"signature": {"digest": xmlsec.constants.TransformSha1}}, "xmldsig#sha1"),
    "a name for once": ({"format": "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"}, "a new one every time"),
    "an empty name": ({"subject": ""}, "empty NameID"),
}  # fmt: skip


@pytest.mark.parametrize(("wrong", "why"), WRONG.values(), ids=WRONG)
def test_a_response_that_is_wrong_is_refused(client, saml, idp, caplog, wrong, why):
    assert_refused(client, sign_in(client, saml, idp, **wrong))
    assert why in why_refused(caplog)
    assert not HistoryEntry.objects.filter(verb="sso_refused").exists()


def test_a_response_for_several_audiences_is_for_us_too(client, people, saml, idp):
    audiences = restriction("https://b.example/", "http://localhost:8000/sign-in/with/example/metadata/")

    sign_in(client, saml, idp, audience=audiences)

    assert who_is_signed_in(client) == people.paul.pk


def test_a_response_of_another_key_is_refused(client, saml, saml_keys):
    assert_refused(client, sign_in(client, saml, saml_keys.other))


def test_a_response_signed_as_a_whole_only_is_refused(client, saml, idp):
    document = idp.document(read_request(leave(client, saml)))
    idp.sign(document)

    assert_refused(client, come_back(client, encode(document)))


def test_a_response_and_an_assertion_that_are_both_signed_are_taken(client, people, saml, idp):
    document = idp.document(read_request(leave(client, saml)))
    idp.sign(document.find("saml:Assertion", NS))
    idp.sign(document)

    come_back(client, encode(document))

    assert who_is_signed_in(client) == people.paul.pk


def test_a_changed_assertion_is_refused(client, saml, idp):
    document = decode(idp.respond(leave(client, saml), email="nobody@example.com"))
    document.find(".//saml:AttributeValue", NS).text = "paul@example.com"

    assert_refused(client, come_back(client, encode(document)))


def test_a_signed_part_wrapped_into_another_response_is_refused(client, people, saml, idp, caplog):
    """The signature stays valid over the true assertion, while another stands where assertions are read."""
    document = decode(idp.respond(leave(client, saml), email="nobody@example.com"))
    true = document.find("saml:Assertion", NS)
    for place, why in PLACES.items():
        forged = wrapped(document, true, place)

        assert_refused(client, come_back(client, encode(forged)))
        assert why in why_refused(caplog)


PLACES = {
    "beside": "must contain 1 assertion",
    "before": "must contain 1 assertion",
    "inside the signature": "a signature is not over its own element",
    "as an extension": "must contain 1 assertion",
}


def wrapped(document, true, place):
    response = deepcopy(document)
    original = response.find("saml:Assertion", NS)
    forged = deepcopy(true)
    forged.set("ID", "_forged")
    forged.find(".//saml:AttributeValue", NS).text = "paul@example.com"
    forged.remove(forged.find("ds:Signature", NS))
    if place == "beside":
        response.append(forged)
    elif place == "before":
        original.addprevious(forged)
    elif place == "inside the signature":
        signature = original.find("ds:Signature", NS)
        response.replace(original, forged)
        forged.insert(1, signature)
        original_inside = etree.SubElement(signature, f"{{{NS['ds']}}}Object")
        original_inside.append(original)
    else:
        extensions = etree.Element(f"{{{NS['samlp']}}}Extensions")
        response.find("saml:Issuer", NS).addnext(extensions)
        response.replace(original, forged)
        extensions.append(original)
    return response


def test_a_signature_by_other_algorithms_than_saml_means_is_refused_before_it_is_computed(client, saml, idp):
    document = decode(idp.respond(leave(client, saml)))
    transform = document.find(".//ds:Transform", NS)
    transform.set("Algorithm", "http://www.w3.org/TR/1999/REC-xslt-19991116")

    assert_refused(client, come_back(client, encode(document)))


def test_a_comment_inside_the_name_does_not_shorten_it(client, people, saml, idp):
    """Signed as paul@example.com.evil.example, and read so."""
    document = decode(idp.respond(leave(client, saml), email="paul@example.com.evil.example"))
    value = document.find(".//saml:AttributeValue", NS)
    value.text = "paul@example.com"
    comment = etree.Comment("")
    comment.tail = ".evil.example"
    value.append(comment)

    assert_refused(client, come_back(client, encode(document)))


def test_an_answer_is_taken_once(client, saml, idp):
    form = idp.respond(leave(client, saml))
    come_back(client, form)
    client.logout()

    assert_refused(client, come_back(client, form))


def test_a_stolen_assertion_does_not_answer_a_request_of_the_thief(client, saml, idp):
    """What is outside of the signed assertion may be changed by whoever carries it."""
    stolen = decode(idp.respond(leave(client, saml)))
    client.cookies.clear()
    stolen.set("InResponseTo", read_request(leave(client, saml)).get("ID"))

    assert_refused(client, come_back(client, encode(stolen)))


def test_the_answer_to_another_browser_is_refused(client, saml, idp):
    form = idp.respond(leave(client, saml))
    client.cookies.clear()

    assert_refused(client, come_back(client, form))


def test_a_request_is_forgotten_after_ten_minutes(client, saml, idp):
    address = leave(client, saml)

    with time_machine.travel(timezone.now() + timedelta(minutes=11), tick=False):
        assert_refused(client, come_back(client, idp.respond(address)))


BOMB = '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
OUTSIDE = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'


@pytest.mark.parametrize(
    "text",
    [
        "", "AAAA", "nonsense", "\N{SNOWMAN}", "A" * 300_000,
        *(base64.b64encode(xml.encode()).decode() for xml in ("<a/>", "<a", BOMB, OUTSIDE)),
    ],
)  # fmt: skip
def test_something_that_is_no_response_is_refused(client, saml, text):
    leave(client, saml)

    assert_refused(client, come_back(client, {"SAMLResponse": text}))


def test_nothing_that_is_not_signed_is_kept(client, saml):
    before = session_count()

    client.post(ACS, {"SAMLResponse": "AAAA"})

    assert session_count() == before


def session_count():
    from django.contrib.sessions.models import Session

    return Session.objects.count()


def test_finishing_what_was_not_begun_is_refused(client, saml):
    assert_refused(client, client.get(f"{ACS}finish/"))


def test_switching_off_ends_what_has_begun(client, saml, idp):
    form = idp.respond(leave(client, saml))
    actions.switch(saml, on=False, by="command line")

    assert_refused(client, come_back(client, form), status=404)


def test_switching_off_between_the_two_halves_ends_it_too(client, saml, idp):
    response = client.post(ACS, idp.respond(leave(client, saml)))
    actions.switch(saml, on=False, by="command line")

    assert_refused(client, client.get(response.headers["Location"]), status=404)


def test_the_answer_of_one_accounts_provider_does_not_serve_at_anothers(client, people, saml, idp):
    other = make_saml(people.foreign, idp, "foreign")
    leave(client, other)
    form = idp.respond(leave(client, saml))

    assert_refused(client, come_back(client, form, "/sign-in/with/foreign/acs/"))


def test_a_second_certificate_is_trusted_as_well(client, people, saml, saml_keys):
    both = [saml_keys.ours.certificate_text, saml_keys.other.certificate_text]
    actions.configure(
        people.company, "example", saml.kind, {**saml.configuration, "certificates": both}, by="command line"
    )

    sign_in(client, saml, saml_keys.other)

    assert who_is_signed_in(client) == people.paul.pk


def test_the_metadata_tell_the_other_side_what_it_needs(client, saml):
    actions.switch(saml, on=False, by="command line")

    root = etree.fromstring(client.get("/sign-in/with/example/metadata/").content)

    md = {"md": "urn:oasis:names:tc:SAML:2.0:metadata"}
    assert root.get("entityID") == "http://localhost:8000/sign-in/with/example/metadata/"
    assert [acs.get("Location") for acs in root.iterfind(".//md:AssertionConsumerService", md)] == [
        f"http://localhost:8000{ACS}"
    ]
    assert root.find("md:SPSSODescriptor", md).get("WantAssertionsSigned") == "true"
    assert root.find(".//md:SingleLogoutService", md) is None
