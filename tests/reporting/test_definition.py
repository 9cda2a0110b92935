"""Definitions: what is read from JSON is written the same, and what cannot be made a report of is refused in sentences."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting.definition import BadDefinition, from_json, groups
from reporting.subjects import SUBJECTS
from tests.reporting.definitions import make_definition, make_rule

WHOLE = {
    "type": "certificate",
    "fields": ["common_name", "expires", "status"],
    "rules": [
        make_rule("status", "is", ["issued", "expired"]),
        make_rule("days_left", "between", [1, 60], "and"),
        make_rule("expires", "before", "2027-03-31", "or"),
        make_rule("expires", "next", 30, "and"),
        make_rule("comments", "contains", "load balancer", "or"),
        make_rule("renewed", "no", None, "or"),
    ],
    "sort": [{"field": "expires", "descending": False}, {"field": "profile", "descending": True}],
}


CONTROL = "The text has an invisible control character, such as a line break. Please type it without that."


def refused(**changed):
    with pytest.raises(BadDefinition) as caught:
        from_json(WHOLE | changed)
    return caught.value


def refused_rule(field, condition, value):
    """The sentence about a rule with such a value, which stands in second place."""
    rules = [make_rule("status", "is", ["issued"]), make_rule(field, condition, value, "and")]
    (says,) = refused(rules=rules).about("rules", 1)
    return says


def test_a_definition_is_written_as_it_was_read():
    assert from_json(WHOLE).to_json() == WHOLE
    assert from_json(from_json(WHOLE).to_json()) == from_json(WHOLE)


def test_and_binds_tighter_than_or():
    told = [[rule.field.key for rule in group] for group in groups(from_json(WHOLE).rules)]

    assert told == [["status", "days_left"], ["expires", "expires"], ["comments"], ["renewed"]]
    assert groups([]) == []


@pytest.mark.parametrize("key", SUBJECTS)
def test_every_field_has_a_key_of_its_own_and_a_label(key):
    keys = [field.key for field in SUBJECTS[key].fields]

    assert len(set(keys)) == len(keys)
    assert all(str(field.label) for field in SUBJECTS[key].fields)
    assert [field.key for field in SUBJECTS[key].fields if (field.kind == "status") != bool(field.choices)] == []
    assert SUBJECTS[key].field(SUBJECTS[key].sorted_by[0]).sortable


def test_fields_that_no_longer_exist_are_left_out_with_a_note():
    made = make_definition(
        fields=["common_name", "fax_number", "status"],
        rules=[make_rule("status", "is", "issued"), make_rule("shoe_size", "between", [1, 2], "and")],
        sort=[{"field": "fax_number"}, {"field": "expires"}],
    )

    assert [field.key for field in made.fields] == ["common_name", "status"]
    assert [rule.field.key for rule in made.rules] == ["status"]
    assert [one.field.key for one in made.sort] == ["expires"]
    assert made.notes == (
        "The field “fax_number” no longer exists and was left out.",
        "The field “shoe_size” no longer exists and was left out.",
    )


def test_a_report_of_which_no_field_is_left_has_the_first_there_is():
    assert [field.key for field in make_definition(fields=["fax_number"]).fields] == ["number"]


@pytest.mark.parametrize(
    ("joined", "gone", "left"),
    [
        (["", "and", "or", "and"], 0, [["b"], ["c", "d"]]),
        (["", "and", "or", "and"], 1, [["a"], ["c", "d"]]),
        (["", "and", "or", "and"], 2, [["a", "b"], ["d"]]),
        (["", "and", "or", "and"], 3, [["a", "b"], ["c"]]),
        (["", "or", "or", "and"], 1, [["a"], ["c", "d"]]),
        (["", "and", "and", "and"], 1, [["a", "c", "d"]]),
    ],
)
def test_the_rules_that_are_left_keep_their_brackets(joined, gone, left):
    fields = ["gone_by" if index == gone else "comments" for index in range(4)]
    rules = [make_rule(field, "is", name, how) for field, name, how in zip(fields, "abcd", joined, strict=True)]

    made = make_definition(rules=rules)

    assert [[rule.value for rule in group] for group in groups(made.rules)] == left
    assert from_json(made.to_json()).rules == made.rules


@pytest.mark.parametrize("data", [None, [], "certificate", 1, {**WHOLE, "sql": "DROP TABLE"}])
def test_what_is_no_definition_is_refused(data):
    with pytest.raises(BadDefinition, match="no definition of a report"):
        from_json(data)


@pytest.mark.parametrize("kind", [None, "", "server", ["certificate"], {}, 1])
def test_an_unknown_type_is_refused(kind):
    assert refused(type=kind).about("type") == [
        "There are no reports of this type. Please choose: Certificate, Domain."
    ]


def test_a_report_without_fields_is_refused():
    assert refused(fields=[]).about("fields") == ["Please choose at least one field."]


@pytest.mark.parametrize("key", [None, 1, ["status"], {}, "", "a\0b", "x" * 10_000, "Status", "\ud800"])
def test_what_never_was_a_field_is_refused(key):
    says = ["There is no such field. Please choose one from the list."]

    assert refused(fields=["status", key]).about("fields", 1) == says
    assert refused(rules=[make_rule(key, "is", "x")]).about("rules", 0) == says
    assert refused(sort=[{"field": key}]).about("sort", 0) == says


@pytest.mark.parametrize("path", ["status__in", "profile__account__name", "csr", "hold_detail", "pk"])
def test_what_is_only_a_path_of_the_database_is_no_field(path):
    assert [field.key for field in make_definition(fields=["status", path]).fields] == ["status"]


def test_too_many_are_refused():
    rules = [make_rule("comments", "is", "x", "and" if index else "") for index in range(200)]
    wrong = refused(fields=["status"] * 41, rules=rules, sort=[{"field": "status"}] * 6)

    assert wrong.about("fields")[0] == "A report has at most 40 fields, not 41. Please remove some."
    assert wrong.about("rules") == ["A report has at most 50 rules, not 200. Please remove some."]
    assert wrong.about("sort") == ["A report is sorted by at most 5 fields, not 6. Please remove some."]


def test_all_that_is_wrong_is_told_at_once():
    rules = [make_rule("expires", "before", "soon"), make_rule("days_left", "is", "many", "and")]

    wrong = refused(rules=rules, sort=[{"field": "comments"}])

    assert [(problem.part, problem.index) for problem in wrong.problems] == [("rules", 0), ("rules", 1), ("sort", 0)]


def test_a_field_is_shown_and_sorted_by_once():
    made = make_definition(
        fields=["status", "number", "status"],
        sort=[{"field": "status", "descending": True}, {"field": "number"}, {"field": "status"}],
    )

    assert [field.key for field in made.fields] == ["status", "number"]
    assert [(one.field.key, one.descending) for one in made.sort] == [("status", True), ("number", False)]


@pytest.mark.parametrize(
    ("field", "condition", "value", "says"),
    [
        ("comments", "contains", None, "Please enter a text to compare with."),
        ("comments", "contains", " \t", "Please enter a text to compare with."),
        ("comments", "contains", 5, "Please enter a text to compare with."),
        ("comments", "contains", ["a"], "Please enter a text to compare with."),
        (
            "comments",
            "contains",
            "x" * 10_000,
            "The text is too long: it has 10000 characters. Please enter at most 200.",
        ),
        ("comments", "is", "a\0b", CONTROL),
        ("comments", "is", "a\ud800", CONTROL),
        ("comments", "is_empty", "x", "This condition takes no value. Please leave it empty."),
        ("level", "is", [], "Please choose at least one value."),
        ("level", "is", 1, "Please choose at least one value."),
        ("level", "is", ["DV"], "“Type” has no such value. Please choose from: OV, EV."),
        ("level", "is_not", ["OV", ["EV"]], "“Type” has no such value. Please choose from: OV, EV."),
        ("expires", "before", "31.03.2027", "Please enter a day as year, month and day, such as 2027-03-31."),
        ("expires", "before", "2027-02-30", "Please enter a day as year, month and day, such as 2027-03-31."),
        ("expires", "before", 20270331, "Please enter a day as year, month and day, such as 2027-03-31."),
        ("expires", "after", "9999-12-31", "Please enter a day from 1900-01-01 to 2999-12-31."),
        ("expires", "after", "0001-01-01", "Please enter a day from 1900-01-01 to 2999-12-31."),
        ("expires", "next", "a few", "Please enter a whole number of days from 1 to 36500."),
        ("expires", "next", 0, "Please enter a whole number of days from 1 to 36500."),
        ("expires", "last", 10**30, "Please enter a whole number of days from 1 to 36500."),
        ("days_left", "is", True, "Please enter a whole number, such as 30, of at most 12 digits."),
        ("days_left", "is", 1.5, "Please enter a whole number, such as 30, of at most 12 digits."),
        ("days_left", "less", "1_000", "Please enter a whole number, such as 30, of at most 12 digits."),
        ("number", "more", "9" * 13, "Please enter a whole number, such as 30, of at most 12 digits."),
        ("days_left", "between", [60, 1], "Please enter two whole numbers, the smaller one first."),
        ("days_left", "between", [1], "Please enter two whole numbers, the smaller one first."),
        ("days_left", "between", "1-60", "Please enter two whole numbers, the smaller one first."),
        ("renewed", "yes", "maybe", "This condition takes no value. Please leave it empty."),
        ("renewed", "is", "x", "This cannot be asked of “Renewed”. Please choose from: Yes, No."),
        ("level", ["is"], "OV", "This cannot be asked of “Type”. Please choose from: is one of, is none of."),
    ],
)  # fmt: skip
def test_a_value_of_the_wrong_kind_is_refused(field, condition, value, says):
    assert refused_rule(field, condition, value) == says


def test_values_are_read_as_people_type_them():
    made = make_definition(
        rules=[
            make_rule("days_left", "between", ["５", " 30 "]),
            make_rule("expires", "next", "90", "and"),
            make_rule("expires", "before", " 2027-03-31 ", "and"),
            make_rule("status", "is", ["unused", "issued", "unused"], "and"),
            make_rule("comments", "is", "  Tōkyō ", "and"),
        ]
    )

    assert [rule.value for rule in made.rules] == [(5, 30), 90, "2027-03-31", ("issued", "unused"), "Tōkyō"]


@pytest.mark.parametrize("rule", [None, "status", [], make_rule("status", "is", "issued") | {"sql": "1=1"}])
def test_what_is_no_rule_is_refused(rule):
    assert refused(rules=[rule]).about("rules", 0) == ["This is no rule. Please remove it."]


@pytest.mark.parametrize(("first", "second"), [("and", "and"), ("", ""), ("", "xor"), ("", None), ("or", "or")])
def test_rules_that_are_joined_otherwise_are_refused(first, second):
    rules = [make_rule("comments", "is", "x", first), make_rule("comments", "is", "x", second)]
    wrong = refused(rules=rules)

    assert {problem.says for problem in wrong.problems} == {
        "Please choose AND or OR between rules; before the first there is none."
    }


@pytest.mark.parametrize("sort", [None, "status", {"field": "status", "by": 1}])
def test_what_is_no_sorting_is_refused(sort):
    assert refused(sort=[sort]).about("sort", 0) == ["Records cannot be sorted by this. Please remove it."]


def test_sorting_neither_up_nor_down_is_refused():
    wrong = refused(sort=[{"field": "status", "descending": "yes"}])

    assert wrong.about("sort", 0) == ["Please choose ascending or descending."]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)
FIELD = st.sampled_from([field.key for subject in SUBJECTS.values() for field in subject.fields]) | JSON
CONDITION = st.sampled_from(["is", "is_not", "contains", "before", "next", "between", "yes"]) | JSON
RULE = st.fixed_dictionaries(
    {"field": FIELD, "condition": CONDITION, "value": JSON, "joined": st.sampled_from(["", "and", "or"]) | JSON}
)
ANYTHING = JSON | st.fixed_dictionaries(
    {
        "type": st.sampled_from([*SUBJECTS]) | JSON,
        "fields": st.lists(FIELD, max_size=3) | JSON,
        "rules": st.lists(RULE | JSON, max_size=4) | JSON,
        "sort": st.lists(st.fixed_dictionaries({"field": FIELD, "descending": JSON}) | JSON, max_size=3) | JSON,
    }
)


@given(data=ANYTHING)
def test_whatever_comes_is_read_or_refused(data):
    with suppress(BadDefinition):
        made = from_json(data)

        assert from_json(made.to_json()).rules == made.rules
