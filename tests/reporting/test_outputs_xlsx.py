"""A report as a workbook: read back by openpyxl, which knows nothing of what wrote it."""

import io
import zipfile
from datetime import UTC, date, datetime

import openpyxl
import pytest

from reporting.outputs import xlsx
from tests.reporting.tables import HOSTILE, make_table


def read(table):
    return openpyxl.load_workbook(io.BytesIO(xlsx.document(table)))


def cells(table):
    return [[cell.value for cell in row] for row in read(table)["Records"].rows]


def about(table):
    return {name.value: words.value for name, words in read(table)["About"].rows}


def test_the_workbook_has_the_headings_and_the_rows_in_their_order():
    table = make_table({"Common Name": ["b.example.com", "a.example.com"], "Organization": ["株式会社サンプル", None]})

    assert cells(table) == [
        ["Common Name", "Organization"],
        ["b.example.com", "株式会社サンプル"],
        ["a.example.com", None],
    ]


def test_the_headings_stay_and_can_filter():
    sheet = read(make_table({"Common Name": ["a.example.com"], "Days Left": [1]}))["Records"]

    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:B2")


def test_columns_are_as_wide_as_what_is_in_them_within_bounds():
    sheet = read(make_table({"ID": ["1"], "Name": ["x" * 30], "Kanji": ["株" * 10], "Long": ["x" * 500]}))["Records"]

    assert [round(sheet.column_dimensions[letter].width) for letter in "ABCD"] == [11, 33, 23, 63]


def test_moments_are_dates_on_the_clock_of_the_zone():
    table = make_table({"Expires": [datetime(2026, 11, 28, 15, 30, tzinfo=UTC), date(2026, 11, 28)]}, zone="Asia/Tokyo")

    sheet = read(table)["Records"]

    assert [sheet["A2"].value, sheet["A3"].value] == [datetime(2026, 11, 29, 0, 30), datetime(2026, 11, 28)]  # noqa: DTZ001
    assert [sheet["A2"].is_date, sheet["A2"].number_format] == [True, "yyyy-mm-dd hh:mm:ss"]


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        (datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59)),  # noqa: DTZ001
        (datetime(1899, 12, 31, 12, 0, tzinfo=UTC), "Dec. 31, 1899 21:00"),
    ],
)
def test_the_ends_of_time_are_held(moment, shown):
    assert cells(make_table({"Expires": [moment]}, zone="Asia/Tokyo"))[1] == [shown]


def test_numbers_are_numbers_unless_excel_would_round_them():
    assert cells(make_table({"Days Left": [-5, 10**15 - 1, 10**40]}))[1:] == [[-5], [10**15 - 1], [str(10**40)]]


def test_truth_is_in_words():
    assert cells(make_table({"Renewed": [True, False]}))[1:] == [["Yes"], ["No"]]


def test_no_cell_is_a_formula_or_a_link():
    table = make_table({cell: [cell] for cell in HOSTILE}, title="=1+1", description="=2+2", note="http://evil.example")

    book = read(table)

    written = [cell for sheet in book for row in sheet.rows for cell in row]
    assert {cell.data_type for cell in written} == {"s"} or {cell.data_type for cell in written} == {"inlineStr"}
    assert [cell.hyperlink for cell in written if cell.hyperlink] == []
    with zipfile.ZipFile(io.BytesIO(xlsx.document(table))) as parts:
        assert not any(b"<f>" in parts.read(name) for name in parts.namelist())


def test_hostile_cells_come_back_as_they_are_but_for_what_has_no_shape():
    written = cells(make_table({"Comment": HOSTILE}))[1:]

    harmless = dict(zip(HOSTILE, [cell for [cell] in written], strict=True))
    assert harmless["<b>&amp;</b>]]>"] == "<b>&amp;</b>]]>"
    assert harmless["x" * 10_000] == "x" * 10_000
    assert harmless["two\r\nlines"] == "two\nlines"
    assert harmless["\x00\x1b[31mred\x7f"] == "��[31mred�"
    assert harmless["invoice\u202efdp.exe"] == "invoice�fdp.exe"
    assert harmless["half \ud800 a character"] == "half � a character"
    assert harmless["12345678901234567890"] == "12345678901234567890"


@pytest.mark.parametrize("letter", ["x", "株", "😀"])
def test_cells_are_cut_where_excel_would_refuse_them(letter):
    units = len(letter.encode("utf-16-le")) // 2
    fits = letter * (32_767 // units)

    [kept], [short] = cells(make_table({"Comment": [fits, letter * 40_000]}))[1:]

    assert kept == fits
    assert short == letter * (32_766 // units) + "…"


def test_rows_beyond_excel_s_last_are_left_out_and_the_workbook_says_so(monkeypatch):
    monkeypatch.setattr(xlsx, "MOST_ROWS", 2)
    table = make_table({"Days Left": [1, 2, 3]})

    assert cells(table)[1:] == [[1], [2]]
    assert about(table)["Records"] == "the first 2 of 3"


def test_the_second_sheet_says_what_the_first_is():
    table = make_table(
        {"Days Left": [1, 2]},
        zone="Asia/Tokyo",
        total=1234,
        owner="Paul Primary",
        description="For the web team",
        note="Since the last run: +3, −1.",
    )

    assert about(table) == {
        "Name": "Expiring",
        "Description": "For the web team",
        "Account": "Example Corporation",
        "Owner": "Paul Primary",
        "Generated": "Nov. 28, 2026 21:00",
        "Time Zone": "Asia/Tokyo",
        "Records": "the first 2 of 1,234",
        "Note": "Since the last run: +3, −1.",
    }


def test_a_report_without_records_is_a_workbook_with_headings():
    assert cells(make_table({"Common Name": [], "Days Left": []})) == [["Common Name", "Days Left"]]


def test_the_same_table_is_the_same_file():
    table = make_table({"Common Name": ["a.example.com"]})

    assert xlsx.document(table) == xlsx.document(table)
