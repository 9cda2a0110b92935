"""One order's pages: what it waits for, what can be done, and the downloads."""

import io
import subprocess
import zipfile

import pytest

from certificates.models import Order
from certificates.states import Hold, Status
from tests.factories import issue, make_domain, make_order
from tests.stranger import ask


@pytest.fixture
def issued(ca, people):
    make_domain(people.ov)
    order = make_order(people.ov, people.paul)
    issue(order)
    return Order.objects.get()


def page(client, order, tail=""):
    return client.get(f"/certificates/{order.pk}/{tail}").content.decode()


def test_a_pending_order_says_what_it_waits_for_and_refreshes_itself(people, sign_in):
    order = make_order(people.ov, people.paul, hold=Hold.LINT, hold_detail="something odd")

    shown = page(sign_in(people.paul), order)

    assert "The vetting team is looking at this request" in shown
    assert f'data-refresh="/certificates/{order.pk}/state/"' in shown
    assert "example.com is not among the domains of the organization profile" in shown


def test_an_issued_order_no_longer_refreshes(people, sign_in, issued):
    shown = page(sign_in(people.paul), issued)

    assert 'data-refresh="' not in shown
    assert "Download" in shown
    assert issued.certificate.serial_number in shown


@pytest.mark.parametrize(
    ("person", "status", "buttons"),
    [
        ("paul", Status.APPROVE, {"approve", "cancel"}),
        ("stan", Status.APPROVE, {"cancel"}),
        ("paul", Status.PENDING, {"cancel"}),
        ("stan", Status.PENDING, {"cancel"}),
        ("paul", Status.CANCELED, set()),
        ("paul", Status.REJECTED, set()),
        ("paul", Status.EXPIRED, set()),
        ("paul", Status.CANCELING, set()),
    ],
)
def test_the_buttons_are_those_of_the_status_and_the_person(people, sign_in, person, status, buttons):
    order = make_order(people.ov, people.stan, status=status)

    shown = page(sign_in(getattr(people, person)), order)

    there = {name for name in ("approve", "cancel", "download") if f'href="/certificates/{order.pk}/{name}/"' in shown}
    assert there == buttons


def test_approve_in_two_pages(people, sign_in):
    order = make_order(people.ov, people.stan, status=Status.APPROVE)
    paul = sign_in(people.paul)

    assert "Continue" in page(paul, order, "approve/")
    assert "Approve" in page(paul, order, "approve/confirm/")
    response = paul.post(f"/certificates/{order.pk}/approve/confirm/", follow=True)

    order.refresh_from_db()
    assert (order.status, order.approver) == (Status.PENDING, people.paul)
    assert "was submitted" in response.content.decode()


def test_a_stale_approval_is_told_politely(people, sign_in):
    order = make_order(people.ov, people.stan, status=Status.CANCELED)

    response = sign_in(people.paul).post(f"/certificates/{order.pk}/approve/confirm/", follow=True)

    assert "Somebody was faster" in response.content.decode()
    assert Order.objects.get().status == Status.CANCELED


def test_cancel_asks_first(people, sign_in):
    order = make_order(people.ov, people.stan, status=Status.APPROVE)
    stan = sign_in(people.stan)

    assert "Cancel order" in page(stan, order, "cancel/")
    stan.post(f"/certificates/{order.pk}/cancel/")

    assert Order.objects.get().status == Status.CANCELED


@pytest.mark.parametrize("tail", ["approve/confirm/", "cancel/"])
def test_a_form_without_its_token_does_nothing(people, tail):
    from django.test import Client

    order = make_order(people.ov, people.stan, status=Status.APPROVE)
    client = Client(enforce_csrf_checks=True)
    client.force_login(people.paul, backend="allauth.account.auth_backends.AuthenticationBackend")

    assert client.post(f"/certificates/{order.pk}/{tail}").status_code == 403
    assert Order.objects.get().status == Status.APPROVE


def test_the_base_domain_is_shown_as_the_portals_own_addition(people, sign_in):
    make_domain(people.ov)
    order = make_order(people.ov, people.paul)

    response = sign_in(people.paul).get(f"/certificates/{order.pk}/")

    assert (response.context["system_sans"], response.context["sans"]) == (["example.com"], ["www.example.com"])


def get(client, order, name):
    return client.get(f"/certificates/{order.pk}/download/{name}")


def openssl(*args, data):
    return subprocess.run(["openssl", *args], input=data, capture_output=True, check=True).stdout.decode()


def test_the_downloads_are_what_openssl_says_they_are(people, sign_in, issued):
    paul = sign_in(people.paul)

    server = get(paul, issued, "www.example.com.crt")
    pkcs7 = openssl("pkcs7", "-print_certs", "-noout", data=get(paul, issued, "www.example.com.p7b").content)
    chain = get(paul, issued, "www.example.com.fullchain.pem").content.decode()
    bundle = get(paul, issued, "ca-bundle.crt").content.decode()
    der = openssl("x509", "-inform", "DER", "-noout", "-subject", data=get(paul, issued, "www.example.com.der").content)

    assert server["Content-Disposition"] == 'attachment; filename="www.example.com.crt"'
    assert "CN = www.example.com" in openssl("x509", "-noout", "-subject", data=server.content)
    assert pkcs7.count("subject=") == 3
    assert (chain.count("BEGIN CERTIFICATE"), bundle.count("BEGIN CERTIFICATE")) == (3, 3)
    assert "CN = www.example.com" in der


def test_the_zip_holds_server_intermediates_and_root(people, sign_in, issued):
    content = get(sign_in(people.paul), issued, "all-certificates.zip").content

    assert zipfile.ZipFile(io.BytesIO(content)).namelist() == [
        "www.example.com.crt", "ssl-portal-issuing-1.crt", "ssl-portal-policy-1.crt", "ssl-portal-root-1.crt"
    ]  # fmt: skip


def test_files_of_a_wildcard_are_called_wildcard(ca, people, sign_in):
    make_domain(people.ov)
    order = make_order(people.ov, people.paul, name="*.example.com")
    issue(order)

    shown = page(sign_in(people.paul), order, "download/")

    assert "wildcard.example.com.crt" in shown


@pytest.mark.parametrize("name", ["nonsense", "..%2f..%2fetc%2fpasswd", "root-1.key"])
def test_no_other_file_can_be_downloaded(people, sign_in, issued, name):
    assert get(sign_in(people.paul), issued, name).status_code == 404


def test_the_ca_certificates_are_where_certificates_point(issued):
    reply = ask("/pki/ca/issuing-1.crt")

    assert (reply.status, reply.headers["Content-Type"]) == (200, "application/pkix-cert")
    assert "Issuing CA 1" in openssl("x509", "-inform", "DER", "-noout", "-subject", data=reply.content)
