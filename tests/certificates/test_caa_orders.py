"""CAA before issuing: no certificate without a fresh permission for its very names, and a refusal says what to mend."""

from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connections, transaction
from django.test import Client
from django.utils import timezone, translation

from certificates import caa, tasks
from certificates.actions import caa_checks, processing, requests
from certificates.blockers import blockers
from certificates.models import CaaCheck, Certificate, Order
from certificates.states import Status
from domains.models import Domain
from domains.states import Status as DomainStatus
from profiles.states import Status as ProfileStatus
from sslportal.kit import audit
from sslportal.kit.moves import MovedOn, Refused
from tests.factories import issue, make_domain, make_order, plan, plan_and_sign, sign

OURS = "portal.example"
NAMES_US = f'0 issue "{OURS}"'
NAMES_ANOTHER = '0 issue "ca.example"'


@pytest.fixture(autouse=True)
def _our_name(settings):
    settings.CAA_NAMES = [OURS]


@pytest.fixture
def order(people, dns_server):
    make_domain(people.ov)
    return make_order(people.ov, people.paul)


@pytest.fixture
def commits(django_capture_on_commit_callbacks):
    return lambda: django_capture_on_commit_callbacks(execute=True)


def fresh(order):
    return Order.objects.get(pk=order.pk)


def waits_for(order):
    return [blocker.says for blocker in blockers(fresh(order))]


def codes(order):
    return [blocker.code for blocker in blockers(fresh(order))]


def later(**delta):
    return time_machine.travel(timezone.now() + timedelta(**delta), tick=False)


def test_an_order_goes_from_nothing_in_the_way_over_caa_to_issued(ca, order, dns_server, commits):
    dns_server.zone["CAA", "example.com"] = [NAMES_US]

    with commits():
        processing.process_order(order)

    assert fresh(order).status == Status.ISSUED
    check = CaaCheck.objects.get()
    assert (check.allowed, check.names) == (True, ["www.example.com", "example.com"])
    assert [(one.name, one.reason, one.asked) for one in check.verdicts] == [
        ("www.example.com", "named", "example.com"),
        ("example.com", "named", "example.com"),
    ]


def test_an_order_waits_with_a_sentence_that_names_the_record_and_the_fix(ca, order, dns_server, commits):
    dns_server.zone["CAA", "example.com"] = [NAMES_ANOTHER]

    with commits():
        processing.process_order(order)

    assert fresh(order).status == Status.PENDING
    assert codes(order) == ["caa-refused"]
    assert waits_for(order) == [
        "By its CAA records, example.com lets only “ca.example” issue certificates for www.example.com, example.com: "
        '0 issue "ca.example". Add the record “example.com. CAA 0 issue "portal.example"”, or remove the CAA records.'
    ]


