"""The page of the report builder with the rules, the sorting and the preview."""

import threading

import pytest
from django.db import connection

from certificates.states import Status
from reporting import patience
from tests.factories import make_issued, make_order
from tests.reporting.builder import (
    draft,
    made,
    page_key,
    problems,
    record,
    rules,
    schedule,
    shown_rules,
    to_records,
    url,
)
from tests.wizard import send

ISSUED = ("status", "is", "issued")


@pytest.fixture
def paul(people, sign_in):
    return sign_in(people.paul)


def sentence(page):
    return page.context["sentence"]


def preview(page):
    """How many records, and the first cells of the first ones."""
    shown = page.context["preview"]
    return shown.total, [cells[0][1] for cells in shown.rows]


def test_first_rule_has_nothing_to_be_joined_to(paul):
    to_records(paul)

    assert shown_rules(record(paul, go="add-or")) == [("", "", "")]


@pytest.mark.parametrize("joined", ["and", "or"])
def test_rule_is_added_joined_as_the_button_says(paul, joined):
    to_records(paul)

    page = record(paul, ISSUED, go=f"add-{joined}")

    assert page.status_code == 200
    assert shown_rules(page) == [("", "status", "is", "issued"), (joined, "", "")]


def test_rule_is_removed(paul):
    to_records(paul)

    page = record(paul, ISSUED, ("or", "sans", "contains", "shop"), go="remove-rule-0")

    assert shown_rules(page) == [("", "sans", "contains", "shop")]


def test_what_followed_a_removed_rule_by_and_begins_its_group(paul):
    to_records(paul)

    page = record(paul, ISSUED, ("or", "sans", "contains", "a"), ("and", "sans", "contains", "b"), go="remove-rule-1")

    assert shown_rules(page) == [("", "status", "is", "issued"), ("or", "sans", "contains", "b")]


@pytest.mark.parametrize("go", ["remove-rule-7", "remove-rule-", "remove-sort-9999", "add-xor", "x" * 10_000])
def test_button_that_does_not_exist_changes_nothing(paul, go):
    to_records(paul)

    assert shown_rules(record(paul, ISSUED, go=go)) == [("", "status", "is", "issued")]


def test_another_field_asks_anew(paul):
    to_records(paul)

    page = record(paul, ("common_name", "is", "issued"), go="update", **{"rule-0-was": "status"})

    assert shown_rules(page) == [("", "common_name", "is")]


def test_another_field_without_a_condition_of_its_own_is_asked_about(paul):
    """Without JavaScript somebody chooses another field, and continues without seeing what can be asked of it."""
    to_records(paul)

    page = record(paul, ("renewed", "is", "issued"), **{"rule-0-was": "status"})

    assert page.status_code == 422
    assert problems(page) == ["Rule 1: This cannot be asked of “Renewed”. Please choose from: Yes, No."]


def test_another_condition_keeps_the_value(paul):
    to_records(paul)

    page = record(paul, ("common_name", "begins_with", "shop"), go="update", **{"rule-0-was": "common_name"})

    assert shown_rules(page) == [("", "common_name", "begins_with", "shop")]


def test_value_of_a_condition_without_one_is_forgotten(paul):
    to_records(paul)
    record(paul, ("approver", "is_empty", "left over"))
    schedule(paul)

    assert made().definition["rules"][0]["value"] is None


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        (("", ""), "Rule 1: Please choose a field, or remove the rule."),
        (("common_name", "contains", " "), "Rule 1: Please enter a text to compare with."),
        (("status", "is"), "Rule 1: Please choose at least one value."),
        (("expires", "before", "tomorrow"), "Rule 1: Please enter a day as year, month and day, such as 2027-03-31."),
        (("expires", "before", "9999-12-31"), "Rule 1: Please enter a day from 1900-01-01 to 2999-12-31."),
        (("expires", "next", "-1"), "Rule 1: Please enter a whole number of days from 1 to 36500."),
        (("days_left", "between", "9", "3"), "Rule 1: Please enter two whole numbers, the smaller one first."),
        (("days_left", "between", "9"), "Rule 1: Please enter two whole numbers, the smaller one first."),
        (
            ("common_name", "is", "x" * 100_000),
            "Rule 1: The text is too long: it has 100000 characters. Please enter at most 200.",
        ),
    ],
)  # fmt: skip
def test_incomplete_rule_is_an_error_on_continue_only(paul, rule, says):
    to_records(paul)

    updated, continued = record(paul, rule, go="update"), record(paul, rule)

    assert (updated.status_code, continued.status_code) == (200, 422)
    assert problems(continued) == [says]
    assert f"Not counted yet. {says}" in updated.content.decode()
    assert 'href="#rule-0"' in continued.content.decode()


