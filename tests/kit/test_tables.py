"""List pages: searched, filtered, sorted, paged, remembered, exported, at the same number of queries."""

import csv
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from certificates.states import Status
from sslportal.kit.export import defuse
from tests.factories import make_domain, make_order

LIST = "/certificates/"


def shown(response):
    return [row.record.common_name for row in response.context["page"].object_list]


@pytest.fixture
def paul(people, sign_in):
    return sign_in(people.paul)


def test_the_newest_order_is_first(people, paul):
    for name in ("a.example.com", "b.example.com"):
        make_order(people.ov, people.paul, name=name)

    assert shown(paul.get(LIST)) == ["b.example.com", "a.example.com"]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("?sort=common_name", ["a.example.com", "b.example.com", "c.example.com"]),
        ("?sort=-common_name", ["c.example.com", "b.example.com", "a.example.com"]),
        ("?sort=number", ["b.example.com", "c.example.com", "a.example.com"]),
        ("?sort=profile__account__name", ["a.example.com", "c.example.com", "b.example.com"]),
        ("?sort=nonsense", ["a.example.com", "c.example.com", "b.example.com"]),
        ("?q=A.EXAMPLE", ["a.example.com"]),
        ("?q=example+stan@", ["c.example.com"]),
        ("?q=%00", ["a.example.com", "c.example.com", "b.example.com"]),
        ("?status=canceled", ["b.example.com"]),
        ("?status=nonsense", ["a.example.com", "c.example.com", "b.example.com"]),
        ("?rows=nonsense&page=nonsense", ["a.example.com", "c.example.com", "b.example.com"]),
    ],
)
def test_a_list_shows_what_was_asked_for(people, paul, asked, expected):
    make_order(people.ov, people.paul, name="b.example.com", status=Status.CANCELED)
    make_order(people.ov, people.stan, name="c.example.com")
    make_order(people.ov, people.paul, name="a.example.com")

    assert shown(paul.get(LIST + asked)) == expected


@pytest.mark.parametrize(("asked", "expected"), [("requester", "bca"), ("-requester", "cba"), ("-expires", "cba")])
def test_what_is_blank_comes_last_in_both_directions(people, paul, asked, expected):
    make_domain(people.ov, "a.example")
    make_domain(people.ov, "b.example", requester=people.paul, expires_at=datetime(2027, 1, 1, tzinfo=UTC))
    make_domain(people.ov, "c.example", requester=people.stan, expires_at=datetime(2027, 2, 1, tzinfo=UTC))

    response = paul.get(f"/domains/?sort={asked}")

    assert [row.record.name[0] for row in response.context["page"].object_list] == list(expected)


def test_a_list_is_remembered_until_the_next_sign_in(people, paul, sign_in):
    make_order(people.ov, people.paul, name="b.example.com", status=Status.CANCELED)
    make_order(people.ov, people.paul, name="a.example.com")

    paul.get(LIST + "?status=canceled")

    assert shown(paul.get(LIST)) == ["b.example.com"]
    paul.logout()
    assert shown(sign_in(people.paul).get(LIST)) == ["a.example.com", "b.example.com"]


def test_a_list_has_as_many_queries_for_one_row_as_for_thirty(people, paul):
    def queries():
        with CaptureQueriesContext(
            connection,
        ) as captured:
            paul.get(LIST + "?rows=50")
        return len(captured)

    make_order(people.ov, people.paul)
    queries()
    with_one = queries()
    for number in range(30):
        make_order(people.ov, people.paul, name=f"n{number}.example.com")

    assert queries() == with_one


def test_rows_that_are_equal_in_the_sorting_are_each_on_one_page(people, paul):
    for number in range(40):
        make_order(people.ov, people.paul, name=f"n{number}.example.com")

    pages = [shown(paul.get(f"{LIST}?sort=requester&page={number}")) for number in (1, 2)]

    assert len({*pages[0], *pages[1]}) == 40


def test_a_page_fetches_no_rows_but_its_own(people, paul):
    for number in range(30):
        make_order(people.ov, people.paul, name=f"n{number}.example.com")

    with CaptureQueriesContext(connection) as captured:
        paul.get(LIST + "?page=2")

    about_orders = [row["sql"] for row in captured if row["sql"].startswith('SELECT "certificates_order"."id"')]
    numbers, rows = about_orders
    assert '"common_name"' not in numbers
    assert numbers.endswith(" LIMIT 26 OFFSET 25")
    assert rows.rpartition(" IN (")[2].count(",") == 4


def exported(response):
    return list(csv.DictReader(b"".join(response.streaming_content).decode().splitlines()))


def test_export_gives_the_rows_shown_or_all_that_match(people, paul):
    for number in range(30):
        make_order(people.ov, people.paul, name=f"n{number:02}.example.com")
    make_order(people.ov, people.paul, name="other.example.com", status=Status.CANCELED)
    paul.get(LIST + "?status=pending&sort=common_name")

    of_page_two = exported(paul.get(LIST + "?export=shown&page=2"))
    response = paul.get(LIST + "?export=all")

    assert [row["Common Name"] for row in of_page_two] == [f"n{number}.example.com" for number in range(25, 30)]
    assert response["Content-Disposition"] == 'attachment; filename="export-orders.csv"'
    assert [row["Common Name"] for row in exported(response)] == [f"n{number:02}.example.com" for number in range(30)]


def test_export_has_the_columns_of_the_list(people, paul):
    make_order(people.ov, people.paul)

    (row,) = exported(paul.get(LIST + "?export=all"))

    assert list(row) == [
        "Order", "Common Name", "Type", "Serial Number", "Ordered", "Issued", "Expires", "Requester", "Profile", "Status"
    ]  # fmt: skip
    assert (row["Requester"], row["Status"]) == ("paul@example.com", "Pending")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_exported_cell_starts_a_formula(start):
    assert defuse(f"{start}cmd|' /C calc'!A0").startswith("'")


@pytest.mark.parametrize("cell", ["＝1+1", "  =1+1", "a;=1+1", "a\n=1+1", "a\r\n +1", "＠SUM(A1)"])
def test_no_cell_begins_with_a_formula_wherever_a_spreadsheet_sees_one_begin(cell):
    assert "'" in defuse(cell)
    assert defuse(cell).replace("'", "") == cell


@pytest.mark.parametrize("cell", ["a = b", "www-1.example.com", "x, -y", "1+1", ""])
def test_other_cells_stay_as_they_are(cell):
    assert defuse(cell) == cell


def test_a_formula_as_a_profile_name_is_defused_in_the_export(people, paul):
    people.ov.name = "=HYPERLINK(1)"
    people.ov.save()
    make_order(people.ov, people.paul)

    (row,) = exported(paul.get(LIST + "?export=all"))

    assert row["Profile"] == "'=HYPERLINK(1)"
