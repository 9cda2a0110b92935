"""The page of a report's results, how it is narrowed and sorted, and the export."""

import csv
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.states import Status as PersonStatus
from certificates.states import Status as OrderStatus
from domains.states import Status as DomainStatus
from reporting import patience
from reporting.models import Run
from reporting.results import Results
from reporting.subjects import SUBJECTS
from sslportal.kit import clock
from tests.factories import make_domain, make_issued, make_order, make_profile, make_report
from tests.reporting.definitions import make_rule

FIELDS = ["number", "common_name", "level", "status", "expires", "renewed", "requester"]


@pytest.fixture
def paul(people, sign_in):
    return sign_in(people.paul)


def defined(*rules, kind="certificate", fields=FIELDS, sort=()):
    return {"type": kind, "fields": list(fields), "rules": list(rules), "sort": list(sort)}


def address(report):
    return f"/reporting/{report.pk}/run/"


def names(response):
    """Of what is shown, in its order."""
    return [row.get_cell_value("common_name") for row in response.context["table"].page.object_list]


def shown(client, report, **asked):
    return names(client.get(address(report), {"sort": "common_name", **asked}))


def text(response):
    return " ".join(response.content.decode().split())


def exported(client, report, **sent):
    response = client.post(f"{address(report)}export/", {"format": "csv", **sent})
    return list(csv.DictReader(b"".join(response.streaming_content).decode().splitlines()))


def make_some(people):
    """Three orders, of which one is in force until 2027-03-31, as Tokyo's clocks have it."""
    make_order(people.ov, people.paul, name="b.example.com", status=OrderStatus.CANCELED)
    make_order(people.ov, people.stan, name="c.example.com", level="EV")
    issued = make_issued(people.ov, people.paul, name="a.example.com")
    type(issued).objects.filter(pk=issued.pk).update(not_after=datetime(2027, 3, 31, 1, tzinfo=UTC))
    return issued


def test_the_results_are_what_the_rules_let_through_sorted_as_the_report_says(people, paul):
    for name, level in (("b", "OV"), ("a", "OV"), ("c", "EV")):
        make_order(people.ov, people.paul, name=f"{name}.example.com", level=level)
    sort = [{"field": "common_name", "descending": False}]
    report = make_report(people.paul, definition=defined(make_rule("level", "is", ["OV"]), sort=sort))

    response = paul.get(address(report))

    assert names(response) == ["a.example.com", "b.example.com"]
    assert "<h1>Report Results</h1>" in text(response)
    assert report.name in text(response)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"q": "A.EXAMPLE"}, ["a"]),
        ({"q": "example stan@"}, ["c"]),
        ({"status": "canceled"}, ["b"]),
        ({"status": "nonsense"}, ["a", "b", "c"]),
        ({"level": "EV"}, ["c"]),
        ({"level": "XX"}, ["a", "b", "c"]),
        ({"renewed": "yes"}, []),
        ({"renewed": "no"}, ["a", "b", "c"]),
        ({"renewed": "\x00"}, ["a", "b", "c"]),
        ({"since": "2027-03-31"}, ["a"]),
        ({"since": "2027-04-01"}, []),
        ({"until": "2027-03-30"}, []),
        ({"until": "2027-03-31"}, ["a"]),
        ({"until": "9999-12-31"}, ["a", "b", "c"]),
        ({"sort": "-common_name"}, ["c", "b", "a"]),
        ({"sort": "requester"}, ["a", "b", "c"]),
        ({"sort": "expires"}, ["a", "c", "b"]),
        ({"sort": "-expires"}, ["a", "c", "b"]),
        ({"sort": "profile__account__name"}, ["a", "c", "b"]),
        ({"level": "OV", "sort": "-common_name"}, ["b", "a"]),
    ],
)
def test_results_are_narrowed_and_sorted_like_a_list(people, paul, asked, expected):
    people.company.time_zone = "Asia/Tokyo"
    people.company.save()
    make_some(people)
    report = make_report(people.paul, definition=defined())

    assert [name[0] for name in shown(paul, report, **asked)] == expected


def found(report, person, narrowed):
    """The names and the count, as a worker asks for them."""
    results = Results(report.defined, person, clock.now())
    state = results.state(narrowed)
    return [row.cell_common_name for row in results.rows(results.keys(state))], results.count(state)


def test_a_worker_narrows_and_sorts_as_the_page_does(people):
    make_some(people)
    report = make_report(people.paul, definition=defined())
    narrowed = {"q": "example", "level": "OV", "sort": "-common_name", "since": "", "rows": 7, "nonsense": ["x"]}

    assert found(report, people.paul, narrowed) == (["b.example.com", "a.example.com"], 2)