def test_nul_in_a_value_is_no_error_of_the_portal(paul):
    to_records(paul)

    assert page_key(record(paul, ("common_name", "is", "sh\0op"))) == "schedule"


def test_rules_of_fields_that_do_not_exist_are_left_out(paul):
    to_records(paul)

    page = record(paul, ISSUED, ("or", "password", "is", "x"), ("and", "sans", "contains", "b"), go="update")

    assert shown_rules(page) == [("", "status", "is", "issued"), ("or", "sans", "contains", "b")]


def test_two_hundred_rules_are_refused_and_not_lost(paul):
    to_records(paul)
    many = [ISSUED, *[("or", *ISSUED)] * 199]

    page = record(paul, *many)

    assert page.status_code == 422
    assert problems(page) == ["A report has at most 50 rules, not 200. Please remove some."]
    assert len(shown_rules(page)) == 200
    assert b"add-and" not in page.content


def test_numbers_of_rules_may_have_gaps(paul):
    to_records(paul)
    sent = {"rule-9-field": "common_name", "rule-9-condition": "is", "rule-9-value": "b", "rule-9-joined": "or"}

    page = record(paul, ISSUED, go="update", **sent, **{"rule-99999-field": "status", "rule-x-field": "status"})

    assert shown_rules(page) == [("", "status", "is", "issued"), ("or", "common_name", "is", "b")]


# Sorting


def test_one_more_field_can_be_sorted_by_until_there_are_five(paul):
    to_records(paul)
    fields = ["status", "expires", "ordered", "common_name"]

    first, full = (record(paul, sort=[(key, "") for key in fields[:count]], go="update") for count in (1, 4))

    assert [one.field and one.field.key for one in first.context["form"].sorts_shown] == ["status", None]
    assert len(full.context["form"].sorts_shown) == 5


def test_sorting_is_removed_where_nothing_is_chosen(paul):
    to_records(paul)
    record(paul, sort=[("status", ""), ("", ""), ("expires", "descending")])
    schedule(paul)

    assert made().definition["sort"] == [
        {"field": "status", "descending": False},
        {"field": "expires", "descending": True},
    ]


def test_sorting_is_removed_by_its_button(paul):
    to_records(paul)

    page = record(paul, sort=[("status", ""), ("expires", "descending")], go="remove-sort-0")

    assert [(one.field.key, one.is_descending) for one in page.context["form"].sorts] == [("expires", True)]


def test_field_that_cannot_be_sorted_by_is_refused(paul):
    to_records(paul)

    page = record(paul, sort=[("comments", "")])

    assert problems(page) == ["Records cannot be sorted by “Comments”. Please choose another field."]


# Words and preview


def test_words_have_the_brackets_that_and_and_or_mean(paul):
    to_records(paul)

    page = record(
        paul, ISSUED, ("and", "expires", "next", "60"), ("or", "renewed", "no"), ("or", "days_left", "between", "5", "9"),
        ("and", "common_name", "contains", "shop"), go="update",
    )  # fmt: skip

    assert sentence(page) == (
        "(Status is one of Issued AND Expires is in the next 60 days) OR Renewed: No"
        " OR (Days left is between 5 and 9 AND Common Name contains “shop”)"
    )