@pytest.mark.parametrize(
    ("records", "says"),
    [
        (
            ['0 issue ";"'],
            "By its CAA records, example.com lets nobody issue certificates for *.example.com, example.com: "
            '0 issue ";". Add the record “example.com. CAA 0 issue "portal.example"”, or remove the CAA records.',
        ),
        (
            ['0 issue "portal.example."'],
            "The CAA records of example.com cannot be read, which lets nobody issue certificates for *.example.com, "
            'example.com: 0 issue "portal.example.". Write “example.com. CAA 0 issue "portal.example"” instead, or remove '
            "the CAA records.",
        ),
        (
            [NAMES_US, '0 issuewild "ca.example"'],
            "By its CAA records, example.com lets only “ca.example” issue certificates for *.example.com: "
            '0 issuewild "ca.example", 0 issue "portal.example". Add the record “example.com. CAA 0 issuewild '
            '"portal.example"”, or remove the CAA records.',
        ),
        (
            [NAMES_US, '128 tbs "Unknown"'],
            "A CAA record of example.com demands what this portal does not know, “tbs”, so that nothing can be issued "
            'for *.example.com, example.com: 128 tbs "Unknown", 0 issue "portal.example". Remove that record, or set its '
            "flags to 0.",
        ),
        (
            ['0 issue "portal.example; accounturi=https://ca.example/1"'],
            "By its CAA records, example.com lets this portal issue certificates for *.example.com, example.com on a "
            'condition only: 0 issue "portal.example; accounturi=https://ca.example/1". “accounturi” names an account of '
            "the ACME protocol, of which this portal has none. Add the record “example.com. CAA 0 issue "
            '"portal.example"”, without a condition.',
        ),
        (
            ['0 issue "portal.example; validationmethods=dns-01"'],
            "By its CAA records, example.com lets this portal issue certificates for *.example.com, example.com on a "
            'condition only: 0 issue "portal.example; validationmethods=dns-01". “validationmethods” names ways in which '
            "the ACME protocol confirms a domain; this portal has ways of its own. Add the record “example.com. CAA 0 "
            'issue "portal.example"”, without a condition.',
        ),
    ],
)
def test_each_reason_has_its_sentence(people, dns_server, records, says):
    make_domain(people.ov)
    order = make_order(people.ov, people.paul, name="*.example.com")
    dns_server.zone["CAA", "example.com"] = records

    caa_checks.check(order)

    assert waits_for(order) == [says]


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        ("SERVFAIL", "The DNS answers with an error when it is asked for the CAA records of www.example.com"),
        ("bogus", "The CAA records of www.example.com cannot be trusted"),
    ],
)
def test_a_lookup_that_fails_has_its_sentence_and_is_kept(order, dns_server, failure, words):
    dns_server.fails["www.example.com"] = failure

    caa_checks.check(order)

    assert codes(order) == ["caa-failed"]
    (says,) = waits_for(order)
    assert says.startswith(words)
    assert CaaCheck.objects.get().verdicts[0].detail != ""


def test_a_resolver_without_dnssec_is_the_operators_to_mend(order, dns_server, settings):
    settings.DNS_VALIDATION = "required"

    caa_checks.check(order)

    assert all("Only the operator of the portal can mend that." in says for says in waits_for(order))


def test_each_record_set_is_told_once_with_the_names_for_which_it_decides(people, dns_server):
    make_domain(people.ov)
    make_domain(people.ov, "example.org")
    sans = [*(f"www{number}.example.com" for number in range(5)), "www.example.org", "xn--mnchen-3ya.example.org"]
    order = make_order(people.ov, people.paul, sans=sans)
    dns_server.zone["CAA", "example.com"] = [NAMES_ANOTHER]
    dns_server.zone["CAA", "example.org"] = ['0 issue "ca.example"', '0 issue "b.example"']

    caa_checks.check(order)

    of_com, of_org = waits_for(order)
    assert "for www.example.com, www0.example.com, www1.example.com and 4 more: " in of_com
    assert (
        "lets only “ca.example”, “b.example” issue certificates for www.example.org, xn--mnchen-3ya.example.org"
        in of_org
    )
    assert "(münchen.example.org)" in of_org


def test_records_behind_an_alias_are_to_be_mended_where_they_stand(order, dns_server):
    dns_server.zone["CNAME", "www.example.com"] = ["cdn.example.net"]
    dns_server.zone["CAA", "cdn.example.net"] = [NAMES_ANOTHER]

    caa_checks.check(order)

    (says,) = waits_for(order)
    assert says.startswith("By its CAA records, www.example.com (an alias of cdn.example.net) lets only “ca.example”")
    assert f"Add the record “cdn.example.net. CAA {NAMES_US}”" in says


def test_it_goes_on_by_itself_when_the_record_is_mended(ca, order, dns_server, commits):
    dns_server.zone["CAA", "example.com"] = [NAMES_ANOTHER]
    caa_checks.check(order)
    dns_server.zone["CAA", "example.com"].append(NAMES_US)

    with later(seconds=61), commits():
        assert processing.sweep_orders() == 1

    assert fresh(order).status == Status.ISSUED


