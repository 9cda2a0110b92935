"""What the vetting team does with domains."""

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied

from domains import rules
from domains.actions import answers, requests, vetting
from domains.models import Domain, Evidence
from domains.states import Method, Outcome, Status
from profiles.states import Level
from profiles.vetting import evidence as store
from sslportal.kit import clock
from sslportal.kit.models import Link
from sslportal.kit.moves import MovedOn
from tests.domains.test_answers import FOUND
from tests.factories import make_attempt, make_domain, make_ev_profile
from tests.letters import last_letter

SOURCE = "Called the owner by the number in the register."


@pytest.fixture
def waiting(people):
    domain = make_domain(people.ov, status=Status.PENDING, requester=people.stan)
    make_attempt(domain)
    return domain


def approve(domain, by, **fields):
    return vetting.approve(domain, **{"source": SOURCE, "by": by, **fields})


def test_approving_confirms_and_writes_down_how(people, waiting):
    approve(waiting, people.vera, note="Spoke to Ann.")

    waiting.refresh_from_db()
    proof = Evidence.objects.get()
    assert (waiting.status, waiting.method) == (Status.READY, Method.MANUAL)
    assert (proof.source, proof.note, proof.by) == (SOURCE, "Spoke to Ann.", people.vera)


def test_the_primaries_and_the_requester_are_told(people, waiting):
    approve(waiting, people.vera)

    assert {last_letter(to).subject for to in ("paul@example.com", "stan@example.com")} == {
        "example.com is confirmed"
    }  # fmt: skip


def test_a_file_is_kept_with_it(people, waiting, settings, tmp_path):
    settings.EVIDENCE_ROOT = tmp_path
    file = store.Received("call.txt", "text/plain", b"Ann said yes.")

    approve(waiting, people.vera, file=file)

    assert store.content_of(Evidence.objects.get()) == b"Ann said yes."


def test_the_file_of_an_approval_that_came_too_late_is_not_kept(people, waiting, settings, tmp_path):
    settings.EVIDENCE_ROOT = tmp_path
    approve(waiting, people.vera)

    with pytest.raises(MovedOn):
        approve(waiting, people.victor, file=store.Received("call.txt", "text/plain", b"Late."))

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_the_method_that_was_used_decides_what_is_covered(people, waiting):
    approve(waiting, people.vera, proved_by="file")

    waiting.refresh_from_db()
    assert waiting.method == Method.FILE


def test_a_public_ca_asks_for_the_method(people, waiting, settings):
    settings.PORTAL_POLICY = "public-trust"

    for proved_by in ("", "manual", "whois"):
        with pytest.raises(vetting.MethodMissing):
            approve(waiting, people.vera, proved_by=proved_by)
    approve(waiting, people.vera, proved_by="dns")

    waiting.refresh_from_db()
    assert (waiting.status, waiting.method) == (Status.READY, Method.DNS)


def test_what_a_record_proved_counts_from_the_day_it_was_found(people):
    domain = make_domain(make_ev_profile(people.company, primary=people.paul))
    requests.upgrade_domain(domain, choice="dns", by=people.paul)
    answers.record_check(domain.attempts.get(), FOUND)
    found_at = domain.attempts.get().proved_at

    with time_machine.travel(clock.now() + timedelta(days=3)):
        approve(domain, people.vera, proved_by="manual")

    domain.refresh_from_db()
    assert (domain.level, domain.method, domain.confirmed_at) == (Level.EV, Method.DNS, found_at)


def test_an_attempt_by_mail_is_not_the_teams(people):
    domain = requests.add_domain(people.ov, "example.com", level=Level.OV, choice="admin@example.com", by=people.paul)

    with pytest.raises(MovedOn):
        approve(domain, people.vera)
    with pytest.raises(MovedOn):
        vetting.decline(domain, reason="No.", by=people.vera)


# Declining: the domain is what it was


def test_declining_a_new_domain_keeps_the_reason_for_the_customer(people, waiting):
    vetting.decline(waiting, reason="Not registered to you.", by=people.vera)

    waiting.refresh_from_db()
    assert (waiting.status, waiting.reason) == (Status.DECLINED, "Not registered to you.")
    assert "Not registered to you." in last_letter("stan@example.com").text


def test_a_declined_upgrade_leaves_it_ready_at_ov(people):
    domain = make_domain(make_ev_profile(people.company, primary=people.paul))
    requests.upgrade_domain(domain, by=people.paul)

    vetting.decline(domain, reason="No such company.", by=people.vera)

    domain.refresh_from_db()
    assert (domain.status, domain.level, domain.reason) == (Status.READY, Level.OV, "No such company.")
    assert domain.attempts.get().status == Outcome.DENIED


def test_a_declined_re_vetting_leaves_it_expiring(people):
    soon = clock.now() + timedelta(days=9)
    domain = make_domain(people.ov, status=Status.EXPIRING, expires_at=soon, revet_at=clock.now())
    requests.reconfirm(domain, choice="manual", by=people.paul)

    vetting.decline(domain, reason="No.", by=people.vera)

    domain.refresh_from_db()
    assert domain.status == Status.EXPIRING


# Suspending


@pytest.mark.parametrize("status", [Status.READY, Status.UPGRADING, Status.RE_VETTING, Status.EXPIRING])
def test_a_suspended_domain_covers_nothing_and_what_was_under_way_ends(people, status):
    domain = make_domain(people.ov, status=status)
    attempt = make_attempt(domain, method=Method.MAIL, address="admin@example.com")

    vetting.suspend(domain, reason="Reported as stolen.", by=people.vera)

    domain.refresh_from_db()
    attempt.refresh_from_db()
    assert (domain.status, domain.reason, attempt.status) == (
        Status.SUSPENDED,
        "Reported as stolen.",
        Outcome.WITHDRAWN,
    )
    assert not any(rules.is_confirmed(domain, Level.OV) for domain in people.ov.domains.all())
    assert "Reported as stolen." in last_letter("paul@example.com").text


def test_suspending_withdraws_the_link_that_is_out(people):
    domain = make_domain(people.ov, status=Status.EXPIRING)
    requests.reconfirm(domain, choice="admin@example.com", by=people.paul)

    vetting.suspend(domain, reason="Stolen.", by=people.vera)

    assert Link.objects.get().used_at is not None


@pytest.mark.parametrize(
    ("revet", "end", "status"), [(30, 60, Status.READY), (-1, 29, Status.EXPIRING), (-31, -1, Status.EXPIRED)]
)
def test_a_resumed_domain_is_what_its_dates_say(people, revet, end, status):
    dates = {"revet_at": clock.now() + timedelta(days=revet), "expires_at": clock.now() + timedelta(days=end)}
    domain = make_domain(people.ov, status=Status.SUSPENDED, reason="Stolen.", **dates)

    vetting.resume(domain, by=people.vera)

    domain.refresh_from_db()
    assert (domain.status, domain.reason) == (status, "")


@pytest.mark.parametrize("person", ["gina", "paul", "stan", "stranger"])
@pytest.mark.parametrize(
    "act",
    [
        lambda domain, by: vetting.approve(domain, source="x", by=by),
        lambda domain, by: vetting.decline(domain, reason="x", by=by),
        lambda domain, by: vetting.suspend(domain, reason="x", by=by),
        lambda domain, by: vetting.resume(domain, by=by),
    ],
)
def test_customers_do_not_vet(people, waiting, person, act):
    with pytest.raises(PermissionDenied):
        act(waiting, getattr(people, person))

    assert Domain.objects.get().status == Status.PENDING