def test_one_group_needs_no_brackets(paul):
    to_records(paul)

    page = record(paul, ("status", "is_not", "issued", "expired"), ("and", "approver", "is_empty"), go="update")

    assert sentence(page) == "Status is none of Issued, Expired AND Approver is empty"


def test_preview_has_the_count_and_the_first_ten(paul, people):
    for number in range(12):
        make_order(people.ov, people.paul, name=f"{number:02}.example.com")
    make_issued(people.ov, people.paul, name="issued.example.com")
    to_records(paul)

    page = record(paul, ("status", "is", "pending"), sort=[("common_name", "")], go="update")

    assert preview(page) == (12, [f"{number:02}.example.com" for number in range(10)])


def test_preview_leaves_an_incomplete_rule_out(paul, people):
    make_order(people.ov, people.paul, name="a.example.com")
    make_order(people.ov, people.paul, name="b.example.com", status=Status.CANCELED)
    to_records(paul)

    page = record(
        paul,
        ("status", "is", "canceled"),
        ("or", "expires", "next", ""),
        ("and", "common_name", "is", "zz"),
        go="update",
    )

    assert preview(page) == (1, ["b.example.com"])
    assert sentence(page) == "Status is one of Canceled OR Common Name is “zz”"


def test_preview_shows_nothing_of_others(paul, people, sign_in):
    make_order(people.ov, people.paul, name="a.example.com")
    stranger = sign_in(people.stranger)

    assert preview(to_records(stranger)) == (0, [])


def test_what_the_page_asks_for_itself_is_the_part_that_changes(paul):
    to_records(paul)

    part = paul.post(url("records"), {**rules(ISSUED), "go": "update"}, headers={"X-Fragment": "1"})

    assert part.status_code == 200
    assert part.content.decode().lstrip().startswith('<div id="records"')
    assert draft().data["records"]["rule-0-field"] == ["status"]


def test_another_type_keeps_the_rules_that_it_can_have(paul):
    to_records(paul, fields=["status"])
    record(paul, ("common_name", "is", "a"), ("and", "expires", "next", "5"), sort=[("number", ""), ("expires", "")])
    send(paul, url("report"), {"type": "domain", "name": "Expiring soon"})

    page = paul.get(url("records"))

    assert shown_rules(page) == [("", "expires", "next", "5")]
    assert [one.field.key for one in page.context["form"].sorts] == ["expires"]


# Patience


@pytest.mark.django_db(transaction=True)
def test_preview_that_takes_too_long_says_so(people, sign_in, monkeypatch):
    """Somebody else has locked the orders."""
    monkeypatch.setattr(patience, "SECONDS", 0.1)
    paul = sign_in(people.paul)
    to_records(paul)

    with locked_orders():
        page = record(paul, ISSUED, go="update")

    assert (page.status_code, page.context["preview"].total) == (200, None)
    assert "The preview takes too long" in page.content.decode()
    assert page_key(record(paul, ISSUED)) == "schedule"


class locked_orders:
    """Another connection has locked the table until the end."""

    def __enter__(self):
        self.locked, self.over = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self.hold)
        self.thread.start()
        assert self.locked.wait(10)

    def hold(self):
        try:
            with connection.cursor() as cursor:
                cursor.execute("BEGIN; LOCK TABLE certificates_order IN ACCESS EXCLUSIVE MODE")
                self.locked.set()
                self.over.wait(30)
                cursor.execute("ROLLBACK")
        finally:
            connection.close()

    def __exit__(self, *_reason):
        self.over.set()
        self.thread.join()


@pytest.mark.django_db
def test_limit_of_time_ends_with_what_it_was_for(monkeypatch):
    monkeypatch.setattr(patience, "SECONDS", 0.05)

    with pytest.raises(patience.Impatient), patience.limited(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(20)")
    with patience.limited(), connection.cursor() as cursor:
        cursor.execute("SELECT 1")

    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)
