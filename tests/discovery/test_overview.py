"""The overview: what was found, in numbers and charts that lead to what they count."""

import io
import re
import sys
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
import time_machine
from django.utils import timezone
from pypdf import PdfReader

from discovery import overview
from discovery.states import Save, Status, Warned
from sslportal.kit import clock
from tests.factories import make_finding, make_found, make_issued, make_scan

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False), timezone.override("UTC"):  # a page leaves the account's zone behind
        yield


def find(person, name="www.example.com", *, host=None, port=443, scan=None, warnings=(), **fields):
    """A certificate with these warnings, at a place of its own."""
    certificate = make_found(person.account, name, warnings=list(warnings), **fields)
    return make_finding(
        person, host or f"host-{certificate.pk}.example.com", port=port, scan=scan, certificate=certificate
    )


def bars(person, number):
    return {bar.label: bar.value for bar in overview.of(person).charts[number].bars}


def tiles(page):
    """What the tiles say, by their words."""
    found = re.findall(r"<dt>(.*?)</dt>\s*<dd class=\"figure.*?>(.*?)</dd>", page.content.decode(), re.DOTALL)
    return {text(word): text(figure) for word, figure in found}


def text(html):
    return unescape(" ".join(re.sub(r"<[^>]+>", "", html).split()))


def listed(person, sign_in, url):
    """The certificates that the list at the address shows."""
    page = sign_in(person).get(url)
    assert page.status_code == 200
    return {record.record.certificate.common_name for record in page.context["page"].object_list}


def test_before_the_first_scan_the_page_says_what_to_do(sign_in, people):
    page = sign_in(people.gina).get("/discovery/")

    assert "No scan is finished yet" in page.content.decode()
    assert "New Scan" in page.content.decode()
    assert tiles(page) == {}


def test_the_tiles_count_each_certificate_once(sign_in, people, settings):
    scan = make_scan(people.gina, status=Status.FINISHED, finished_at=clock.now(), changes=3)
    twice = find(people.gina, "good.example.com", scan=scan).certificate
    make_finding(people.gina, "elsewhere.example.com", scan=scan, certificate=twice)
    find(people.gina, "expired.example.com", scan=scan, not_after=NOW - timedelta(seconds=1))
    find(people.gina, "expiring.example.com", scan=scan, not_after=NOW + timedelta(days=29))
    find(people.gina, "self.example.com", scan=scan, warnings=[Warned.SELF_SIGNED], is_self_signed=True)
    find(people.gina, "ours.example.com", scan=scan, issued=make_issued(people.ov, people.paul).certificate)

    page = sign_in(people.gina).get("/discovery/")

    assert tiles(page) == {
        "Last Scan": "Nov. 28, 2026 12:00 UTC",
        "Scan Results": "New",
        "Certificates Found": "5",
        "Expiring/Expired": "2",
        "Warnings": "3",
        f"{settings.PORTAL_BRAND} Certificates": "1",
    }
    assert "at 6 addresses and ports" in text(page.content.decode())


def test_results_that_were_merged_say_so(sign_in, people):
    make_scan(people.gina, status=Status.FINISHED, finished_at=clock.now(), save_as=Save.MERGE)

    assert tiles(sign_in(people.gina).get("/discovery/"))["Scan Results"] == "Merged"


def test_the_last_scan_is_the_one_that_was_finished_last(people):
    last = make_scan(people.gina, status=Status.FINISHED, finished_at=NOW)
    make_scan(people.gina, status=Status.FINISHED, finished_at=NOW - timedelta(hours=1))
    make_scan(people.gina, status=Status.CANCELED)

    assert overview.of(people.stan).last == last


def test_scans_that_are_not_over_are_told(sign_in, people):
    running = make_scan(people.gina, position=5)
    make_scan(people.gina, status=Status.CANCELED)

    page = sign_in(people.paul).get("/discovery/")

    assert [scan.pk for scan in page.context["overview"].under_way] == [running.pk]
    assert "A scan is running: 5 of 20 addresses and ports done (25 %)." in text(page.content.decode())


def test_nothing_of_another_account_is_counted(people):
    find(people.gina)
    make_scan(people.gina)

    seen = overview.of(people.stranger)

    assert (seen.last, seen.under_way, seen.numbers.certificates) == (None, [], 0)
    assert {bar.value for chart in seen.charts for bar in chart.bars} == {0}


def test_what_a_scan_under_way_has_found_is_not_counted_yet(people):
    make_finding(people.gina, is_current=False)

    assert overview.of(people.gina).numbers.certificates == 0


def test_expiration_is_by_month_from_now_on(people):
    for not_after in (
        NOW - timedelta(days=400),
        NOW - timedelta(seconds=1),
        NOW + timedelta(seconds=1),
        datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC),
        datetime(2026, 12, 1, tzinfo=UTC),
        datetime(2027, 10, 31, 23, 59, 59, tzinfo=UTC),
        datetime(2027, 11, 1, tzinfo=UTC),
        datetime(9998, 1, 1, tzinfo=UTC),
        None,
    ):
        find(people.gina, not_after=not_after)

    counted = bars(people.gina, 0)

    assert list(counted)[:3] == ["Expired", "November 2026", "December 2026"]
    assert {label: count for label, count in counted.items() if count} == {
        "Expired": 2,
        "November 2026": 2,
        "December 2026": 1,
        "October 2027": 1,
        "Later": 2,
        "No expiration date": 1,
    }


def test_what_was_revoked_before_it_expired_is_not_counted_as_expired(people):
    find(people.gina, not_after=NOW - timedelta(days=1), revocation="revoked")
    find(people.gina, not_after=NOW - timedelta(days=1))

    assert bars(people.gina, 0)["Expired"] == overview.of(people.gina).numbers.expired == 1


