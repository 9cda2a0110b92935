"""The dated rules in words."""

from datetime import UTC, date, datetime

import pytest
from django.utils import translation

from sslportal.kit import policy, policy_words

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def told(name: str, what: str) -> policy_words.Told:
    with translation.override("en"):
        return policy_words.tell(policy.at(NOW, name), what)


def test_every_rule_has_its_words_and_nothing_else_has() -> None:
    assert sorted(policy_words.NAMES) == sorted(policy.KINDS)
    assert sum(map(len, policy_words.PARTS.values())) == len(policy.KINDS)


@pytest.mark.parametrize(
    ("name", "what", "value"),
    [
        ("private", "hash-algorithms", "SHA-256"),
        ("private", "validity-days", "1 year, 2 years"),
        ("private", "sha-1-expiry-dates", "Not allowed"),
        ("private", "max-sans", "98"),
        ("private", "min-rsa-bits", "2048 bits"),
        ("private", "ev-wildcards-allowed", "No"),
        ("private", "hold-allowed", "Yes"),
        ("private", "method.file", "Allowed, for just that name"),
        ("public-trust", "validity-days", "199 days, 90 days"),
        ("public-trust", "method.whois", "Not allowed"),
        ("public-trust", "method.file", "Allowed, for just that name"),
        ("public-trust", "method.mail", "Allowed, covers the names below too; discouraged"),
        ("public-trust", "method.manual", "Allowed, by one of the other methods"),
    ],
)
def test_values_are_said_in_words(name: str, what: str, value: str) -> None:
    assert told(name, what).value == value


def test_dates_are_written_as_the_language_does() -> None:
    rules = policy.at(datetime(2015, 1, 1, tzinfo=UTC), "private")

    with translation.override("en"):
        assert policy_words.tell(rules, "sha-1-expiry-dates").value == "Dec. 31, 2015, Dec. 31, 2016"
    with translation.override("ja"):
        assert policy_words.tell(rules, "internal-names-expire-before").value == "2015年11月1日"


def test_a_rule_tells_what_comes_next() -> None:
    rule = told("public-trust", "domain-reuse-days")

    assert (rule.value, rule.since) == ("200 days", date(2026, 3, 15))
    assert rule.next
    assert (rule.next.on, rule.next_value) == (date(2027, 3, 15), "100 days")


def test_a_rule_that_ended_tells_since_when_and_where_that_stands() -> None:
    rule = told("public-trust", "method.whois")

    assert rule.since == date(2025, 7, 15)
    assert rule.source == "BR 3.2.2.4.2, 1.2.2; ballot SC-080 (BR 2.1.2)"
    assert rule.next is None
    assert rule.next_value == ""


def test_sources_are_named_for_people() -> None:
    assert told("private", "max-sans").source == "users' guide, “Get a new certificate, step 6”"
    assert told("private", "ec-curves").source == "our own decision"
