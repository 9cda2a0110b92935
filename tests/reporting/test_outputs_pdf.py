"""A report on paper: its words, page by page, and what has no room."""

import gc
import io
import sys

import pytest
from pypdf import PdfReader

from reporting.outputs import pdf as output
from sslportal.kit import pdf
from tests.reporting.tables import HOSTILE, Kind, make_table


def read(table):
    """The words of each page."""
    pages = PdfReader(io.BytesIO(output.document(table))).pages
    return [" ".join(page.extract_text().split()) for page in pages]


def names(number):
    return [f"www{one}.example.com" for one in range(number)]


def test_the_first_page_says_what_the_report_is(makes_pdf):
    table = make_table(
        {"Common Name": names(2)},
        zone="Asia/Tokyo",
        total=1234,
        owner="Paul Primary",
        description="For the web team",
        note="Since the last run: +3, −1.",
    )

    [page] = read(table)

    for words in (
        "Expiring For the web team",
        "Account Owner Generated Time Zone Records",
        "Example Corporation Paul Primary Nov. 28, 2026 21:00 Asia/Tokyo the first 2 of 1,234",
        "Since the last run: +3, −1.",
        "www0.example.com",
        "www1.example.com",
    ):
        assert words in page


def test_each_page_lies_has_its_number_and_the_headings(makes_pdf):
    document = PdfReader(io.BytesIO(output.document(make_table({"Common Name": names(80), "Days Left": range(80)}))))

    pages = [" ".join(page.extract_text().split()) for page in document.pages]
    assert len(pages) > 2
    assert [f"{number} / {len(pages)}" in page for number, page in enumerate(pages, 1)] == [True] * len(pages)
    assert ["Common Name" in page and "Days Left" in page for page in pages] == [True] * len(pages)
    assert {(round(page.mediabox.width), round(page.mediabox.height)) for page in document.pages} == {(842, 595)}


def test_the_chart_counts_the_statuses(makes_pdf):
    statuses = ["Issued", "Issued", "Expired"]

    [page] = read(make_table({"Status": statuses}, kinds=[Kind.STATUS]))

    assert "Status Records Issued 2 Expired 1 Total 3" in page


def test_japanese_is_japanese(writes_japanese):
    [page] = read(make_table({"組織": ["株式会社サンプル"]}, title="有効期限が近い証明書"))

    for words in ("有効期限が近い証明書", "組織", "株式会社サンプル"):
        assert words in page


def test_hostile_words_everywhere_still_make_a_few_pages(makes_pdf):
    hostile = dict.fromkeys(("title", "account", "owner", "description", "note"), "".join(HOSTILE))
    columns = {cell * 50: [cell, cell * 50] for cell in HOSTILE}  # headings that would fill a page, too

    assert 1 < len(read(make_table(columns, **hostile))) < 6


def test_what_cannot_be_seen_is_shown_on_paper_and_markup_is_text(makes_pdf):
    [page] = read(make_table({"Comment": ["invoice\u202efdp.exe", "<img src='file:///etc/passwd'>"]}))

    assert "invoice�fdp.exe" in page
    assert "<img src='file:///etc/passwd'>" in page


def test_long_cells_are_cut_so_that_a_row_stays_on_its_page(makes_pdf):
    pages = read(make_table({"Comment": ["x" * 10_000, "y" * 10_000]}))

    assert len(pages) == 1
    assert pages[0].count("…") == 2


def test_columns_that_have_no_room_are_named(makes_pdf):
    columns = {f"C{number}": ["x"] for number in range(output.MOST_COLUMNS + 2)}

    [page] = read(make_table(columns))

    assert "Only the CSV and Excel files have these columns: C16, C17." in page
    assert page.count("C16") == page.count("C17") == 1


def test_rows_beyond_the_most_are_left_out_and_the_paper_says_so(makes_pdf, monkeypatch):
    monkeypatch.setattr(output, "MOST_ROWS", 2)

    [page] = read(make_table({"Common Name": names(3)}))

    assert "the first 2 of 3" in page
    assert "www2.example.com" not in page


def test_a_report_without_records_says_so(makes_pdf):
    [page] = read(make_table({"Common Name": []}))

    assert "There are no records." in page


def test_columns_with_short_cells_get_what_they_need_and_the_others_the_rest_alike():
    shares = output.shares(["A", "B", "C"], [["x" * 7, "y" * 200, "z" * 200]], room=100)

    assert shares == ["10.00%", "45.00%", "45.00%"]


def test_garbage_is_collected_again_after_a_document(makes_pdf):
    output.document(make_table({"Common Name": names(1)}))

    assert gc.isenabled()


def test_where_no_pdf_can_be_made_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "weasyprint", None)  # as where it cannot be loaded

    with pytest.raises(pdf.Unavailable, match=r"libpango-1\.0-0"):
        output.document(make_table({"Common Name": names(1)}))