def test_the_dns_is_not_asked_while_something_else_is_in_the_way(people, dns_server, commits):
    order = make_order(people.ov, people.paul)

    with commits():
        processing.process_order(order)
    caa_checks.check(order)

    assert codes(order) == ["domain-missing"]
    assert dns_server.questions == []


@pytest.mark.parametrize("status", set(Status) - {Status.PENDING})
def test_the_dns_is_asked_for_pending_orders_only(order, dns_server, status):
    Order.objects.update(status=status)

    caa_checks.check(order)

    assert dns_server.questions == []


def test_the_dns_is_not_asked_within_a_transaction(order):
    with pytest.raises(RuntimeError), transaction.atomic():
        caa_checks.check(order)


def test_no_row_is_locked_while_the_dns_is_asked(order, dns_server, monkeypatch):
    """When a question comes to the DNS server, no transaction but the test's own is open on this thread's connection."""
    ours, answer, open_then = connections["default"], dns_server.answer, []

    def look(*args):
        open_then.append(len(ours.atomic_blocks))
        return answer(*args)

    monkeypatch.setattr(dns_server, "answer", look)

    caa_checks.check(order)

    assert set(open_then) == {len(ours.atomic_blocks)}


def test_whoever_asks_second_leaves_it_to_the_first(order, dns_server):
    cache.set(f"asking-caa-{order.pk}", True, 60)

    caa_checks.check(order)

    assert dns_server.questions == []


def test_an_answer_that_comes_after_a_cancelation_changes_nothing(order, people):
    verdicts = [caa.Verdict(name, caa.ALLOWED, "no-records") for name in ("www.example.com", "example.com")]
    requests.cancel_order(order, by=people.paul)

    caa_checks.keep(order, verdicts, at=timezone.now())

    assert not CaaCheck.objects.exists()


def test_an_answer_about_other_names_is_not_taken(order):
    caa_checks.keep(order, [caa.Verdict("www.example.com", caa.ALLOWED, "no-records")], at=timezone.now())

    assert not CaaCheck.objects.exists()


def test_the_ca_worker_signs_nothing_without_a_permission(ca, order, dns_server):
    assert plan_and_sign(order) is None

    dns_server.zone["CAA", "example.com"] = [NAMES_ANOTHER]
    assert issue(order) is None

    assert not Certificate.objects.exists()


@pytest.mark.parametrize(
    ("ttl", "age", "is_issued"),
    [
        (60, timedelta(hours=7, minutes=59), True),
        (60, timedelta(hours=8), False),
        (12 * 3600, timedelta(hours=11, minutes=59), True),
        (12 * 3600, timedelta(hours=12), False),
    ],
)
def test_a_permission_ends_after_8_hours_or_the_ttl(ca, order, dns_server, ttl, age, is_issued):
    dns_server.ttl = ttl
    dns_server.zone["CAA", "example.com"] = [NAMES_US]
    with time_machine.travel("2026-12-01T12:00:00Z", tick=False):
        caa_checks.check(order)

    with time_machine.travel(fresh(order).caa.at + age, tick=False):
        assert (plan_and_sign(order) is not None) == is_issued
        assert codes(order) == ([] if is_issued else ["caa-unasked"])


def test_a_permission_from_the_future_is_none(ca, order):
    with later(hours=1):
        caa_checks.check(order)

    assert plan_and_sign(order) is None


def test_a_permission_that_ended_is_asked_for_again(ca, order, dns_server, commits):
    caa_checks.check(order)
    dns_server.questions.clear()

    with later(hours=9), commits():
        processing.process_order(order)

    assert fresh(order).status == Status.ISSUED
    assert dns_server.asked("CAA", "www.example.com") == 1


def test_a_permission_that_ended_between_planning_and_signing_counts_no_more(ca, order):
    caa_checks.check(order)
    plan(order)

    with later(hours=8, seconds=1):
        assert sign(order) is None