@pytest.mark.parametrize("narrowed", [{}, {"q": 5, "sort": None, "status": ["issued"], "level": {}}, {"rows": "x"}])
def test_what_is_no_narrowing_lets_all_through(people, narrowed):
    make_some(people)
    sort = [{"field": "common_name", "descending": False}]

    all_of_them = ["a.example.com", "b.example.com", "c.example.com"]
    assert found(make_report(people.paul, definition=defined(sort=sort)), people.paul, narrowed) == (all_of_them, 3)


def test_narrowing_holds_for_each_alternative_of_the_rules(people, paul):
    make_some(people)
    rules = [make_rule("status", "is", ["canceled"]), make_rule("level", "is", ["EV"], "or")]
    report = make_report(people.paul, definition=defined(*rules))

    assert shown(paul, report, q="c.example") == ["c.example.com"]
    assert shown(paul, report, q="a.example") == []


def test_only_the_first_are_shown_and_it_is_said_how_many_there_are(people, paul, settings):
    settings.REPORT_ROWS_SHOWN = 2
    make_some(people)

    response = paul.get(address(make_report(people.paul)))

    assert names(response) == ["a.example.com", "c.example.com"]
    assert "The first 2 of 3 records. At most 2 records are shown here, and at most 2,000 are exported." in text(
        response
    )


def test_a_list_is_found_again_as_it_was_left_each_report_its_own(people, paul):
    make_some(people)
    one, other = make_report(people.paul), make_report(people.paul)
    shown(paul, one, q="b.example")

    assert names(paul.get(address(one))) == ["b.example.com"]
    assert len(names(paul.get(address(other)))) == 3


def test_results_have_as_many_queries_for_three_rows_as_for_one(people, paul):
    report = make_report(people.paul, definition=defined(make_rule("renewed", "no")))

    def queries():
        with CaptureQueriesContext(connection) as captured:
            paul.get(address(report))
        return len(captured)

    make_issued(people.ov, people.paul)
    queries()
    with_one = queries()
    make_issued(people.ov, people.paul, name="a.example.com")
    make_issued(people.ov, people.stan, name="b.example.com")

    assert queries() == with_one


def test_every_field_has_a_column_and_sorts(people, paul):
    make_some(people)
    make_domain(people.ov, "example.com")
    for kind, subject in SUBJECTS.items():
        report = make_report(people.paul, definition=defined(kind=kind, fields=[one.key for one in subject.fields]))
        for field in subject.fields:
            response = paul.get(address(report), {"sort": f"-{field.key}"})

            assert len(response.context["table"].page.object_list) == response.context["total"] > 0
            assert f'data-label="{field.label}"' in response.content.decode()


def test_domains_are_searched_filtered_and_lead_to_their_page(people, paul):
    domain = make_domain(people.ov, "example.com")
    make_domain(people.ov, "example.org", status=DomainStatus.PENDING)
    report = make_report(people.paul, definition=defined(kind="domain", fields=["status", "name"]))

    page = text(paul.get(address(report), {"q": "example", "status": "ready"}))

    assert f'href="{domain.get_absolute_url()}"' in page
    assert "example.org" not in page


def test_where_no_name_is_shown_the_first_column_leads_to_the_order(people, paul):
    order = make_order(people.ov, people.paul)
    report = make_report(people.paul, definition=defined(fields=["requester", "level"]))

    assert f'<a href="{order.get_absolute_url()}">paul@example.com</a>' in text(paul.get(address(report)))


def test_a_global_administrator_sees_it_by_the_owners_eyes_without_links(people, sign_in):
    order = make_order(people.ov, people.paul, name="www.example.com")
    report = make_report(people.paul)

    response = sign_in(people.gina).get(address(report))

    assert names(response) == ["www.example.com"]
    assert order.get_absolute_url() not in text(response)


def test_when_its_owner_has_left_it_shows_what_the_reader_may_see(people, sign_in):
    make_order(people.ov, people.paul, name="www.example.com")
    make_order(make_profile(people.company, "Gina's", primary=people.gina), people.gina, name="hers.example.com")
    report = make_report(people.paul)
    people.paul.status = PersonStatus.REMOVED
    people.paul.save()

    assert names(sign_in(people.gina).get(address(report))) == ["hers.example.com"]


@pytest.mark.parametrize("person", ["stan", "stranger", "vera"])
def test_nobody_else_sees_or_exports_it(people, sign_in, person):
    report = make_report(people.paul)
    client = sign_in(getattr(people, person))
    refused = 403 if person == "vera" else 404

    assert client.get(address(report)).status_code == refused
    assert client.post(f"{address(report)}export/", {"format": "csv"}).status_code == refused


def test_an_empty_report_says_so_and_offers_to_edit_it(people, paul):
    report = make_report(people.paul)

    page = text(paul.get(address(report)))

    assert "No records match this report now" in page
    assert f"/reporting/{report.pk}/edit/" in page


