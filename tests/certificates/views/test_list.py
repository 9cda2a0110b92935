"""The list of orders: sorted by each column, searched in all text, by pages of any depth, and only what one may see."""

import csv
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from certificates.models import Order
from certificates.states import Status
from profiles.models import OrganizationProfile
from sslportal.kit.paging import Pages
from tests.factories import issue, make_domain, make_order, make_profile

LIST = "/certificates/"
SERIAL = "7C0FFEE0123456789ABCDEF012345678"


def day(number):
    return datetime(2026, 3, number, tzinfo=UTC)


def shown(response):
    return [row.record.common_name for row in response.context["page"].object_list]


def pages(client, asked, count):
    return [name for number in range(1, count + 1) for name in shown(client.get(f"{LIST}?{asked}&page={number}"))]


@pytest.fixture
def paul(people, sign_in):
    return sign_in(people.paul)


@pytest.fixture
def three(people):
    """Two with certificates, of different profiles and people; one without."""
    other = make_profile(people.company, "Another profile", primary=people.paul)
    make_order(
        people.ov, people.paul, name="b.example.com", status=Status.ISSUED, pk=100, created_at=day(1),
        serial_number="0B", not_before=day(2), not_after=day(9),
    )  # fmt: skip
    make_order(
        other, people.stan, name="a.example.com", status=Status.EXPIRED, pk=101, created_at=day(3), level="EV",
        serial_number="0A", not_before=day(3), not_after=day(8),
    )  # fmt: skip
    make_order(people.ov, people.paul, name="c.example.com", status=Status.CANCELED, pk=102, created_at=day(2))


@pytest.mark.parametrize(
    ("column", "rising", "falling"),
    [
        ("number", "bac", "cab"),
        ("common_name", "abc", "cba"),
        ("level", "acb", "cba"),
        ("serial", "abc", "bac"),
        ("ordered", "bca", "acb"),
        ("issued", "bac", "abc"),
        ("expires", "abc", "bac"),
        ("requester", "cba", "acb"),
        ("profile", "acb", "cba"),
        ("status", "cab", "bac"),
    ],
)
def test_each_column_sorts_both_ways_with_blanks_last_and_of_equal_ones_the_newest_first(
    three, paul, column, rising, falling
):
    assert [name[0] for name in shown(paul.get(f"{LIST}?sort={column}"))] == list(rising)
    assert [name[0] for name in shown(paul.get(f"{LIST}?sort=-{column}"))] == list(falling)


@pytest.fixture
def searched(people):
    """The order that is looked for, and another."""
    profile = make_profile(people.company, "東京支店 North", primary=people.paul)
    make_order(
        profile, people.stan, name="xn--bcher-kva.example.com", sans=["mail.example.org"], status=Status.REVOKED,
        pk=47110, level="EV", serial_number=SERIAL,
    )  # fmt: skip
    make_order(people.ov, people.paul, name="www.example.com", pk=11)


@pytest.mark.parametrize(
    "text",
    [
        "47110", "4711", "711", "xn--bcher", "BCHER", "bücher.example.com", "mail.example", "c0ffee", SERIAL, "stan@",
        "STAN@example", "North", "orth", "支店", "Revoked", "evok", "ev", "EV", "bcher mail north stan ev", ".org",
    ],
)  # fmt: skip
def test_a_search_finds_whatever_stands_in_the_row(searched, paul, text):
    assert shown(paul.get(LIST, {"q": text})) == ["xn--bcher-kva.example.com"]


@pytest.mark.parametrize(
    "text",
    [
        "%example%",
        "_xample",
        "bcher%",
        "mail\\",
        "bcher www",
        "4711011",
        "東京!",
        "' OR 1=1 --",
        "xn--bcher\0x",
        "x" * 5000,
    ],
)
def test_what_no_row_has_is_not_found(searched, paul, text):
    assert shown(paul.get(LIST, {"q": text})) == []


def test_an_order_is_found_by_the_whole_of_a_short_number(searched, paul):
    assert shown(paul.get(LIST, {"q": "11"})) == ["www.example.com"]


@pytest.mark.parametrize("text", ["bc", "b", "47", "a.b", "---", "north bc"])
def test_a_word_of_two_letters_is_asked_for_a_third(searched, paul, text):
    response = paul.get(LIST, {"q": text})

    word = text.rpartition(" ")[2]
    told = f"“{word}” is too short to be looked for inside names and numbers. Please give three letters or more."
    assert response.context["advice"] == told
    assert told in response.content.decode()
    assert shown(response) == []


@pytest.mark.parametrize("text", ["", "bch", ".org", "支店", "東京!"])
def test_other_words_are_asked_for_nothing(searched, paul, text):
    assert "search-advice" not in paul.get(LIST, {"q": text}).content.decode()


def test_statuses_are_found_by_their_word_in_the_readers_language(searched, paul):
    with translation.override("ja"):
        word = str(Status.REVOKED.label)

    assert word != "Revoked"
    assert shown(paul.get(LIST, {"q": word}, headers={"Accept-Language": "ja"})) == ["xn--bcher-kva.example.com"]