def test_other_names_than_those_that_were_asked_for_are_asked_for_anew(ca, people, dns_server, commits):
    make_domain(people.ov, "shop.example.com")
    base = make_domain(people.ov)
    order = make_order(people.ov, people.paul, name="www.shop.example.com")
    caa_checks.check(order)
    plan(order)
    Domain.objects.filter(pk=base.pk).update(status=DomainStatus.EXPIRED)

    assert codes(order) == ["caa-unasked"]
    assert sign(order) is None
    with commits():
        processing.process_order(order)

    assert list(CaaCheck.objects.values_list("names", flat=True)) == [
        ["www.shop.example.com"],
        ["www.shop.example.com", "example.com"],
    ]
    assert fresh(order).certificate.dns_names == ["www.shop.example.com"]


def test_a_plan_for_names_that_were_permitted_no_more_is_not_signed(ca, people):
    """The base domain was taken out, and its permission renewed, between planning and signing: it is planned anew."""
    make_domain(people.ov, "shop.example.com")
    base = make_domain(people.ov)
    order = make_order(people.ov, people.paul, name="www.shop.example.com")
    caa_checks.check(order)
    old = plan(order)
    Domain.objects.filter(pk=base.pk).update(status=DomainStatus.EXPIRED)
    permission = CaaCheck.objects.get()
    permission.pk, permission.names = None, ["www.shop.example.com"]
    permission.save()
    assert codes(order) == []

    certificate = sign(order)

    assert certificate.dns_names == ["www.shop.example.com"]
    assert audit.of(order).get(verb="replan").reason == old.serial_number


def test_a_permission_given_to_a_name_that_is_no_longer_ours_is_none(ca, order, dns_server, settings):
    dns_server.zone["CAA", "example.com"] = [NAMES_US]
    caa_checks.check(order)

    settings.CAA_NAMES = ["portal.example.net"]

    assert plan_and_sign(order) is None
    caa_checks.check(order)
    assert "lets only “portal.example” issue" in waits_for(order)[0]


