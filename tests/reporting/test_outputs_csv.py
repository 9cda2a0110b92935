"""A report as CSV: read back by Python's own reader."""

import csv
from datetime import UTC, date, datetime

import pytest

from reporting.outputs import csv as output
from tests.reporting.tables import HOSTILE, make_table


def read(table):
    return list(csv.reader(output.document(table).decode().splitlines(keepends=True)))


def test_csv_has_the_headings_and_the_rows_in_their_order():
    table = make_table({"Common Name": ["b.example.com", "a.example.com"], "Organization": ["株式会社サンプル", None]})

    assert read(table) == [
        ["Common Name", "Organization"],
        ["b.example.com", "株式会社サンプル"],
        ["a.example.com", ""],
    ]


def test_csv_says_moments_with_their_zone():
    table = make_table({"Expires": [datetime(2026, 11, 28, 15, 30, tzinfo=UTC), date(2026, 11, 28)]}, zone="Asia/Tokyo")

    assert read(table)[1:] == [["2026-11-29 00:30:00 JST"], ["2026-11-28"]]


def test_csv_holds_the_end_of_time():
    table = make_table({"Expires": [datetime.max.replace(tzinfo=UTC)]}, zone="Asia/Tokyo")

    assert read(table)[1:] == [["9999-12-31 23:59:59 UTC"]]


def test_csv_writes_numbers_below_zero_as_numbers_and_truth_in_words():
    assert read(make_table({"Days Left": [-5], "Renewed": [True]}))[1:] == [["-5", "Yes"]]


@pytest.mark.parametrize("cell", HOSTILE)
def test_no_cell_of_csv_is_a_formula_or_has_what_cannot_be_seen(cell):
    [[heading], [written]] = read(make_table({cell: [cell]}))

    assert heading == written
    assert not written.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert not set(written) & set("\x00\x1b\u202e\u2066\ud800")


def test_csv_is_written_as_it_is_read():
    table = make_table({"Common Name": []}, rows=([f"{number}.example.com"] for number in iter(int, 1)))  # without end

    lines = output.lines(table)

    assert [next(lines), next(lines)] == ["Common Name\r\n", "0.example.com\r\n"]