def test_a_new_name_of_a_profile_is_found_and_sorted_by_at_once(three, paul):
    OrganizationProfile.objects.filter(name="Another profile").update(name="Zebra")

    assert shown(paul.get(f"{LIST}?q=zebr")) == ["a.example.com"]
    assert shown(paul.get(f"{LIST}?q=&sort=-profile"))[0] == "a.example.com"


@pytest.fixture
def sixty(people):
    for number in range(60):
        make_order(people.ov, (people.paul, people.stan)[number % 2], name=f"n{number * 7 % 60:02}.example.com")


@pytest.mark.parametrize("sort", ["-number", "common_name", "-level", "-issued", "requester", "profile"])
def test_pages_one_after_the_other_are_the_whole_list(sixty, paul, sort):
    whole = shown(paul.get(f"{LIST}?sort={sort}&rows=100"))

    assert len(whole) == 60
    assert pages(paul, f"sort={sort}&rows=25", 3) == whole


@pytest.mark.parametrize("page", ["4", "9999999999", "99999999", "3"])
def test_beyond_the_last_page_is_the_last_page(sixty, paul, page):
    response = paul.get(f"{LIST}?sort=number&page={page}")

    expected = ("51 to 60 of 60", "?page=2") if len(page) < 10 else ("1 to 25 of 60", None)
    assert (expected[0] in response.content.decode(), response.context["pages"].get("previous")) == (True, expected[1])


@pytest.mark.parametrize("page", ["0", "-1", "1.5", "nonsense", "٣", ""])
def test_what_is_no_page_is_the_first_page(sixty, paul, page):
    assert "1 to 25 of 60" in paul.get(LIST, {"page": page}).content.decode()


def test_counting_ends_at_a_bound_and_pages_go_on(sixty, paul, monkeypatch):
    monkeypatch.setattr(Pages, "most", 10)

    first, last = (paul.get(f"{LIST}?page={number}").content.decode() for number in (1, 3))

    assert "1 to 25 of more than 10" in first
    assert '<a class="btn btn-secondary" href="?page=2" rel="next">' in first
    assert "51 to 60 of more than 10" in last
    assert 'rel="next"' not in last


@pytest.mark.parametrize(("most", "words"), [(60, "1 to 25 of 60"), (59, "1 to 25 of more than 59")])
def test_the_bound_itself_is_counted(sixty, paul, monkeypatch, most, words):
    monkeypatch.setattr(Pages, "most", most)

    assert words in paul.get(LIST).content.decode()


@pytest.mark.parametrize(
    "asked", ["sort=-number&q=", "sort=requester&q=example .com stan", "sort=-issued&status=pending"]
)
def test_an_export_of_all_has_the_rows_of_the_list_in_their_order(sixty, paul, asked):
    listed = pages(paul, asked, 3)

    exported = b"".join(paul.get(f"{LIST}?export=all").streaming_content).decode()

    rows = [row["Common Name"] for row in csv.DictReader(exported.splitlines())]
    assert rows
    assert rows == list(dict.fromkeys(listed))  # where there are fewer pages, the last comes again


def test_a_person_sees_and_finds_only_orders_of_profiles_with_a_role_of_theirs(people, three, sign_in):
    make_order(people.foreign_ov, people.stranger, name="foreign.example.org")

    assert sorted(shown(sign_in(people.stan).get(LIST))) == ["b.example.com", "c.example.com"]
    for text in ("a.example.com", "another", "foreign", "stranger@"):
        assert shown(sign_in(people.stan).get(LIST, {"q": text})) == []
    assert shown(sign_in(people.stranger).get(LIST)) == ["foreign.example.org"]
    assert shown(sign_in(people.gina).get(LIST)) == []


def test_the_certificates_data_are_in_the_list_once_it_is_issued(ca, people, paul):
    make_domain(people.ov)
    issue(make_order(people.ov, people.paul))
    certificate = Order.objects.get().certificate

    response = paul.get(LIST, {"q": certificate.serial_number[4:20]})

    (row,) = response.context["page"].object_list
    assert row.record.serial_number == certificate.serial_number
    assert (row.record.not_before, row.record.not_after) == (certificate.not_before, certificate.not_after)


@pytest.mark.parametrize("asked", ["?q=example", "?sort=requester", "?sort=-issued&status=pending"])
def test_a_search_has_as_many_queries_for_one_row_as_for_three(people, paul, asked):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert shown(paul.get(LIST + asked))
        return len(captured)

    make_order(people.ov, people.paul)
    queries()
    with_one = queries()
    other = make_profile(people.company, "Another profile", primary=people.paul)
    make_order(other, people.stan, name="b.example.com")
    make_order(other, people.gina, name="c.example.com")

    assert queries() == with_one


def test_a_list_reads_no_more_of_an_order_than_it_shows(people, paul):
    make_order(people.ov, people.paul)

    with CaptureQueriesContext(connection) as captured:
        paul.get(LIST)

    assert not [row["sql"] for row in captured if '"csr"' in row["sql"] or '"search_text"' in row["sql"]]
