"""The trust services as HTTP sees them: addresses, methods, caching, and what happens while the database is away."""

import base64
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import psycopg
import pytest
import time_machine
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID
from django.db import connection

from certificates.actions import revocation
from certificates.ca import ocsp_request
from certificates.models import Certificate
from certificates.states import Reason
from certificates.trust import answers, store
from tests import stranger

COMMITS = pytest.mark.django_db(transaction=True)


def date(moment):
    """As HTTP writes a date."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


# Addresses


def test_whatever_a_certificate_points_to_is_there(order, issuer, question):
    certificate = order.certificate.x509
    access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    at = {one.access_method: path_of(one.access_location.value) for one in access}
    (point,) = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value

    assert stranger.ask(at[AuthorityInformationAccessOID.OCSP], "POST", question).says == "GOOD"
    assert stranger.ask(path_of(point.full_name[0].value)).crl.issuer == certificate.issuer
    assert stranger.ask(at[AuthorityInformationAccessOID.CA_ISSUERS]).content == issuer.public_bytes(Encoding.DER)


def path_of(url):
    base = "http://pki.example.com"
    assert url.startswith(f"{base}/")
    return url.removeprefix(base)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_each_cas_certificate_is_there_for_programs_and_for_people(ca, number):
    made = ca.made[number]

    as_der, as_pem = stranger.ask(f"/pki/ca/{made.name}.crt"), stranger.ask(f"/pki/ca/{made.name}.pem")

    assert (as_der.headers["Content-Type"], as_der.content) == ("application/pkix-cert", made.der)
    assert (as_pem.headers["Content-Type"], as_pem.content) == ("application/x-pem-file", made.pem)
    assert as_der.headers["Cache-Control"] == "max-age=86400, public, no-transform, must-revalidate"


@pytest.mark.parametrize("path", [
    "", "other", "other/issuing-1.crl", "ocsp", "ocsp/", "ocsp/nobody-1/", "ocsp/issuing-2/AAAA", "ocsp//AAAA",
    "ocsp/ISSUING-1/", "ocsp/issuing-1%00/", "ocsp/%00", "ocsp/%FF", "ocsp/issuing-1;DROP/", f"ocsp/{'x' * 9000}/",
    "crl", "crl/", "crl/issuing-1", "crl/issuing-1.pem", "crl/issuing-1.crl", "crl/issuing-2.crl", "crl/issuing-1-0.crl",
    "crl/issuing-1-01.crl", "crl/issuing-1-999999999.crl", "crl/issuing-1-9999999999.crl", "crl/issuing-1-x.crl",
    "crl/issuing-1%00.crl", "crl/%D9%A1.crl", "crl/issuing-%D9%A1.crl", "crl/../ca/issuing-1.crl", "crl/.crl",
    "ca", "ca/", "ca/issuing-1", "ca/issuing-1.der", "ca/issuing-2.crt", "ca/.crt", "ca/issuing-1.crt/", "ca/%00.crt",
    "ca/issuing-1%00.crt", "ca/x.y.crt", f"ca/{'x' * 9000}.crt",
])  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_is_not_there_is_not_found(ca, path, method):
    reply = stranger.ask(f"/pki/{path}", method)

    assert (reply.status, reply.headers["Cache-Control"]) == (404, "no-store")
    assert reply.headers["Content-Type"].startswith("text/plain")


def test_an_unknown_ca_is_not_found_by_post_either(question):
    assert stranger.post(question, ca="issuing-2").status == 404
    assert stranger.post(question, ca="issuing-1\0").status == 404


@pytest.mark.parametrize(("path", "method", "allowed"), [
    ("ocsp/issuing-1/", "PUT", "GET, HEAD, POST"), ("ocsp/issuing-1/", "DELETE", "GET, HEAD, POST"),
    ("ocsp/issuing-1/", "OPTIONS", "GET, HEAD, POST"), ("ocsp/issuing-1/", "BREW", "GET, HEAD, POST"),
    ("crl/issuing-1.crl", "POST", "GET, HEAD"), ("ca/issuing-1.crt", "POST", "GET, HEAD"),
    ("ca/issuing-1.crt", "DELETE", "GET, HEAD"),
])  # fmt: skip
def test_other_methods_are_not_allowed(ca, path, method, allowed):
    reply = stranger.ask(f"/pki/{path}", method)

    assert (reply.status, reply.headers["Cache-Control"]) == (405, "no-store")
    assert reply.headers["Allow"] == allowed


def test_nothing_of_the_portal_is_asked_or_said(order, question, django_assert_num_queries):
    stranger.get(question)

    with django_assert_num_queries(0):  # the one question to the database goes past Django
        reply = stranger.get(question)

    assert set(reply.headers) == {
        "Content-Type", "Content-Length", "X-Content-Type-Options", "Cache-Control", "ETag", "Last-Modified", "Expires",
    }  # fmt: skip


# The request


@pytest.mark.parametrize("damage", [
    lambda request: b"", lambda request: b"?", lambda request: request[:-1], lambda request: request + b"\0",
    lambda request: request * 2, lambda request: bytes(ocsp_request.MAX_BYTES), lambda request: b"\x30\x80" + request,
])  # fmt: skip
@pytest.mark.parametrize("ask", [stranger.get, stranger.post])
def test_damage_is_answered_as_malformed(ca, issuer, damage, ask):
    reply = ask(damage(stranger.request_for(issuer, issuer)))

    assert reply.says == "MALFORMED_REQUEST"
    assert reply.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "written", ["", "%", "====", "AAA", "A A A A", "MFEwTzBNMEsw*", "%C3%BC", "MFEw-_", "%00", "\n"]
)
def test_what_is_not_base64_is_malformed(ca, written):
    assert stranger.ask(f"/pki/ocsp/issuing-1/{written}").says == "MALFORMED_REQUEST"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_request_that_is_too_large_is_refused(ca, method):
    large = bytes(ocsp_request.MAX_BYTES + 1)

    reply = stranger.get(large) if method == "GET" else stranger.post(large)

    assert (reply.status, reply.headers["Cache-Control"]) == (413, "no-store")


def test_of_a_body_without_end_no_more_is_read_than_needed(ca):
    reply = stranger.post(bytes(10_000_000))

    assert reply.status == 413
    assert reply.read <= ocsp_request.MAX_BYTES + 1


@pytest.mark.parametrize(("length", "says"), [
    ("", "GOOD"), ("chunked", "GOOD"), ("-1", "GOOD"), ("²", "GOOD"), ("99999999999999999999", "GOOD"),
    ("0", "MALFORMED_REQUEST"), ("10", "MALFORMED_REQUEST"),
])  # fmt: skip
def test_a_body_is_as_long_as_is_said_and_whole_where_nothing_is_said(question, length, says):
    assert stranger.post(question, length=length).says == says


@pytest.mark.parametrize("special", ["//", "+", "///"])
def test_what_is_special_in_an_address_may_be_escaped_or_not(order, issuer, special):
    request = renumbered(order, issuer, special)
    written = base64.b64encode(request).decode()

    replies = [stranger.get(request), stranger.ask(f"/pki/ocsp/issuing-1/{written}")]

    assert special in written
    assert [reply.says for reply in replies] == ["GOOD", "GOOD"]


def renumbered(order, issuer, special):
    """Give the certificate a number by which its request has these characters in Base64; returns the request."""
    one = lambda serial: stranger.request_of(stranger.cert_id(order.certificate.x509, issuer, serial=serial))  # noqa: E731
    serials = (
        int.from_bytes(bytes([1, *[filler] * 12, last]), "big") for filler in (0xFF, 0xFB) for last in range(256)
    )
    serial = next(serial for serial in serials if special in base64.b64encode(one(serial)).decode())
    Certificate.objects.filter(order=order).update(serial_number=f"{serial:X}")
    answers.first_answers(Certificate.objects.filter(order=order))
    return one(serial)


# Caching


HTTP_DATE = "%a, %d %b %Y %H:%M:%S GMT"
CACHED = "max-age=60, public, no-transform, must-revalidate"


@pytest.mark.parametrize("ask", [stranger.get, stranger.post])
def test_an_answer_may_be_cached_as_rfc_5019_has_it(question, ask):
    reply = ask(question)
    answer = reply.ocsp

    headers = {name: reply.headers[name] for name in ("Content-Length", "Cache-Control", "Last-Modified", "Expires")}
    assert headers == {
        "Content-Length": str(len(reply.content)),
        "Cache-Control": CACHED,
        "Last-Modified": date(answer.this_update_utc),
        "Expires": date(answer.next_update_utc),
    }
    assert reply.headers["ETag"][0] == reply.headers["ETag"][-1] == '"'
    assert 0 < 60 < (answer.next_update_utc - answer.this_update_utc).total_seconds()


def test_a_list_may_be_cached_too(order):
    reply = stranger.ask("/pki/crl/issuing-1.crl")

    assert (reply.headers["Content-Type"], reply.headers["Cache-Control"]) == ("application/pkix-crl", CACHED)
    assert reply.headers["Last-Modified"] == date(reply.crl.last_update_utc)
    assert reply.headers["Expires"] == date(reply.crl.next_update_utc)


def test_no_cache_keeps_an_answer_beyond_its_end(question):
    ends = stranger.get(question).ocsp.next_update_utc

    with time_machine.travel(ends - timedelta(seconds=30), tick=False):
        reply = stranger.get(question)

    assert reply.headers["Cache-Control"] == CACHED.replace("60", "30")


PLACES = {
    "ocsp": lambda question: stranger.address(question),
    "crl": lambda question: "/pki/crl/issuing-1.crl",
    "ca": lambda question: "/pki/ca/issuing-1.crt",
}


@pytest.fixture(params=PLACES)
def path(request, question):
    return PLACES[request.param](question)


def test_head_says_what_get_says_without_content(path):
    whole, head = stranger.ask(path), stranger.ask(path, "HEAD")

    assert (head.status, head.content) == (200, b"")
    assert {**head.headers, "Expires": ""} == {
        **whole.headers,
        "Expires": "",
    }  # a certificate's moves on with the clock


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("written", ["{}", "W/{}", '"other", {}', "*", '{} , W/"other"', " * "])
def test_who_has_the_same_gets_it_no_second_time(path, method, written):
    first = stranger.ask(path)

    again = stranger.ask(path, method, if_none_match=written.format(first.headers["ETag"]))

    assert (again.status, again.content) == (304, b"")
    assert "Content-Length" not in again.headers
    for name in ("Cache-Control", "ETag", "Last-Modified"):
        assert again.headers[name] == first.headers[name]
    assert "Expires" in again.headers


@pytest.mark.parametrize("known", ['"other"', "", "nonsense", '"', "W/"])
def test_who_has_something_else_gets_it(path, known):
    assert stranger.ask(path, if_none_match=known).status == 200


@pytest.mark.parametrize("days", [-1, 0, 1])
def test_who_knows_only_since_when_gets_it(path, days):
    """In the same second a status may have changed."""
    modified = datetime.strptime(stranger.ask(path).headers["Last-Modified"], HTTP_DATE).replace(tzinfo=UTC)

    assert stranger.ask(path, if_modified_since=date(modified + timedelta(days=days))).status == 200


def test_a_post_is_always_answered(question):
    known = stranger.post(question).headers

    reply = stranger.post(question, if_none_match=known["ETag"], if_modified_since=known["Last-Modified"])

    assert (reply.status, reply.says) == (200, "GOOD")


def test_another_status_is_another_content(order, question, people):
    before = stranger.get(question).headers

    revocation.revoke_order(order, reason=Reason.CHANGED, by=people.paul)
    between = stranger.get(question, if_none_match=before["ETag"])
    answers.publish_answers()
    after = stranger.get(question, if_none_match=before["ETag"])
    by_date = stranger.get(question, if_modified_since=before["Last-Modified"])

    assert (between.says, after.says, by_date.says) == ("TRY_LATER", "REVOKED", "REVOKED")
    assert after.headers["ETag"] != before["ETag"]


def test_what_is_no_answer_is_never_cached(order, question, issuer, people):
    unknown = stranger.request_of(stranger.cert_id(order.certificate.x509, issuer, serial=1))
    refused = [stranger.get(unknown), stranger.get(b"damaged")]
    revocation.revoke_order(order, reason=Reason.CHANGED, by=people.paul)
    refused.append(stranger.get(question))

    assert [reply.says for reply in refused] == ["UNAUTHORIZED", "MALFORMED_REQUEST", "TRY_LATER"]
    for reply in refused:
        assert reply.headers["Cache-Control"] == "no-store"
        assert not {"ETag", "Last-Modified", "Expires"} & set(reply.headers)


@COMMITS
def test_a_joint_answer_is_made_for_one_asker_only(order, issuer):
    one = stranger.cert_id(order.certificate.x509, issuer)

    reply = stranger.get(stranger.request_of(one, one))

    assert reply.headers["Cache-Control"] == "no-store"


# The database


@pytest.fixture(params=["known", "met for the first time"])
def warm(request):
    """Whether this process has answered for the CA already, and so keeps it in memory."""
    return request.param == "known"


@pytest.fixture
def away(monkeypatch):
    """Nobody is at home where the database was."""
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "HOST", "/nowhere")
    yield
    monkeypatch.undo()
    connection.close()


@COMMITS
def test_without_the_database_nothing_is_said(order, question, warm, request):
    stranger.get(question)
    if not warm:
        store.known_ca.cache_clear()

    request.getfixturevalue("away")
    replies = [stranger.get(question), stranger.post(question), stranger.ask("/pki/crl/issuing-1.crl")]

    assert [(reply.status, reply.headers["Cache-Control"]) for reply in replies] == [(503, "no-store")] * 3


@COMMITS
def test_when_the_database_is_back_so_are_the_answers(order, question, warm, monkeypatch):
    connection.close()
    if not warm:
        store.known_ca.cache_clear()
    with monkeypatch.context() as patch:
        patch.setitem(connection.settings_dict, "HOST", "/nowhere")
        assert stranger.get(question).status == 503

    assert stranger.get(question).says == "GOOD"


@pytest.fixture
def restart():
    """Do to the connection what a restart of the database does."""

    def restart():
        pid = connection.connection.info.backend_pid
        where = connection.get_connection_params() | {"cursor_factory": None}
        with psycopg.connect(**where, autocommit=True) as another:
            another.execute("SELECT pg_terminate_backend(%s)", [pid])

    yield restart
    connection.close()


@COMMITS
@pytest.mark.parametrize("what", PLACES)
def test_a_connection_that_the_server_has_ended_is_made_anew(order, question, warm, restart, what):
    path = PLACES[what](question)
    said = [stranger.ask(path).status]

    for _ in range(2):
        if not warm:
            store.known_ca.cache_clear()
        restart()
        said.append(stranger.ask(path).status)

    assert said == [200] * 3
