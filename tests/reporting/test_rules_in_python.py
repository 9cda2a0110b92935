"""Whatever the definition, its one query finds the rows that its rules, looked at one by one in Python, let through."""

from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from certificates.models import Order
from certificates.states import Status as OrderStatus
from domains.models import Domain
from domains.states import Status as DomainStatus
from profiles.states import Level
from reporting import conditions
from reporting.definition import from_json, groups
from reporting.query import count, rows, values
from reporting.subjects import SUBJECTS
from sslportal.kit import clock, names
from tests import factories
from tests.reporting.definitions import make_rule

ZONE = ZoneInfo("America/New_York")
NOW = datetime(2027, 3, 14, 4, 30, tzinfo=ZoneInfo("UTC"))  # still the 13th there; clocks change on the 14th
TODAY = date(2027, 3, 13)
WORDS = ["www", "example.com", "EXAMPLE", "a", "b.example", "0", "paul", "@", "Bücher", "OV", "London", "%", "x_y", " "]


def make_objects(people):
    """Orders and domains of all kinds, some of them not paul's."""
    people.company.time_zone = ZONE.key
    people.company.save()
    people.paul.refresh_from_db()
    with clock.at(NOW):
        ended = {"name": "old.example.com", "days": 30, "age": 31, "status": OrderStatus.EXPIRED}
        factories.make_issued(people.ov, people.paul, approver=people.paul, comments="In front of x_y, 100%")
        factories.make_issued(people.ov, people.stan, **ended, recipients=["a@b.example", "paul@example.com"])
        factories.make_issued(people.ov, people.stan, name="b.example.com", sans=["a.example.com"], days=31)
        factories.make_issued(people.ov, people.paul, name="*.example.com", status=OrderStatus.REVOKED)
        factories.make_issued(people.ov, people.paul, name="xn--bcher-kva.example.com", status=OrderStatus.UNUSED)
        source = factories.make_issued(people.ov, people.paul, name="a.example.com", level=Level.EV, days=2)
        factories.make_order(people.ov, people.stan, kind="renewal", source=source, sans=["www.example.net"])
        factories.make_order(people.ov, people.stan, status=OrderStatus.REJECTED, reject_reason="Whose is it?")
        factories.make_issued(people.foreign_ov, people.stranger)
        for number, status in enumerate(DomainStatus):
            ends = NOW + timedelta(days=10 * number - 20)
            dates = {"expires_at": ends, "revet_at": ends - timedelta(days=9)} if number % 2 else {}
            requester = people.paul if number % 3 else None
            factories.make_domain(people.ov, f"d{number}.example.com", status=status, requester=requester, **dates)
        factories.make_domain(people.foreign_ov, "theirs.example.com")


def days_left(ends, is_told):
    return clock.days_left(ends, NOW, ZONE) if is_told and ends and ends > NOW else None


def who(revocation):
    return revocation.by.email if revocation else None


PLAIN = {
    "certificate": {
        "number": lambda order: order.pk,
        "common_name": lambda order: order.common_name,
        "sans": lambda order: ", ".join(order.issued.dns_names if order.issued else order.names),
        "level": lambda order: order.level,
        "serial_number": lambda order: order.serial_number,
        "ordered": lambda order: order.created_at,
        "issued": lambda order: order.not_before,
        "expires": lambda order: order.not_after,
        "days_left": lambda order: days_left(order.not_after, order.status == OrderStatus.ISSUED),
        "status": lambda order: order.status,
        "renewed": lambda order: order.renewal is not None,
        "requester": lambda order: order.asked_by,
        "request_portal": lambda order: order.is_from_outside,
        "approver": lambda order: order.approver and order.approver.email,
        "profile": lambda order: order.profile.name,
        "organization": lambda order: order.organization,
        "locality": lambda order: order.locality,
        "state": lambda order: order.state,
        "country": lambda order: order.country,
        "key_length": lambda order: order.key_label,
        "hash": lambda order: order.hash_algorithm,
        "revoked": lambda order: order.revocation.at if order.revocation and not order.revocation.is_hold else None,
        "unused": lambda order: order.revocation.at if order.revocation and order.revocation.is_hold else None,
        "revoked_by": lambda order: who(order.revocation),
        "revocation_reason": lambda order: order.revocation and order.revocation.reason,
        "revocation_detail": lambda order: order.revocation and order.revocation.detail,
        "reject_reason": lambda order: order.reject_reason,
        "recipients": lambda order: ", ".join(order.recipients),
        "comments": lambda order: order.comments,
    },
    "domain": {
        "name": lambda domain: domain.name,
        "added": lambda domain: domain.added_at,
        "requester": lambda domain: domain.requester and domain.requester.email,
        "level": lambda domain: domain.level,
        "status": lambda domain: domain.status,
        "profile": lambda domain: domain.profile.name,
        "expires": lambda domain: domain.expires_at,
        "days_left": lambda domain: days_left(domain.expires_at, domain.status in ("ready", "expiring")),
        "revet": lambda domain: domain.revet_at,
        "method": lambda domain: domain.method,
        "confirmed": lambda domain: domain.confirmed_at,
        "reason": lambda domain: domain.reason,
    },
}
IS_NAME = {"common_name", "sans", "name"}


def holds(rule, plain):
    """Whether the rule holds of an object, of which `plain` are all values by their fields."""
    value, given = plain[rule.field.key], rule.value
    return {"text": text_holds, "status": status_holds, "moment": moment_holds, "number": number_holds}.get(
        rule.field.kind, truth_holds
    )(rule, value, given)


