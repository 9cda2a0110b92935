"""The results of scans: the list of F4, one certificate, and what was issued but found nowhere."""

from datetime import timedelta

import pytest

from certificates.states import Status as OrderStatus
from discovery.models import Finding
from discovery.states import Status as ScanStatus
from discovery.states import Warned
from sslportal.kit import clock
from tests.discovery.pages import html
from tests.factories import make_finding, make_found, make_issued, make_scan

RESULTS = "/discovery/results/"


@pytest.fixture
def gina(client, people):
    client.force_login(people.gina)
    return client


def shown(client, **asked):
    return [row.record.host for row in client.get(RESULTS, asked).context["page"].object_list]


def test_a_row_has_all_that_is_asked_for(gina, people):
    certificate = make_found(people.company, "www.example.com", is_ev=True, warnings=["sha-1", "key-length"])
    make_finding(people.gina, "192.0.2.1", port=8443, certificate=certificate)

    page = html(gina.get(RESULTS))

    for heading in (
        "Addresses", "Port", "Common Name", "Status", "Expires", "Issued", "Issuer", "Validation", "Key Type", "Hash",
        "Key Length", "Warnings", "Last Scan",
    ):  # fmt: skip
        assert f'data-label="{heading}"' in page
    for told in ("192.0.2.1", "8443", "www.example.com", "Warning", "Example CA", "EV", "RSA", "2048", "SHA-1"):
        assert told in page


def test_the_empty_list_says_what_to_do(gina):
    assert "Nothing was found yet" in html(gina.get(RESULTS))


@pytest.mark.parametrize("warning", Warned.values)
def test_each_warning_can_be_filtered_by(gina, people, warning):
    by_day = {
        Warned.EXPIRING: {"not_after": clock.now() + timedelta(days=3)},
        Warned.NOT_YET_VALID: {"not_before": clock.now() + timedelta(days=3)},
    }
    fields = by_day.get(warning, {"warnings": [warning]})
    make_finding(people.gina, "192.0.2.1", certificate=make_found(people.company, **fields))
    make_finding(people.gina, "192.0.2.2")

    assert shown(gina, warning=warning) == ["192.0.2.1"]


@pytest.mark.parametrize("days", [-1, 29, 31])
def test_a_certificate_is_warned_of_within_thirty_days_of_its_end(gina, people, days):
    ends = clock.now() + timedelta(days=days)
    finding = make_finding(people.gina, certificate=make_found(people.company, not_after=ends))

    assert finding.warned == (["expiring"] if days == 29 else [])
    assert bool(shown(gina, warning="expiring")) == (days == 29)


@pytest.mark.parametrize("status", ["good", "warning", "expired", "revoked"])
def test_each_status_can_be_filtered_by(gina, people, status):
    kinds = {
        "good": {},
        "warning": {"warnings": ["crime"]},
        "expired": {"not_after": clock.now() - timedelta(days=1)},
        "revoked": {"revocation": "revoked"},
    }
    for number, fields in enumerate(kinds.values(), 1):
        make_finding(people.gina, f"192.0.2.{number}", certificate=make_found(people.company, **fields))

    assert shown(gina, status=status) == [f"192.0.2.{[*kinds].index(status) + 1}"]


def test_the_search_finds_by_name_address_and_issuer(gina, people):
    make_finding(people.gina, "shop.example.com", certificate=make_found(people.company, issuer_name="Other CA"))
    make_finding(people.gina, "192.0.2.2")

    assert shown(gina, q="shop") == shown(gina, q="Other CA") == ["shop.example.com"]


@pytest.mark.parametrize("column", [
    "host", "port", "common_name", "status", "expires", "issued", "issuer", "validation", "key_type", "hash",
    "key_length", "seen",
])  # fmt: skip
def test_the_list_sorts_by_every_column(gina, people, column):
    for number in range(3):
        make_finding(people.gina, f"192.0.2.{number}")

    assert len(shown(gina, sort=f"-{column}")) == 3


def test_addresses_are_sorted_as_numbers_and_names_come_after_them(gina, people):
    for host in ("shop.example.com", "192.0.2.10", "2001:db8::1", "192.0.2.9"):
        make_finding(people.gina, host)

    assert shown(gina, sort="host") == ["192.0.2.9", "192.0.2.10", "2001:db8::1", "shop.example.com"]


def test_our_own_certificates_can_be_told_from_others(gina, people):
    order = make_issued(people.ov, people.stan)
    make_finding(people.gina, "192.0.2.1", certificate=make_found(people.company, issued=order.certificate))
    make_finding(people.gina, "192.0.2.2")

    assert (shown(gina, issued="ours"), shown(gina, issued="others")) == (["192.0.2.1"], ["192.0.2.2"])


def test_the_export_has_the_same_columns_and_no_formula(gina, people):
    make_finding(people.gina, certificate=make_found(people.company, '=HYPERLINK("http://x")', warnings=["crime"]))

    answer = gina.get(RESULTS, {"export": "all"})
    head, row = b"".join(answer.streaming_content).decode().splitlines()

    assert head.startswith(
        "Addresses,Port,Common Name,Status,Expires,Issued,Issuer,Validation,Key Type,Hash,Key Length"
    )
    assert "'=HYPERLINK" in row
    assert "Crime" in row
    assert "Warning" in row


