"""Rules in words."""

import pytest

from reporting import words
from tests.reporting.definitions import make_definition, make_rule


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        (make_rule("common_name", "begins_with", "100%d"), "Common Name begins with “100%d”"),
        (make_rule("approver", "is_not_empty"), "Approver is not empty"),
        (make_rule("status", "is_not", ["revoked", "issued"]), "Status is none of Issued, Revoked"),
        (make_rule("expires", "before", "2027-03-31"), "Expires is before March 31, 2027"),
        (make_rule("expires", "last", 1), "Expires was in the last 1 days"),
        (make_rule("days_left", "less", -3), "Days left is less than -3"),
        (make_rule("days_left", "between", [0, 60]), "Days left is between 0 and 60"),
        (make_rule("renewed", "yes"), "Renewed: Yes"),
    ],
)
def test_rule_says_what_it_asks(rule, says):
    assert words.sentence(make_definition(rules=[rule])) == says


def test_without_rules_it_is_all_records():
    assert words.sentence(make_definition()) == "All records"
