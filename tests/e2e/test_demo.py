"""What the demo shows is made by the real code and holds together."""

import http.client
from contextlib import closing

import dns.message
import dns.query
import pytest
from cryptography import x509

from tests.visitor import Visitor

pytestmark = pytest.mark.processes


def test_the_demo_has_orders_in_several_states(portal):
    rows = portal.execute("SELECT DISTINCT status FROM certificates_order ORDER BY status")

    assert [status for (status,) in rows] == [
        "approve", "canceled", "expired", "issued", "pending", "rejected", "revoked", "unused",
    ]  # fmt: skip


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


def test_what_is_published_on_the_page_is_said_by_the_demos_servers(portal):
    told = portal.environment_of("gunicorn")
    name, page = "_sslportal-challenge.visitor.example", "/.well-known/pki-validation/sslportal.txt"
    visitor = Visitor(portal.url).get("/demo/internet/")

    visitor.send(kind="TXT", name=name, value="of the record")
    visitor.send(kind="FILE", name="visitor.example", value="of the file")

    host, port = told["PORTAL_DNS_SERVERS"].split(":")
    (rrset,) = dns.query.udp(dns.message.make_query(name, "TXT"), host, port=int(port), timeout=5).answer
    assert [record.to_text() for record in rrset] == ['"of the record"']
    with closing(http.client.HTTPConnection("127.0.0.2", int(told["PORTAL_DEMO_HTTP_PORT"]), timeout=5)) as web:
        web.request("GET", page, headers={"Host": "visitor.example"})
        assert web.getresponse().read() == b"of the file"