def test_where_narrowing_leaves_nothing_it_can_be_taken_back(people, paul):
    make_some(people)
    report = make_report(people.paul, definition=defined())

    response = paul.get(address(report), {"q": "nowhere", "level": "OV"})

    assert "Nothing matches." in text(response)
    assert len(names(paul.get(address(report) + response.context["clear"]))) == 3


def test_what_no_longer_exists_is_said(people, paul):
    rules = [make_rule("colour", "is", "red")]
    report = make_report(people.paul, definition=defined(*rules, fields=["common_name"]))

    assert "The field “colour” no longer exists and was left out." in text(paul.get(address(report)))


@pytest.mark.parametrize("definition", [{"type": "planet"}, defined(make_rule("level", "is", ["XX"]))])
def test_what_is_no_report_any_more_is_said_in_a_sentence(people, paul, definition):
    report = make_report(people.paul, definition=definition)

    assert "Please choose" in text(paul.get(address(report)))
    assert paul.post(f"{address(report)}export/", {"format": "csv"}).url == address(report)


def test_the_export_asks_first_and_says_how_many_there_are(people, paul):
    make_some(people)
    report = make_report(people.paul, definition=defined())

    page = text(paul.get(f"{address(report)}export/", {"level": "OV", "sort": "-common_name"}))

    assert "2 records match, as you narrowed them. A file has at most 2,000 of them" in page
    assert '<input type="hidden" name="level" value="OV">' in page
    assert '<input type="hidden" name="sort" value="-common_name">' in page
    for name in ("CSV", "Excel", "PDF", "Yes", "No"):
        assert name in page


def test_the_csv_has_what_the_page_was_narrowed_to_in_its_order(people, paul):
    make_some(people)
    report = make_report(people.paul, definition=defined(fields=["common_name", "level"]))

    rows = exported(paul, report, level="OV", sort="common_name")

    assert rows == [
        {"Common Name": "a.example.com", "Type": "OV"},
        {"Common Name": "b.example.com", "Type": "OV"},
    ]


def test_the_csv_is_a_download_named_after_the_report(people, paul):
    report = make_report(people.paul, 'a/b"c')

    response = paul.post(f"{address(report)}export/", {"format": "csv"})

    assert response["Content-Disposition"].startswith('attachment; filename="a_b_c ')
    assert "no-store" in response["Cache-Control"]


def test_the_csv_has_at_most_as_many_rows_as_the_setting_says(people, paul, settings):
    settings.REPORT_ROWS = 2
    make_some(people)

    assert len(exported(paul, make_report(people.paul))) == 2


def test_the_csv_has_no_formula(people, paul):
    make_order(people.ov, people.paul, comments='=HYPERLINK("http://evil.example")')
    report = make_report(people.paul, definition=defined(fields=["comments"]))

    assert exported(paul, report) == [{"Comments": '\'=HYPERLINK("http://evil.example")'}]


@pytest.mark.parametrize("format", ["xlsx", "pdf"])
def test_other_formats_are_made_by_a_worker_of_what_was_seen(people, paul, format):
    report = make_report(people.paul, definition=defined())

    response = paul.post(f"{address(report)}export/", {"format": format, "q": "www", "level": "OV", "x": "y"})

    run = Run.objects.get()
    assert (response.url, run.formats, run.narrowed) == (
        f"/reporting/runs/{run.pk}/",
        [format],
        {"q": "www", "level": "OV"},
    )


@pytest.mark.parametrize("format", ["", "exe", "\x00"])
def test_an_unknown_format_is_an_error_on_the_page(people, paul, format):
    response = paul.post(f"{address(make_report(people.paul))}export/", {"format": format, "q": "www"})

    assert response.context["form"].errors
    assert '<input type="hidden" name="q" value="www">' in text(response)


@pytest.fixture
def locked_orders(monkeypatch, people):
    """Who asks for orders waits, and waits for too long."""
    monkeypatch.setattr(patience, "SECONDS", 0.2)
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("LOCK TABLE certificates_order IN ACCESS EXCLUSIVE MODE")
        yield
        cursor.execute("ROLLBACK")
    other.close()


def test_what_takes_too_long_is_said_and_can_be_made_by_a_worker(people, paul, locked_orders):
    report = make_report(people.paul)

    page = text(paul.get(address(report)))
    asking = text(paul.get(f"{address(report)}export/"))
    answer = paul.post(f"{address(report)}export/", {"format": "csv"})

    assert "This takes longer than a page can wait" in page
    assert "How many records there are takes longer to count than a page can wait." in asking
    assert answer.url == f"/reporting/runs/{Run.objects.get().pk}/"
