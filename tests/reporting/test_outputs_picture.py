"""The chart of a report: which column it is of, and what it counts."""

from datetime import UTC, date, datetime

from reporting.outputs import picture
from tests.reporting.tables import Kind, make_table


def bars(columns, *kinds, **fields):
    table = make_table(columns, kinds=kinds, **fields)
    chart = picture.chart(table, table.rows)
    return chart and (chart.title, [(bar.label, bar.value) for bar in chart.bars])


def test_statuses_are_counted_the_most_frequent_first():
    columns = {"Expires": [date(2026, 11, 28)] * 4, "Status": ["Expired", "Issued", None, "Issued"]}

    assert bars(columns, Kind.MOMENT, Kind.STATUS) == ("Status", [("Issued", 2), ("Expired", 1), ("None", 1)])


def test_where_all_have_one_status_months_are_counted_in_the_zone_also_those_without_rows():
    columns = {
        "Status": ["Issued"] * 3,
        "Expires": [datetime(2026, 10, 31, 15, 0, tzinfo=UTC), date(2027, 1, 31), None],
    }

    assert bars(columns, Kind.STATUS, Kind.MOMENT, zone="Asia/Tokyo") == (
        "Expires",
        [("November 2026", 1), ("December 2026", 0), ("January 2027", 1)],
    )


def test_where_there_are_too_many_months_years_are_counted():
    columns = {"Expires": [date(2026, 1, 1), date(2028, 1, 1)]}

    assert bars(columns, Kind.MOMENT) == ("Expires", [("2026", 1), ("2027", 0), ("2028", 1)])


def test_no_picture_of_what_cannot_be_counted():
    assert bars({"Expires": [date(2026, 1, 1), date(9999, 12, 31)]}, Kind.MOMENT) is None
    assert bars({"Expires": [date(2026, 1, 1), date(2026, 1, 2)]}, Kind.MOMENT) is None
    assert bars({"Expires": [None]}, Kind.MOMENT) is None
    assert bars({"Status": []}, Kind.STATUS) is None
    assert bars({"Common Name": ["a.example.com", "b.example.com"]}, Kind.TEXT) is None