def test_months_are_those_of_the_account_s_clock(sign_in, people):
    people.company.time_zone = "Asia/Tokyo"
    people.company.save()
    find(people.gina, not_after=datetime(2026, 12, 31, 15, 0, tzinfo=UTC))

    page = sign_in(people.gina).get("/discovery/")

    shown = {bar.label: bar.value for bar in page.context["overview"].charts[0].bars}
    assert (shown["December 2026"], shown["January 2027"]) == (0, 1)


def test_key_lengths_say_which_are_too_short(people):
    for bits, warnings in [(2048, []), (2048, []), (1024, [Warned.KEY_LENGTH])]:
        find(people.gina, key_bits=bits, warnings=warnings)
    find(people.gina, key_type="Unknown", key_bits=0)

    assert bars(people.gina, 1) == {"RSA 2048": 2, "RSA 1024 (too short)": 1, "Unknown": 1}


def test_cas_are_counted_by_name_and_what_signed_itself_together(people):
    for name in ("A CA", "A CA", "B CA", ""):
        find(people.gina, issuer_name=name)
    for name in ("printer-1", "printer-2"):
        find(people.gina, issuer_name=name, is_self_signed=True)

    assert bars(people.gina, 2) == {"A CA": 2, "B CA": 1, "Unknown": 1, "Self-signed": 2}


def test_the_cas_beyond_the_first_twelve_are_others(people):
    for number in range(14):
        find(people.gina, issuer_name=f"CA {number:02}")

    counted = bars(people.gina, 2)

    assert (len(counted), counted["Others"], sum(counted.values())) == (13, 2, 14)


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Tokyo"])
def test_every_bar_leads_to_the_certificates_that_it_counts(sign_in, people, zone):
    people.company.time_zone = zone
    people.company.save()
    for number, not_after in enumerate(
        [
            NOW - timedelta(days=1),
            NOW + timedelta(hours=3),
            datetime(2026, 12, 1, 4, 30, tzinfo=UTC),
            NOW + timedelta(days=900),
        ]
    ):
        find(people.gina, f"{number}.example.com", not_after=not_after, issuer_name=f"CA & {number % 2}")
    find(people.gina, "short.example.com", warnings=[Warned.KEY_LENGTH], key_bits=1024, key_type="DSA")
    find(people.gina, "self.example.com", warnings=[Warned.SELF_SIGNED], is_self_signed=True)
    find(people.gina, "long.example.com", issuer_name="x" * 300)
    page = sign_in(people.gina).get("/discovery/")

    for chart in page.context["overview"].charts:
        for bar in chart.bars:
            assert not bar.url or len(listed(people.gina, sign_in, bar.url)) == bar.value, bar


def test_every_tile_leads_to_the_certificates_that_it_counts(sign_in, people):
    find(people.gina, "good.example.com")
    find(people.gina, "expired.example.com", not_after=NOW - timedelta(days=1))
    find(people.gina, "expiring.example.com", not_after=NOW + timedelta(days=20))
    find(people.gina, "sha1.example.com", warnings=[Warned.SHA1])
    find(people.gina, "ours.example.com", issued=make_issued(people.ov, people.paul).certificate)

    shown = {word: listed(people.gina, sign_in, url) for word, url in overview.links().items()}

    assert shown == {
        "all": {
            "good.example.com",
            "expired.example.com",
            "expiring.example.com",
            "sha1.example.com",
            "ours.example.com",
        },
        "expired": {"expired.example.com"},
        "expiring": {"expiring.example.com"},
        "warned": {"expired.example.com", "expiring.example.com", "sha1.example.com"},
        "ours": {"ours.example.com"},
    }


def test_a_link_shows_what_it_says_whatever_was_chosen_on_the_list_before(sign_in, people):
    find(people.gina, "good.example.com")
    sign_in(people.gina).get("/discovery/results/?q=nothing&status=revoked&key=RSA-1024")

    assert listed(people.gina, sign_in, overview.links()["all"]) == {"good.example.com"}


def test_a_key_or_an_issuer_that_is_none_narrows_nothing_down(sign_in, people):
    find(people.gina, "good.example.com")

    for value in ("RSA", "-", "RSA-²", f"RSA-{'9' * 30}"):
        assert listed(people.gina, sign_in, overview.results(key=value)) == {"good.example.com"}
    assert listed(people.gina, sign_in, overview.results(issued="nonsense")) == {"good.example.com"}


@pytest.mark.parametrize("rows", [1, 3])
def test_the_number_of_questions_does_not_grow_with_what_was_found(people, rows, django_assert_num_queries):
    for number in range(rows):
        find(people.gina, issuer_name=f"CA {number}", key_bits=2048 + number)
        make_scan(people.gina)
    people.gina.may("discovery.see")  # reads the person's roles, once

    with django_assert_num_queries(7):
        overview.of(people.gina)


def test_the_pdf_has_the_numbers_and_the_charts(sign_in, people, makes_pdf):
    find(people.gina, issuer_name="Example CA of the PDF")

    answer = sign_in(people.gina).get("/discovery/overview.pdf")

    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == 'attachment; filename="certificates-2026-11-28.pdf"'
    words = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)
    for word in (
        "Certificates Found",
        "Certificates by Expiration",
        "RSA 2048",
        "Example CA of the PDF",
        "Nov. 28, 2026",
    ):
        assert word in words


def test_where_no_pdf_can_be_made_the_page_says_so(sign_in, people, monkeypatch):
    monkeypatch.setitem(sys.modules, "weasyprint", None)  # as where it cannot be loaded

    page = sign_in(people.gina).get("/discovery/overview.pdf", follow=True)

    assert page.redirect_chain == [("/discovery/", 302)]
    assert "This portal cannot make PDF files." in page.content.decode()