def test_what_a_scan_under_way_has_found_is_not_listed_yet(gina, people):
    make_finding(people.gina, scan=make_scan(people.gina), is_current=False)

    assert shown(gina) == []


def test_nobody_sees_what_others_have_found(gina, people):
    theirs = make_finding(people.stranger)

    assert shown(gina) == []
    assert gina.get(theirs.get_absolute_url()).status_code == 404


def test_the_page_of_a_certificate_says_what_is_wrong_and_what_to_do(gina, people):
    finding = make_finding(people.gina, certificate=make_found(people.company, warnings=["weak-key"]))

    page = html(gina.get(finding.get_absolute_url()))

    assert "The key is weak: others can work it out." in page


def test_the_page_leads_to_the_order_where_the_person_may_see_it(gina, client, people):
    order = make_issued(people.ov, people.stan)
    finding = make_finding(people.gina, certificate=make_found(people.company, issued=order.certificate))
    link = f'href="{order.get_absolute_url()}"'

    client.force_login(people.stan)
    assert link in html(client.get(finding.get_absolute_url()))
    people.stan.accesses.all().delete()
    assert link not in html(client.get(finding.get_absolute_url()))


def test_the_same_certificate_elsewhere_is_named(gina, people):
    certificate = make_found(people.company)
    first = make_finding(people.gina, "192.0.2.1", certificate=certificate)
    make_finding(people.gina, "192.0.2.9", certificate=certificate, scan=first.scan)

    assert "192.0.2.9:443" in html(gina.get(first.get_absolute_url()))


def test_hostile_names_are_shown_as_text(gina, people):
    finding = make_finding(people.gina, certificate=make_found(people.company, "<script>alert(1)</script>"))

    for path in (RESULTS, finding.get_absolute_url()):
        assert "<script>alert" not in html(gina.get(path))


def test_the_list_costs_the_same_however_long_it_is(gina, people, django_assert_num_queries):
    scan = make_finding(people.gina).scan
    gina.get(RESULTS)
    with django_assert_num_queries(20, exact=False) as few:
        gina.get(RESULTS)
    for number in range(20):
        make_finding(people.gina, f"192.0.2.{number}", port=8443, scan=scan)

    with django_assert_num_queries(len(few)):
        gina.get(RESULTS)


def test_what_was_issued_but_found_nowhere_is_listed(client, people):
    client.force_login(people.paul)
    found, missing = (make_issued(people.ov, people.stan, name=name) for name in ("a.example.com", "b.example.com"))
    make_finding(people.gina, certificate=make_found(people.company, issued=found.certificate))

    rows = client.get("/discovery/not-found/").context["page"].object_list

    assert [row.record for row in rows] == [missing]


def test_what_only_an_older_scan_has_found_counts_as_not_found(client, people):
    client.force_login(people.paul)
    order = make_issued(people.ov, people.stan)
    make_finding(people.gina, certificate=make_found(people.company, issued=order.certificate))
    Finding.objects.update(is_current=False)

    assert len(client.get("/discovery/not-found/").context["page"].object_list) == 1


@pytest.mark.parametrize(("status", "told"), [(OrderStatus.ISSUED, "Not revoked"), (OrderStatus.REVOKED, "Revoked")])
def test_of_a_certificate_of_ours_it_says_what_we_know(ca, gina, people, status, told):
    order = make_issued(people.ov, people.stan)
    order.status = status
    order.save()
    found = make_found(people.company, issued=order.certificate, revocation="unknown")
    finding = make_finding(people.gina, certificate=found)

    assert f"<dt>Revocation</dt> <dd> {told} </dd>" in html(gina.get(finding.get_absolute_url()))


def test_what_a_server_sent_is_named_even_if_it_is_forgotten(gina, people):
    leaf = make_found(people.company)
    finding = make_finding(people.gina, certificate=leaf, chain=[leaf.sha256, "ab" * 32])

    page = html(gina.get(finding.get_absolute_url()))

    assert "<li>www.example.com</li>" in page
    assert "SHA-256 abababab…" in page


def test_a_certificate_that_cannot_be_read_in_full_says_what_is_missing(gina, people):
    found = make_found(people.company, not_after=None, unread=["not_after", "names"], warnings=["unreadable"])
    finding = make_finding(people.gina, certificate=found)

    page = html(gina.get(finding.get_absolute_url()))

    assert "Part of it cannot be read" in page
    assert "<dt>Unreadable</dt> <dd> Expires, Names </dd>" in page


def test_changes_that_are_forgotten_are_not_called_none(gina, people):
    scan = make_scan(people.gina, status=ScanStatus.FINISHED, finished_at=clock.now(), changes=3)

    page = html(gina.get(f"/discovery/scans/{scan.pk}/changes/"))

    assert "Nothing has changed" not in page
    assert "no longer kept" in page


@pytest.mark.parametrize(("code", "told"), [
    ("timeout", "The CA did not answer in time."), ("http-503", "The CA gave no usable answer (http-503)."),
])  # fmt: skip
def test_the_page_says_why_a_status_is_not_known(gina, people, code, told):
    found = make_found(people.company, revocation="unknown", revocation_problem=code)

    assert told in html(gina.get(make_finding(people.gina, certificate=found).get_absolute_url()))
