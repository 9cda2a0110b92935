"""Charts: the picture tells what the table tells, whatever is counted."""

import io
import re
from xml.etree import ElementTree

import pytest
from django.template.loader import render_to_string
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from sslportal.kit import pdf
from sslportal.kit.charts import Bar, BarChart, ColumnChart, cut, with_others

SVG = "{http://www.w3.org/2000/svg}"
ISSUERS = [
    Bar("A CA", 65534, url="/results/?issuer=A+CA"),
    Bar("B & C", 32767, tone="bad", url="/results/?issuer=B"),
    Bar("Nobody", 0),
]
MONTHS = [Bar(f"Month {number}", number, short=f"M{number}") for number in range(13)]
ALIKE = pytest.mark.parametrize("kind", [BarChart, ColumnChart])


def make_chart(kind=BarChart, bars=ISSUERS):
    return kind("issuers", "Certificates by CA", "CA", "Certificates", bars)


def page_of(chart):
    return render_to_string("components/chart.html", {"chart": chart})


def picture_of(chart):
    picture = re.search(r"<svg.*</svg>", page_of(chart), re.DOTALL)[0]
    return ElementTree.fromstring(picture)  # noqa: S314  # our own


def parts_of(chart):
    return [part for part in picture_of(chart).iter() if part.get("class", "").startswith("part")]


def find(part, name):
    """The shapes and words of the part that have the class."""
    return [shape for shape in part.iter() if name in shape.get("class", "").split()]


@ALIKE
def test_the_table_tells_each_number_and_their_sum(kind):
    page = " ".join(page_of(make_chart(kind)).split())

    rows = re.findall(r'<th scope="row">(.*?)</th> <td class="number">(.*?)</td>', page)
    assert [(re.sub(r"<[^>]+>", "", label).strip(), number) for label, number in rows] == [
        ("A CA", "65,534"),
        ("B &amp; C", "32,767"),
        ("Nobody", "0"),
        ("Total", "98,301"),
    ]
    assert re.findall(r'<th scope="col".*?>(.*?)</th>', page) == ["CA", "Certificates"]
    assert re.findall(r"<caption.*?>(.*?)</caption>", page) == ["Certificates by CA"]


@ALIKE
def test_each_part_of_the_picture_names_what_it_counts_and_leads_there(kind):
    parts = parts_of(make_chart(kind))

    assert [part.find(f".//{SVG}title").text for part in parts] == ["A CA: 65,534", "B & C: 32,767", "Nobody: 0"]
    assert [[link.get("href") for link in part.iter(f"{SVG}a")] for part in parts] == [
        ["/results/?issuer=A+CA"],
        ["/results/?issuer=B"],
        [],
    ]


@ALIKE
def test_the_picture_has_a_name_and_a_summary_and_is_an_image_where_nothing_in_it_leads_on(kind):
    without_links = picture_of(make_chart(kind, bars=[Bar("A CA", 1200), Bar("B", 34)]))

    named = {element.get("id"): element.text for element in without_links}
    assert [named[name] for name in without_links.get("aria-labelledby").split()] == [
        "Certificates by CA",
        "1,234 in all; the largest part: A CA, 1,200.",
    ]
    assert without_links.get("role") == "img"
    assert picture_of(make_chart(kind)).get("role") == "group"


@ALIKE
def test_a_page_with_a_chart_needs_no_style_of_its_own(kind):
    page = page_of(make_chart(kind))

    assert "style" not in page


@ALIKE
def test_words_of_strangers_stay_words(kind):
    page = page_of(make_chart(kind, bars=[Bar("<script>", 1, url='/"onload="x', short="<b>")]))

    assert "<script>" not in page
    assert "<b>" not in page
    assert 'href="/&quot;onload=&quot;x"' in page


@ALIKE
def test_nothing_to_count_is_said_in_words(kind):
    page = page_of(make_chart(kind, bars=[]))

    assert "There is nothing to show yet." in page
    assert "<svg" not in page
    assert make_chart(kind, bars=[Bar("Nobody", 0)]).summary == "Nothing was counted."


def test_bars_are_as_long_as_their_numbers_are_large():
    bars = [find(part, "bar") for part in parts_of(make_chart())]

    assert [[shape.get("width") for shape in shapes] for shapes in bars] == [["100.00%"], ["50.00%"], []]