def text_holds(rule, value, given):
    value = (value or "").lower()
    given = (names.to_ascii(given) if rule.field.key in IS_NAME else given or "").lower() if given else ""
    return {
        "is": value == given,
        "is_not": value != given,
        "contains": given in value,
        "begins_with": value.startswith(given),
        "is_empty": not value,
        "is_not_empty": bool(value),
    }[rule.condition.key]


def status_holds(rule, value, given):
    return (value in given) == (rule.condition.key == "is")


def moment_holds(rule, value, given):
    if value is None or given is None:
        return (rule.condition.key == "is_empty") == (value is None)
    day = value.astimezone(ZONE).date()
    if rule.condition.key in ("before", "after"):
        wanted = date.fromisoformat(given)
        return day < wanted if rule.condition.key == "before" else day > wanted
    if rule.condition.key == "next":
        return value >= NOW and (day - TODAY).days <= given
    return value <= NOW and (TODAY - day).days <= given


def number_holds(rule, value, given):
    if value is None:
        return False
    low, high = given if isinstance(given, tuple) else (given, given)
    return {
        "is": value == given,
        "less": value < low,
        "more": value > high,
        "between": low <= value <= high,
    }[rule.condition.key]


def truth_holds(rule, value, given):
    return value == (rule.condition.key == "yes")


DAYS = st.integers(1, 40) | st.integers(1, 36_500)
NUMBERS = st.integers(-5, 60) | st.integers(-(10**12) + 1, 10**12 - 1)
VALUES = {
    "nothing": st.none(),
    "day": (st.dates(date(2027, 1, 1), date(2027, 5, 1)) | st.dates(date(1900, 1, 1), date(2999, 12, 31))).map(str),
    "days": DAYS,
    "number": NUMBERS,
    "range": st.lists(NUMBERS, min_size=2, max_size=2).map(sorted),
}


@st.composite
def definitions(draw, subject):
    """A definition as JSON, with values that are often there."""
    fields = st.sampled_from(subject.fields)
    rules = [draw_rule(draw, draw(fields), index) for index in range(draw(st.integers(0, 6)))]
    sortable = st.sampled_from([field.key for field in subject.fields if field.sortable])
    return {
        "type": subject.key,
        "fields": draw(st.lists(fields.map(lambda field: field.key), min_size=1, max_size=40)),
        "rules": rules,
        "sort": draw(st.lists(st.fixed_dictionaries({"field": sortable, "descending": st.booleans()}), max_size=5)),
    }


def draw_rule(draw, field, index):
    condition = draw(st.sampled_from(conditions.of(field)))
    own = {
        "text": st.sampled_from([*WORDS, *own_texts(field)]).filter(str.strip),
        "choices": st.lists(st.sampled_from([value for value, _label in field.choices] or [""]), min_size=1),
    }
    value = draw({**VALUES, **own}[condition.takes])
    return make_rule(field.key, condition.key, value, draw(st.sampled_from(["and", "or"])) if index else "")


def own_texts(field):
    return {
        "common_name": ["www.example.com", "bücher.example.com", "*.example.com"],
        "sans": ["b.example.com, a.example.com", "www.example.net"],
        "recipients": ["a@b.example, p"],
        "comments": ["100%", "X_Y"],
        "revoked_by": ["PAUL@example.com"],
    }.get(field.key, [])


ONCE = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
MODELS = {"certificate": Order, "domain": Domain}


@pytest.fixture
def everything(people):
    make_objects(people)
    return {
        key: {
            row.pk: {name: plain(row) for name, plain in PLAIN[key].items()}
            for row in MODELS[key].objects.filter(profile=people.ov)
        }
        for key in SUBJECTS
    }


@pytest.mark.parametrize("subject", SUBJECTS.values(), ids=SUBJECTS)
def test_the_query_finds_what_the_rules_let_through(people, everything, subject):
    assert {field.key for field in subject.fields} == PLAIN[subject.key].keys()

    @ONCE
    @given(data=definitions(subject))
    def compare(data):
        made = from_json(data)
        expected = {
            pk
            for pk, plain in everything[subject.key].items()
            if not made.rules or any(all(holds(rule, plain) for rule in group) for group in groups(made.rules))
        }

        found = list(rows(made, people.paul, NOW))

        assert sorted(row.pk for row in found) == sorted(expected)
        assert rows(made, people.paul, NOW).count() == count(made, people.paul, NOW) == len(expected)
        assert all(len(cells) == len(made.fields) for cells in values(made, found))
        assert_sorted(made, [everything[subject.key][row.pk] | {"pk": row.pk} for row in found])

    compare()


def assert_sorted(made, plains):
    """By moments, numbers and truths; how PostgreSQL puts texts in order is its own affair."""
    first = made.sort[0] if made.sort else None
    if first and first.field.kind in ("moment", "number", "truth"):
        for before, after in pairwise(plain[first.field.key] for plain in plains):
            assert after is None or (before is not None and (before >= after if first.descending else before <= after))


@pytest.mark.parametrize("subject", SUBJECTS.values(), ids=SUBJECTS)
def test_whatever_text_is_looked_for_nothing_breaks(people, subject):
    texts = [field for field in subject.fields if field.kind == "text"]

    @ONCE
    @given(
        field=st.sampled_from(texts),
        condition=st.sampled_from(["is", "is_not", "contains", "begins_with"]),
        text=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=200).filter(str.strip),
    )
    def ask(field, condition, text):
        made = from_json({"type": subject.key, "fields": ["status"], "rules": [make_rule(field.key, condition, text)]})

        assert len(rows(made, people.paul, NOW)) == 0

    ask()
