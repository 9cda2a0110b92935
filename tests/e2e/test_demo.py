"""What the demo shows is made by the real code and holds together."""

import pytest
from cryptography import x509

from tests.visitor import Visitor

pytestmark = pytest.mark.processes


def test_the_demo_has_orders_in_several_states(portal):
    rows = portal.execute("SELECT DISTINCT status FROM certificates_order ORDER BY status")

    assert [status for (status,) in rows] == ["approve", "canceled", "expired", "issued", "pending", "rejected"]


def test_no_certificate_is_older_than_the_ca_that_signed_it(portal):
    ca = x509.load_der_x509_certificate(Visitor(portal.url).get("/pki/ca/issuing-1.crt").content)

    ((oldest,),) = portal.execute("SELECT min(not_before) FROM certificates_certificate")

    assert ca.not_valid_before_utc < oldest


@pytest.mark.parametrize(
    ("person", "lands_at"),
    [
        ("gina@example.com", "/introduction/"),
        ("stan@example.com", "/introduction/"),
        ("vera@sslportal.example", "/vetting/"),
    ],
)
def test_the_people_that_are_printed_can_sign_in(portal, person, lands_at):
    visitor = Visitor(portal.url).sign_in(person, portal.people[person])

    assert visitor.url == portal.url + lands_at


def test_the_stranger_sees_nothing_of_the_first_account(portal):
    stranger = Visitor(portal.url).sign_in("stranger@example.org", portal.people["stranger@example.org"])

    assert "example.com" not in stranger.get("/certificates/").text
    assert stranger.get("/certificates/4/").status == 404