def test_it_is_tried_again_after_a_minute_doubling_to_an_hour(order, dns_server):
    dns_server.zone["CAA", "example.com"] = [NAMES_ANOTHER]
    pauses = []
    moment = timezone.now()
    for _ in range(9):
        with time_machine.travel(moment, tick=False):
            caa_checks.check(order)
            check = CaaCheck.objects.get()
            pauses.append((check.next_try_at - check.at).total_seconds() // 60)
            moment = check.next_try_at

    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert CaaCheck.objects.get().tries == 9


def test_before_its_next_try_a_sweep_asks_neither_the_dns_nor_the_database_about_an_order(
    people, dns_server, commits, django_assert_num_queries
):
    make_domain(people.ov)
    dns_server.zone["CAA", "example.com"] = [NAMES_ANOTHER]
    for number in range(3):
        caa_checks.check(make_order(people.ov, people.paul, name=f"www{number}.example.com"))
    dns_server.questions.clear()

    with django_assert_num_queries(2), commits():
        assert processing.sweep_orders() == 0

    assert dns_server.questions == []


def test_a_domain_that_is_decided_meanwhile_does_not_ask_before_time(order, dns_server, people, commits):
    dns_server.zone["CAA", "example.com"] = [NAMES_ANOTHER]
    caa_checks.check(order)
    dns_server.questions.clear()

    with commits():
        tasks.process_orders_of(people.ov.pk)

    assert dns_server.questions == []


def test_a_cancelation_does_not_wait_for_the_next_try(order, people, dns_server, commits):
    dns_server.zone["CAA", "example.com"] = [NAMES_ANOTHER]
    caa_checks.check(order)
    requests.cancel_order(order, by=people.paul)

    with commits():
        processing.sweep_orders()

    assert fresh(order).status == Status.CANCELED


def test_every_other_denial_is_kept_and_the_same_one_once(order, dns_server):
    dns_server.zone["CAA", "example.com"] = [NAMES_ANOTHER]
    caa_checks.check(order)
    with later(minutes=2):
        caa_checks.check(order)
    dns_server.zone["CAA", "example.com"] = ['0 issue ";"']
    with later(minutes=10):
        caa_checks.check(order)

    nobody, another = CaaCheck.objects.all()
    assert (another.tries, another.next_try_at, another.at > another.since) == (2, None, True)
    assert [one.reason for one in another.verdicts] == ["others", "others"]
    assert [one.reason for one in nobody.verdicts] == ["nobody", "nobody"]
    assert nobody.next_try_at is not None


def test_lookups_that_fail_in_turns_are_one_finding(order, dns_server):
    dns_server.fails["www.example.com"] = "SERVFAIL"
    caa_checks.check(order)
    dns_server.fails["www.example.com"] = "bogus"
    with later(minutes=2):
        caa_checks.check(order)

    check = CaaCheck.objects.get()
    assert (check.tries, check.verdicts[0].reason) == (2, "bogus")


def test_the_history_tells_of_a_denial_once_with_its_records(order, dns_server):
    dns_server.zone["CAA", "example.com"] = [NAMES_ANOTHER]
    caa_checks.check(order)
    with later(minutes=2):
        caa_checks.check(order)

    (told,) = audit.story(order)
    assert (told.says, told.entry.reason) == ("Held back by CAA records", 'example.com. CAA 0 issue "ca.example"')


def test_a_lookup_that_fails_is_not_told_in_the_history(order, dns_server):
    dns_server.fails["www.example.com"] = "SERVFAIL"

    caa_checks.check(order)

    assert audit.story(order) == []


def test_the_database_knows_that_a_permission_ends(order):
    fields = {"order": order, "names": [], "issuers": [], "results": [], "since": timezone.now(), "at": timezone.now()}

    with pytest.raises(IntegrityError), transaction.atomic():
        CaaCheck.objects.create(allowed=True, **fields)
    with pytest.raises(IntegrityError), transaction.atomic():
        CaaCheck.objects.create(allowed=False, valid_until=timezone.now(), **fields)


class TestCheckNow:
    """The button on the order's page."""

    @pytest.fixture
    def refused(self, order, dns_server):
        dns_server.zone["CAA", "example.com"] = [NAMES_ANOTHER]
        with time_machine.travel(timezone.now() - timedelta(minutes=1, seconds=-10), tick=False):
            caa_checks.check(order)
        dns_server.questions.clear()
        return order

    def page(self, client, order):
        return client.get(f"/certificates/{order.pk}/").content.decode()

    def press(self, client, order):
        return client.post(f"/certificates/{order.pk}/check-caa/", follow=True).content.decode()

    def test_is_there_while_caa_records_are_in_the_way(self, refused, people, sign_in):
        shown = self.page(sign_in(people.stan), refused)

        assert "By its CAA records, example.com lets only “ca.example” issue certificates" in shown
        assert 'form="check-caa"' in shown
        assert "CAA records last looked up:" in shown

    def test_is_not_there_where_something_else_is(self, refused, people, sign_in):
        people.ov.status = ProfileStatus.SUSPENDED
        people.ov.save()

        assert 'form="check-caa"' not in self.page(sign_in(people.paul), refused)

    def test_asks_at_once_and_lets_the_order_go_on(self, ca, refused, people, sign_in, dns_server, commits):
        dns_server.zone["CAA", "example.com"] = [NAMES_US]

        with commits():
            self.press(sign_in(people.stan), refused)

        assert fresh(refused).status == Status.ISSUED

    def test_makes_the_next_tries_come_soon(self, refused, people, commits):
        CaaCheck.objects.update(tries=7, next_try_at=timezone.now() + timedelta(hours=1))

        with commits():
            caa_checks.ask_again(refused, by=people.stan)

        check = CaaCheck.objects.get()
        assert (check.tries, round((check.next_try_at - check.at).total_seconds())) == (1, 60)

    def test_asks_once_in_five_seconds(self, refused, people, sign_in, dns_server, commits):
        paul = sign_in(people.paul)
        with commits():
            self.press(paul, refused)
        asked = len(dns_server.questions)

        with commits():
            shown = self.press(paul, refused)

        assert "looked up a moment ago" in shown
        assert asked == len(dns_server.questions) > 0

    def test_does_nothing_where_caa_is_not_in_the_way(self, order, people, sign_in, dns_server, commits):
        with commits():
            shown = self.press(sign_in(people.paul), order)

        assert "CAA records are not what the order waits for now." in shown
        assert dns_server.questions == []

    @pytest.mark.parametrize("person", ["stranger", "gina"])
    def test_is_not_for_people_without_a_role_in_the_profile(self, refused, people, sign_in, person):
        response = sign_in(getattr(people, person)).post(f"/certificates/{refused.pk}/check-caa/")

        assert response.status_code == 404
        with pytest.raises(PermissionDenied):
            caa_checks.ask_again(refused, by=getattr(people, person))

    def test_is_not_answered_by_get_and_needs_its_token(self, refused, people, sign_in):
        client = Client(enforce_csrf_checks=True)
        client.force_login(people.paul, backend="allauth.account.auth_backends.AuthenticationBackend")

        assert client.get(f"/certificates/{refused.pk}/check-caa/").status_code == 405
        assert client.post(f"/certificates/{refused.pk}/check-caa/").status_code == 403

    def test_what_refreshes_itself_is_the_same_each_time(self, refused, people, sign_in):
        paul = sign_in(people.paul)

        first, second = (paul.get(f"/certificates/{refused.pk}/state/").content for _ in range(2))

        assert first == second

    def test_the_verb_says_why_it_refuses(self, order, refused, people):
        CaaCheck.objects.update(at=timezone.now())
        with pytest.raises(Refused, match="a moment ago"):
            caa_checks.ask_again(refused, by=people.paul)
        Order.objects.update(status=Status.CANCELED)
        with pytest.raises(MovedOn):
            caa_checks.ask_again(refused, by=people.paul)


def test_the_vetting_desk_shows_what_was_found(order, people, sign_in, dns_server):
    dns_server.zone["CAA", "www.example.com"] = [NAMES_ANOTHER]
    dns_server.fails["example.com"] = "SERVFAIL"
    caa_checks.check(order)

    shown = sign_in(people.vera).get(f"/vetting/certificates/order/{order.pk}/change/").content.decode()

    assert "www.example.com. CAA 0 issue &quot;ca.example&quot;" in shown
    assert "Refused" in shown
    assert "No answer that counts" in shown
    assert "SERVFAIL" in shown


def test_the_vetting_desk_shows_nothing_where_nothing_was_asked(order, people, sign_in):
    shown = sign_in(people.vera).get(f"/vetting/certificates/order/{order.pk}/change/").content.decode()

    assert "CAA records last looked up" not in shown


def test_what_strangers_publish_is_shown_as_text(order, people, sign_in, dns_server):
    dns_server.zone["CAA", "www.example.com"] = ["0 issue <script>alert(1)</script>"]
    caa_checks.check(order)

    for person, path in (
        (people.paul, f"/certificates/{order.pk}/"),
        (people.vera, f"/vetting/certificates/order/{order.pk}/change/"),
    ):
        shown = sign_in(person).get(path).content.decode()
        assert "&lt;script&gt;alert(1)" in shown
        assert "<script>alert(1)" not in shown


def test_the_sentence_is_in_the_readers_language(order, dns_server):
    dns_server.zone["CAA", "example.com"] = [NAMES_ANOTHER]
    with translation.override("ja"):
        caa_checks.check(order)

    assert waits_for(order)[0].startswith("By its CAA records")
