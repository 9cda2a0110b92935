"""Both sides of every date on which a rule changes, written by hand from the guide and the Forum's documents."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from sslportal.kit import policy
from sslportal.kit.policy import Method

MAIL = Method("mail", covers_below=True)
CONTACT = Method("dns-contact", covers_below=True)
SHA_1_ENDS = (date(2015, 12, 31), date(2016, 12, 31))

# The policy, the rule, the first day of what is new, what held on the day before (None: nothing), what holds from then on.
CHANGES: list[tuple[str, str, str, Any, Any]] = [
    ("private", "hash-algorithms", "2016-01-01", ("SHA-256", "SHA-1"), ("SHA-256",)),
    ("private", "sha-1-expiry-dates", "2016-01-01", SHA_1_ENDS, None),
    ("private", "internal-names-expire-before", "2015-11-01", date(2015, 11, 1), None),
    ("public-trust", "hash-algorithms", "2016-01-01", ("SHA-256", "SHA-1"), ("SHA-256",)),
    ("public-trust", "sha-1-expiry-dates", "2016-01-01", SHA_1_ENDS, None),
    ("public-trust", "internal-names-expire-before", "2015-11-01", date(2015, 11, 1), None),
    ("public-trust", "max-validity-days", "2015-04-01", 1826, 1185),
    ("public-trust", "max-validity-days", "2018-03-01", 1185, 825),
    ("public-trust", "max-validity-days", "2020-09-01", 825, 398),
    ("public-trust", "max-validity-days", "2026-03-15", 398, 200),
    ("public-trust", "max-validity-days", "2027-03-15", 200, 100),
    ("public-trust", "max-validity-days", "2029-03-15", 100, 47),
    ("public-trust", "validity-days", "2020-09-01", (365, 730), (397, 90)),
    ("public-trust", "validity-days", "2026-03-15", (397, 90), (199, 90)),
    ("public-trust", "validity-days", "2027-03-15", (199, 90), (99, 45)),
    ("public-trust", "validity-days", "2029-03-15", (99, 45), (46, 30)),
    ("public-trust", "domain-reuse-days", "2018-03-01", 1185, 825),
    ("public-trust", "domain-reuse-days", "2021-10-01", 825, 398),
    ("public-trust", "domain-reuse-days", "2026-03-15", 398, 200),
    ("public-trust", "domain-reuse-days", "2027-03-15", 200, 100),
    ("public-trust", "domain-reuse-days", "2029-03-15", 100, 10),
    ("public-trust", "domain-revet-days-before", "2029-03-15", 30, 3),
    ("public-trust", "profile-reuse-days", "2018-03-01", 1185, 825),
    ("public-trust", "profile-reuse-days", "2026-03-15", 825, 398),
    ("public-trust", "ev-reuse-days", "2021-06-02", 393, 398),
    ("public-trust", "method.mail", "2026-03-15", MAIL, Method("mail", covers_below=True, discouraged=True)),
    ("public-trust", "method.mail", "2028-03-15", Method("mail", covers_below=True, discouraged=True), None),
    ("public-trust", "method.dns-contact", "2019-02-01", None, CONTACT),
    (
        "public-trust",
        "method.dns-contact",
        "2026-03-15",
        CONTACT,
        Method("dns-contact", covers_below=True, discouraged=True),
    ),
    (
        "public-trust",
        "method.dns-contact",
        "2028-03-15",
        Method("dns-contact", covers_below=True, discouraged=True),
        None,
    ),
    ("public-trust", "method.whois", "2025-07-15", Method("whois", covers_below=True), None),
    (
        "public-trust",
        "method.file",
        "2021-12-01",
        Method("file", covers_below=True),
        Method("file", covers_below=False),
    ),
]


@pytest.mark.parametrize(("name", "what", "day", "before", "after"), CHANGES)
def test_a_rule_changes_at_midnight(name: str, what: str, day: str, before: Any, after: Any) -> None:
    midnight = datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC)

    assert _value(name, what, midnight - timedelta(days=1)) == before
    assert _value(name, what, midnight - timedelta(microseconds=1)) == before
    assert _value(name, what, midnight) == after
    assert _value(name, what, midnight + timedelta(days=1) - timedelta(microseconds=1)) == after


@pytest.mark.parametrize("name", ["private", "public-trust"])
def test_every_date_of_the_rows_is_written_above(name: str) -> None:
    rows = policy.load(name)

    dated = {(row.what, day.isoformat()) for row in rows for day in (row.since, row.until) if day}

    assert dated == {(what, day) for policy_name, what, day, _before, _after in CHANGES if policy_name == name}


def _value(name: str, what: str, moment: datetime) -> Any:
    row = policy.at(moment, name).row(what)
    return row.value if row else None


@pytest.mark.parametrize(
    ("name", "method", "since", "ends"),
    [
        ("private", "dns", "2026-11-24", "2027-12-27"),  # 398 days
        ("public-trust", "dns", "2026-05-01", "2026-11-17"),  # 200 days
        ("public-trust", "dns", "2026-11-24", "2027-03-15"),  # 200 days end later, but 100 hold from the 15th of March
        ("public-trust", "dns", "2027-01-01", "2027-04-11"),  # 100 days of the rule of that day
        ("public-trust", "mail", "2028-02-01", "2028-03-15"),  # the method ends
        ("public-trust", "dns", "2029-03-10", "2029-03-20"),  # 10 days
        ("public-trust", "whois", "2026-11-24", "2026-11-24"),  # does not count at all
    ],
)
def test_evidence_for_a_domain_ends_by_the_rules_of_its_last_day(name, method, since, ends):
    def moment(day):
        return datetime.fromisoformat(f"{day}T00:00:00+00:00")

    assert policy.domain_evidence_ends(method, "OV", moment(since), name) == moment(ends)