def test_columns_stand_on_the_ground_as_high_as_their_numbers_are_large():
    chart = make_chart(ColumnChart)
    columns = [find(part, "bar") for part in parts_of(chart)]

    assert [[shape.get("height") for shape in shapes] for shapes in columns] == [["11.00em"], ["5.50em"], []]
    assert {em(shape.get("y")) + em(shape.get("height")) for shapes in columns for shape in shapes} == {
        em(chart.ground)
    }


def em(length):
    return float(length.removesuffix("em"))


@ALIKE
def test_one_among_very_many_is_seen(kind):
    shape = find(parts_of(make_chart(kind, bars=[Bar("Many", 65533), Bar("One", 1)]))[1], "bar")[0]

    assert float(re.sub("[em%]", "", shape.get("width" if kind is BarChart else "height"))) > 0.1


@ALIKE
@given(numbers=st.lists(st.integers(0, 65534), min_size=1, max_size=14))
def test_nothing_is_drawn_beside_the_picture(kind, numbers):
    chart = make_chart(kind, bars=[Bar(f"Label {number}", number, short="Label") for number in numbers])

    for shape in picture_of(chart).iter(f"{SVG}rect"):
        across = [float(shape.get(side, "0").removesuffix("%")) for side in ("x", "width")]
        assert min(across) >= 0
        assert sum(across) <= 100.1


def test_shapes_are_measured_alike_in_every_language():
    with override("de"):
        picture = picture_of(make_chart(ColumnChart))

    assert find(picture, "bar")[1].get("height") == "5.50em"
    assert find(picture, "amount")[0].text == "65.534"


def test_a_long_label_is_cut_in_the_picture_and_whole_in_its_title():
    name = "A Certification Authority of an Organization with a very long Name G1"
    part = parts_of(make_chart(bars=[Bar(name, 7)]))[0]

    assert find(part, "in-full")[0].text == "A Certification Authority of an Organization with…"
    assert find(part, "in-brief")[0].text == "A Certification Authority of an O…"
    assert part.find(f"{SVG}title").text == f"{name}: 7"


def test_a_label_that_fits_is_written_once():
    assert [text.text for text in parts_of(make_chart(bars=[Bar("A CA", 7)]))[0].iter(f"{SVG}text")] == ["A CA", "7"]


def test_japanese_signs_are_as_wide_as_two_letters():
    assert cut("認証局サービス", 14) == "認証局サービス"
    assert cut("認証局サービス", 13) == "認証局サービ…"
    assert cut("認証局サービス", 12) == "認証局サー…"


@given(text=st.text(), letters=st.integers(1, 60))
def test_cutting_leaves_a_beginning_of_at_most_so_many_letters(text, letters):
    short = cut(text, letters)

    assert len(short) <= letters
    assert short == text or text.startswith(short.removesuffix("…"))


def test_columns_that_stand_close_share_the_room_for_words_on_a_phone():
    columns = list(make_chart(ColumnChart, bars=MONTHS * 2).columns)

    assert [column.bar.short for column in columns if not column.spares_label][-2:] == ["M9", "M12"]
    assert not columns[0].spares_label
    assert {column.bar.value for column in columns if not column.spares_number} == {12}


def test_columns_with_room_keep_all_words():
    columns = list(make_chart(ColumnChart, bars=MONTHS[:5]).columns)

    assert not any(column.spares_label or column.spares_number for column in columns)


def test_others_stand_for_what_is_beyond_the_most_that_are_shown():
    bars = [Bar(str(number), 100 - number) for number in range(13)]

    shown = with_others(bars, 5000)

    assert shown[:12] == bars[:12]
    assert [(bar.label, bar.value) for bar in shown[12:]] == [("Others", 5000 - sum(bar.value for bar in bars[:12]))]


@pytest.mark.parametrize("number", [0, 1, 12, 13])
def test_others_never_stand_for_one_or_none(number):
    bars = [Bar(str(number), 5) for number in range(number)]

    assert with_others(bars, 5 * number) == bars


def test_a_pdf_has_the_words_of_the_picture_and_of_the_table_and_no_links(makes_pdf):
    document = PdfReader(io.BytesIO(pdf.render("components/chart.html", {"chart": make_chart(), "on_paper": True})))

    text = document.pages[0].extract_text()
    assert text.count("65,534") == 2
    assert text.count("Nobody") == 2
    assert "As a table" not in text
    assert document.pages[0].annotations in (None, [])
