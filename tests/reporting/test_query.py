"""The rows of a report: what the rules let through, sorted, and nothing that the person may not see."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from certificates.states import Reason
from certificates.states import Status as OrderStatus
from domains.models import Domain
from domains.states import Status as DomainStatus
from profiles.models import Access
from profiles.states import Level
from reporting.query import rows, values
from reporting.subjects import SUBJECTS
from sslportal.kit import clock
from tests import factories
from tests.reporting.definitions import first_cells, found, make_definition, make_rule

TOKYO = ZoneInfo("Asia/Tokyo")
NOW = datetime(2027, 3, 10, 20, 30, tzinfo=ZoneInfo("UTC"))  # in Tokyo it is the 11th, half past five in the morning


@pytest.fixture
def tokyo(people):
    """It is NOW, and the account counts its days in Tokyo."""
    people.company.time_zone = "Asia/Tokyo"
    people.company.save()
    people.paul.refresh_from_db()
    with clock.at(NOW):
        yield people


def make_ending(people, name, ends):
    order = factories.make_issued(people.ov, people.paul, name=name)
    type(order).objects.filter(pk=order.pk).update(not_after=ends)


def expiring(people, condition, value=None):
    made = make_definition(rules=[make_rule("expires", condition, value)], sort=[{"field": "expires"}])
    return first_cells(made, people.paul)


def test_only_what_the_person_may_see_is_told_as_it_is_now(people):
    factories.make_issued(people.ov, people.paul, name="ours.example.com")
    factories.make_issued(people.foreign_ov, people.stranger, name="theirs.example.org")
    factories.make_domain(people.ov, "ours.example.com")
    factories.make_domain(people.foreign_ov, "theirs.example.org")
    certificates, domains = make_definition(), make_definition("domain")

    assert first_cells(certificates, people.stan) == first_cells(domains, people.stan) == ["ours.example.com"]
    assert first_cells(certificates, people.gina) == first_cells(domains, people.gina) == []  # she has no role in it

    Access.objects.filter(administrator=people.stan).delete()

    assert first_cells(certificates, people.stan) == first_cells(domains, people.stan) == []


def test_no_rule_lets_foreign_rows_through(people):
    factories.make_issued(people.foreign_ov, people.stranger, name="theirs.example.org")
    rules = [make_rule("number", "more", 0), make_rule("serial_number", "is_not_empty", None, "or")]

    assert first_cells(make_definition(rules=rules), people.paul) == []


def test_the_vetting_team_can_be_neither_read_nor_searched_by_name(people):
    order = factories.make_issued(people.ov, people.paul, status=OrderStatus.REVOKED)
    order.certificate.revocation.by = people.vera
    order.certificate.revocation.save()

    def with_rule(text):
        return make_definition(fields=["revoked_by"], rules=[make_rule("revoked_by", "contains", text)])

    assert found(with_rule("vetting team"), people.paul) == [["The vetting team"]]
    assert found(with_rule("vera"), people.paul) == []


def test_and_binds_tighter_than_or(people):
    for name, level, comments in (("a", "OV", "x"), ("b", "EV", "x"), ("c", "EV", "y"), ("d", "OV", "y")):
        factories.make_order(people.ov, people.paul, name=f"{name}.example.com", level=level, comments=comments)
    rules = [
        make_rule("common_name", "begins_with", "a."),
        make_rule("level", "is", "EV", "or"),
        make_rule("comments", "is", "Y", "and"),
    ]
    made = make_definition(rules=rules, sort=[{"field": "common_name"}])

    assert first_cells(made, people.paul) == ["a.example.com", "c.example.com"]


@pytest.mark.parametrize(
    ("condition", "value", "names"),
    [
        ("is", "Bücher.example.com", ["xn--bcher-kva.example.com (bücher.example.com)"]),
        ("is", "WWW.example.com", ["www.example.com"]),
        ("is", "example.com", []),
        ("is_not", "www.example.com", ["xn--bcher-kva.example.com (bücher.example.com)"]),
        ("contains", "W.EXAMPLE", ["www.example.com"]),
        ("contains", "ww", ["www.example.com"]),  # too short for the index
        ("contains", "%", []),
        ("contains", "_", []),
        ("contains", "\\", []),
        ("contains", "'; DROP TABLE certificates_order; --", []),
        ("contains", "www.example.com, x", []),
        ("begins_with", "bücher.", ["xn--bcher-kva.example.com (bücher.example.com)"]),
        ("is_empty", None, []),
    ],
)
def test_names_are_compared_as_they_are_read(people, condition, value, names):
    factories.make_order(people.ov, people.paul, name="www.example.com")
    factories.make_order(people.ov, people.paul, name="xn--bcher-kva.example.com")

    assert first_cells(make_definition(rules=[make_rule("common_name", condition, value)]), people.paul) == names


def test_sans_are_those_of_the_certificate_and_until_then_those_asked_for(people):
    issued = factories.make_issued(people.ov, people.paul, name="www.example.com", sans=["a.example.com"])
    type(issued).objects.update(dns_names=["www.example.com", "a.example.com", "example.com"])
    factories.make_order(people.ov, people.paul, name="www.example.org", sans=["b.example.org", "www.example.org"])

    def sans(*rules):
        return first_cells(make_definition(fields=["sans"], rules=rules), people.paul)

    assert sans() == ["www.example.org, b.example.org", "www.example.com, a.example.com, example.com"]
    assert sans(make_rule("sans", "contains", ", example.com")) == ["www.example.com, a.example.com, example.com"]
    assert sans(make_rule("sans", "contains", "b.example")) == ["www.example.org, b.example.org"]
    assert sans(make_rule("sans", "contains", "c.example")) == []


def test_what_is_not_there_is_empty_and_not_equal(people):
    factories.make_order(people.ov, people.paul, name="new.example.com")
    factories.make_issued(people.ov, people.paul, name="old.example.com")

    def names(*rule):
        return first_cells(make_definition(rules=[make_rule(*rule)]), people.paul)

    for field in ("serial_number", "issued", "expires"):
        assert names(field, "is_empty") == ["new.example.com"]
        assert names(field, "is_not_empty") == ["old.example.com"]
    assert names("serial_number", "is_not", "00") == ["old.example.com", "new.example.com"]
    assert names("approver", "is_not", "paul@example.com") == ["old.example.com", "new.example.com"]
    assert names("revocation_reason", "is_not", ["key"]) == ["old.example.com", "new.example.com"]
    assert names("revocation_reason", "is", ["key"]) == []
    assert names("comments", "is_empty") == ["old.example.com", "new.example.com"]


def test_days_are_those_of_the_account(tokyo):
    for name, moment in (
        ("earlier", NOW - timedelta(minutes=1)),
        ("later", NOW + timedelta(minutes=1)),
        ("tonight", datetime(2027, 3, 11, 23, 59, 59, tzinfo=TOKYO)),
        ("tomorrow", datetime(2027, 3, 12, tzinfo=TOKYO)),
        ("yesterday", datetime(2027, 3, 10, tzinfo=TOKYO)),
        ("before", datetime(2027, 3, 9, 23, 59, 59, tzinfo=TOKYO)),
    ):
        make_ending(tokyo, name, moment)

    assert expiring(tokyo, "before", "2027-03-11") == ["before", "yesterday"]
    assert expiring(tokyo, "after", "2027-03-11") == ["tomorrow"]
    assert expiring(tokyo, "next", 1) == ["later", "tonight", "tomorrow"]
    assert expiring(tokyo, "last", 1) == ["yesterday", "earlier"]


def test_days_left_are_those_that_the_list_tells(tokyo):
    for name, days in (("today", 0), ("soon", 30), ("late", 31)):
        make_ending(tokyo, name, datetime(2027, 3, 11, 23, tzinfo=TOKYO) + timedelta(days=days))
    make_ending(tokyo, "over", NOW)
    factories.make_issued(tokyo.ov, tokyo.paul, name="revoked", status=OrderStatus.REVOKED)

    def rows_with(*rules):
        fields, sort = ["common_name", "days_left"], [{"field": "days_left"}, {"field": "common_name"}]
        return found(make_definition(fields=fields, rules=rules, sort=sort), tokyo.paul)

    assert rows_with() == [["today", 0], ["soon", 30], ["late", 31], ["over", None], ["revoked", None]]
    assert rows_with(make_rule("days_left", "between", [0, 30])) == [["today", 0], ["soon", 30]]
    assert rows_with(make_rule("days_left", "less", 30)) == [["today", 0]]
    assert rows_with(make_rule("days_left", "more", 30)) == [["late", 31]]
    assert rows_with(make_rule("days_left", "is", "３０")) == [["soon", 30]]


def test_days_begin_where_clocks_skip_midnight(people):
    people.company.time_zone = "Africa/Cairo"  # on April 30, 2027, one o'clock follows midnight
    people.company.save()
    people.paul.refresh_from_db()
    make_ending(people, "thursday", datetime(2027, 4, 29, 21, 59, tzinfo=ZoneInfo("UTC")))
    make_ending(people, "friday", datetime(2027, 4, 29, 22, 0, tzinfo=ZoneInfo("UTC")))

    assert expiring(people, "before", "2027-04-30") == ["thursday"]
    assert expiring(people, "after", "2027-04-29") == ["friday"]


def test_a_certificate_is_renewed_while_something_may_come_of_the_renewal(people):
    old = factories.make_issued(people.ov, people.paul, name="old.example.com")
    failed = factories.make_issued(people.ov, people.paul, name="failed.example.com")
    copied = factories.make_issued(people.ov, people.paul, name="copied.example.com")
    for source, kind, status in (
        (old, "renewal", OrderStatus.PENDING),
        (failed, "renewal", OrderStatus.REJECTED),
        (copied, "re-issue", OrderStatus.PENDING),
    ):
        factories.make_order(people.ov, people.paul, name="new.example.com", source=source, kind=kind, status=status)

    def renewed(condition):
        rules = [make_rule("renewed", condition), make_rule("issued", "is_not_empty", None, "and")]
        sort = [{"field": "common_name"}]
        return found(make_definition(fields=["common_name", "renewed"], rules=rules, sort=sort), people.paul)

    assert renewed("yes") == [["old.example.com", "Yes"]]
    assert renewed("no") == [["copied.example.com", "No"], ["failed.example.com", "No"]]


def test_those_without_a_value_come_last_and_of_equal_ones_the_newest_first(people):
    for name in ("first", "second"):
        factories.make_order(people.ov, people.paul, name=name)
    make_ending(people, "ends", NOW)

    def names(*sort):
        return first_cells(make_definition(sort=sort), people.paul)

    assert names({"field": "expires"}) == ["ends", "second", "first"]
    assert names({"field": "expires", "descending": True}) == ["ends", "second", "first"]
    assert names({"field": "expires"}, {"field": "common_name"}) == ["ends", "first", "second"]
    assert names() == ["ends", "second", "first"]


def test_cells_of_a_certificate_are_what_its_details_say(people):
    with clock.at(NOW):
        order = factories.make_issued(
            people.ov, people.paul, status=OrderStatus.REVOKED, approver=people.paul, recipients=["a@b.example", "c@d.example"]
        )  # fmt: skip
    revocation = order.certificate.revocation
    revocation.detail, revocation.reason = "It was lost.", Reason.KEY
    revocation.save()
    made = make_definition(fields=[field.key for field in SUBJECTS["certificate"].fields])

    with clock.at(NOW):
        (cells,) = found(made, people.paul)

    assert dict(zip([field.key for field in made.fields], cells, strict=True)) == {
        "number": order.pk,
        "common_name": "www.example.com",
        "sans": "www.example.com",
        "level": "OV",
        "serial_number": order.serial_number,
        "ordered": NOW,
        "issued": NOW - timedelta(days=1),
        "expires": NOW + timedelta(days=364),
        "days_left": None,
        "status": "Revoked",
        "renewed": "No",
        "requester": "paul@example.com",
        "request_portal": "No",
        "approver": "paul@example.com",
        "profile": "Example OV",
        "organization": "Example Corporation",
        "locality": "London",
        "state": "Greater London",
        "country": "GB",
        "key_length": order.key_label,
        "hash": "SHA-256",
        "revoked": NOW,
        "unused": None,
        "revoked_by": "paul@example.com",
        "revocation_reason": str(Reason.KEY.label),
        "revocation_detail": "It was lost.",
        "reject_reason": "",
        "recipients": "a@b.example, c@d.example",
        "comments": "",
    }


def test_cells_of_a_domain_are_what_its_details_say(people):
    with clock.at(NOW):
        factories.make_domain(
            people.ov,
            "xn--bcher-kva.example.com",
            status=DomainStatus.EXPIRING,
            level=Level.EV,
            expires_at=NOW + timedelta(days=20),
            revet_at=NOW - timedelta(days=10),
            reason="Ask again.",
        )
        made = make_definition("domain", fields=[field.key for field in SUBJECTS["domain"].fields])
        (cells,) = found(made, people.paul)

    assert dict(zip([field.key for field in made.fields], cells, strict=True)) == {
        "name": "xn--bcher-kva.example.com (bücher.example.com)",
        "added": NOW,
        "requester": "",
        "level": "EV",
        "status": "Expiring",
        "profile": "Example OV",
        "expires": NOW + timedelta(days=20),
        "days_left": 20,
        "revet": NOW - timedelta(days=10),
        "method": "Mail to an administrative address",
        "confirmed": NOW,
        "reason": "Ask again.",
    }


def test_cells_are_in_the_language_in_use(people):
    factories.make_domain(people.ov)
    made = make_definition("domain", fields=["status"])

    with translation.override("ja"):
        ((status,),) = found(made, people.paul)

    assert status == "利用可能"


@pytest.mark.parametrize("subject", SUBJECTS)
def test_three_rows_cost_as_many_queries_as_one(people, subject, django_assert_num_queries):
    every = [field.key for field in SUBJECTS[subject].fields]
    asked = make_definition(subject, fields=every)

    def make(name):
        factories.make_issued(people.ov, people.paul, name=name, status=OrderStatus.REVOKED)
        factories.make_domain(people.ov, name)

    make("a.example.com")
    with django_assert_num_queries(2 if subject == "certificate" else 1):  # of orders, first the person's profiles
        assert len(list(values(asked, rows(asked, people.paul, NOW)))) == 1
    make("b.example.com")
    make("c.example.com")
    with django_assert_num_queries(2 if subject == "certificate" else 1):
        assert len(list(values(asked, rows(asked, people.paul, NOW)))) == 3


def test_rows_can_be_counted_cut_and_narrowed(people):
    for name in ("a.example.com", "b.example.com", "c.example.com"):
        factories.make_domain(people.ov, name)
    made = make_definition("domain", fields=["name", "status"], rules=[make_rule("status", "is", "ready")])
    ready = rows(made, people.paul, NOW)

    assert ready.count() == 3
    assert [row.pk for row in ready[:2]] == [*Domain.objects.order_by("name").values_list("pk", flat=True)[:2]]
    assert ready.filter(cell_name__contains="b.").count() == 1


def test_fifty_rules_and_all_fields_are_one_query(people):
    factories.make_issued(people.ov, people.paul)
    rules = [
        make_rule("comments", "is_not", f"x{index}", ["and", "or"][index % 2] if index else "") for index in range(50)
    ]
    fields = [field.key for field in SUBJECTS["certificate"].fields]
    sort = [{"field": key} for key in ("days_left", "renewed", "revoked", "expires", "profile")]

    assert len(found(make_definition(fields=fields, rules=rules, sort=sort), people.paul)) == 1
