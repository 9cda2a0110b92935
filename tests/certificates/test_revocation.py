"""The end of a certificate: revoked for good, set aside and taken back, and keys that are never certified again."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from accounts.actions import administrators
from certificates import keys
from certificates.actions import processing, requests, revocation
from certificates.csr import CsrRefused
from certificates.models import CompromisedKey, Order, Revocation
from certificates.states import CHOSEN_REASONS, CRL_REASONS, Hold, Reason, Status
from profiles.models import Access
from profiles.notifications.models import Notice
from sslportal.kit import audit
from sslportal.kit.models import OutgoingMail
from sslportal.kit.moves import Refused
from tests.factories import make_issued, make_order, make_person
from tests.openssl import csr_pem


def test_a_revocation_says_why_by_whom_and_since_when(people):
    order = make_issued(people.ov, people.stan, recipients=["ops@example.com"])

    revocation.revoke_order(order, reason=Reason.OTHER, detail="The shop is closed.", by=people.paul)

    found = Revocation.objects.get(certificate=order.certificate, order=order)
    entry = audit.of(order).get()
    assert (found.says, found.by, found.since) == ("Other reason: The shop is closed.", people.paul, found.at)
    assert (entry.verb, entry.reason) == ("revoke", "Other reason: The shop is closed.")
    assert set(OutgoingMail.objects.filter(key=f"certificate-revoked:{order.pk}").values_list("to", flat=True)) == {
        "stan@example.com", "ops@example.com", "paul@example.com",
    }  # fmt: skip


def test_every_reason_has_its_code_for_crl_and_ocsp():
    assert {reason: CRL_REASONS[reason] for reason in CHOSEN_REASONS} == {
        Reason.INACCURATE: 9,
        Reason.CHANGED: 3,
        Reason.KEY: 1,
        Reason.OWNERSHIP: 5,
        Reason.UNAUTHORIZED: 9,
        Reason.OTHER: 0,
    }
    assert CRL_REASONS[Reason.UNUSED] == 6


@pytest.mark.parametrize(("reason", "detail"), [("unused", ""), ("whatever", ""), ("other", ""), ("other", " ")])
def test_what_is_no_reason_revokes_nothing(people, reason, detail):
    order = make_issued(people.ov, people.stan)

    with pytest.raises(ValueError, match="six reasons"):
        revocation.revoke_order(order, reason=reason, detail=detail, by=people.paul)

    assert Order.objects.get().status == Status.ISSUED


def test_an_unused_certificate_is_on_hold_until_it_is_restored(people):
    order = make_issued(people.ov, people.stan)

    revocation.mark_unused(order, by=people.paul)
    held = Revocation.objects.get().as_revoked(1).reason
    revocation.restore_order(order, by=people.paul)

    assert held == 6
    assert not Revocation.objects.exists()
    assert [entry.verb for entry in audit.of(order)] == ["mark_unused", "restore"]


def test_an_unused_certificate_that_is_revoked_is_so_since_it_was_unused(people):
    order = make_issued(people.ov, people.stan)
    revocation.mark_unused(order, by=people.paul)
    since = Revocation.objects.get().since

    revocation.revoke_order(order, reason=Reason.OWNERSHIP, by=people.paul)

    found = Revocation.objects.get()
    assert (found.reason, found.since) == (Reason.OWNERSHIP, since)
    assert found.at > since


def test_an_unused_certificate_past_its_end_is_not_restored_though_no_sweep_came(people):
    order = make_issued(people.ov, people.stan, status=Status.UNUSED, days=30, age=31)

    with pytest.raises(Refused, match="has expired"):
        revocation.restore_order(order, by=people.paul)

    assert Order.objects.get().status == Status.UNUSED


def test_the_public_rules_allow_no_hold(people, settings):
    settings.PORTAL_POLICY = "public-trust"

    with pytest.raises(PermissionDenied):
        revocation.mark_unused(make_issued(people.ov, people.stan), by=people.paul)

    assert Order.objects.get().status == Status.ISSUED


def test_an_expired_order_does_not_come_back_to_life(people):
    order = make_issued(people.ov, people.stan, status=Status.UNUSED, days=30, age=31)

    assert processing.expire_certificates() == 1

    order.refresh_from_db()
    assert order.status == Status.EXPIRED


def compromise(people, **fields):
    order = make_issued(people.ov, people.stan, **fields)
    revocation.revoke_order(order, reason=Reason.KEY, by=people.paul)
    return order


def test_a_compromised_key_is_never_certified_again(people):
    compromise(people)

    with pytest.raises(CsrRefused) as refusal:
        keys.read_csr(csr_pem())

    assert refusal.value.code == "key-compromised"


def test_other_reasons_leave_the_key_alone(people):
    revocation.revoke_order(make_issued(people.ov, people.stan), reason=Reason.OWNERSHIP, by=people.paul)

    assert not CompromisedKey.objects.exists()


def test_the_same_key_reported_twice_is_remembered_once(people):
    first, second = make_issued(people.ov, people.stan), make_issued(people.ov, people.stan)

    for order in (first, second):
        revocation.revoke_order(order, reason=Reason.KEY, by=people.paul)

    assert CompromisedKey.objects.get().order == first


def test_other_live_certificates_with_a_compromised_key_are_shown_to_vetting(people):
    mine = make_issued(people.ov, people.stan)
    theirs = make_issued(people.foreign_ov, people.stranger)
    unused = make_issued(people.foreign_ov, people.stranger, status=Status.UNUSED)
    make_issued(people.foreign_ov, people.stranger, status=Status.EXPIRED)
    make_issued(people.foreign_ov, people.stranger, key_sha256="0" * 64)

    revocation.revoke_order(mine, reason=Reason.KEY, by=people.paul)

    assert list(Order.objects.awaiting_vetting()) == [theirs, unused]


def test_the_vetting_team_revokes_in_any_account(people):
    theirs = make_issued(people.foreign_ov, people.stranger)
    compromise(people)

    revocation.revoke_order(theirs, reason=Reason.KEY, by=people.vera)

    assert not Order.objects.awaiting_vetting().exists()


def test_pending_orders_with_a_compromised_key_ask_for_another_csr(people, ca, django_capture_on_commit_callbacks):
    waiting = make_order(people.foreign_ov, people.stranger)

    with django_capture_on_commit_callbacks(execute=True):
        compromise(people)

    waiting.refresh_from_db()
    assert (waiting.status, waiting.hold) == (Status.PENDING, Hold.KEY)
    assert OutgoingMail.objects.get(key__startswith="certificate-csr-needed:").to == "stranger@example.org"


def test_an_order_is_asked_for_another_key_once(people):
    waiting = make_order(people.ov, people.stan)
    compromise(people)

    for _ in range(3):
        processing.process_order(waiting)

    assert Notice.objects.filter(kind="certificate-csr-needed").count() == 1
    assert not Order.objects.awaiting_vetting().exists()


def test_a_new_csr_lets_the_order_go_on(people):
    waiting = make_order(people.ov, people.stan)
    compromise(people)
    processing.process_order(waiting)

    requests.supply_csr(waiting, new_csr=keys.read_csr(csr_pem("shop.example.com")), by=people.stan)

    waiting.refresh_from_db()
    assert (waiting.hold, waiting.common_name) == ("", "www.example.com")
    assert keys.why_unfit(waiting) == ""


def test_where_a_report_was_false_what_waited_goes_on(people):
    waiting = make_order(people.ov, people.stan, name="xn--bcher-kva.example.com")
    reported = compromise(people)
    processing.process_order(waiting)

    revocation.clear_key(waiting, reason="Whoever reported it never had the key.", by=people.vera)

    waiting.refresh_from_db()
    reported.refresh_from_db()
    assert (waiting.status, waiting.hold) == (Status.PENDING, Hold.IDN)  # nobody has looked at its name yet
    assert (reported.status, keys.why_unfit(waiting)) == (Status.REVOKED, "")
    assert [audit.of(order).latest("pk").verb for order in (waiting, reported)] == ["clear-key", "clear-key"]


def test_a_key_found_compromised_later_changes_what_crl_and_ocsp_say(people):
    order = make_issued(people.ov, people.stan)
    revocation.revoke_order(order, reason=Reason.OWNERSHIP, by=people.paul)

    revocation.report_key(order, reason="Found in a public repository.", by=people.vera)

    assert Revocation.objects.get().as_revoked(1).reason == 1
    assert keys.is_compromised(order.key_sha256)


@pytest.mark.parametrize("verb", [revocation.report_key, revocation.clear_key])
def test_only_the_vetting_team_decides_on_keys_by_themselves(people, verb):
    order = compromise(people)

    with pytest.raises(PermissionDenied):
        verb(order, reason="Because.", by=people.paul)


@pytest.mark.parametrize(("person", "may"), [("paul", True), ("stan", True), ("sue", False)])
def test_a_new_csr_comes_from_the_requester_or_somebody_who_may_approve(people, person, may):
    people.sue = make_person("sue@example.com", people.company)
    Access.objects.create(profile=people.ov, administrator=people.sue, role=Access.Role.STANDARD)
    order = requests.ask_for_csr(make_order(people.ov, people.stan), reason="Another key.", by=people.vera)

    try:
        requests.supply_csr(order, new_csr=keys.read_csr(csr_pem("shop.example.com")), by=getattr(people, person))
        supplied = True
    except PermissionDenied:
        supplied = False

    assert supplied == may


def test_the_primaries_are_told_where_the_requester_has_left(people):
    order = make_order(people.ov, people.stan)
    administrators.remove(people.stan, by=people.gina)

    requests.ask_for_csr(order, reason="Another key, please.", by=people.vera)

    assert OutgoingMail.objects.get(key__startswith="certificate-csr-needed:").to == "paul@example.com"


def test_nobody_supplies_a_csr_that_nobody_asked_for(people):
    with pytest.raises(Refused):
        requests.supply_csr(make_order(people.ov, people.stan), new_csr=keys.read_csr(csr_pem()), by=people.stan)


def test_the_vetting_team_asks_for_a_new_csr_instead_of_rejecting(people):
    order = make_order(people.ov, people.stan)

    requests.ask_for_csr(order, reason="The key is used by another server.", by=people.vera)

    order.refresh_from_db()
    assert (order.status, order.hold, order.awaited_csr) == (
        Status.PENDING,
        Hold.CSR,
        "The key is used by another server.",
    )
    assert not Order.objects.awaiting_vetting().exists()
    assert {mail.to for mail in OutgoingMail.objects.all()} == {"stan@example.com", "paul@example.com"}


def test_a_new_csr_drops_what_was_about_to_be_signed(people, ca):
    order = make_order(people.ov, people.stan)
    plan = order.issuance = _plan(order)
    requests.ask_for_csr(order, reason="Another key, please.", by=people.vera)

    requests.supply_csr(order, new_csr=keys.read_csr(csr_pem("shop.example.com")), by=people.paul)

    order = Order.objects.get()
    assert not hasattr(order, "issuance")
    assert audit.of(order).get(verb="replan").reason == plan.serial_number


def _plan(order):
    from certificates.models import CertificateAuthority, Issuance
    from sslportal.kit import clock

    now = clock.now()
    return Issuance.objects.create(
        order=order,
        authority=CertificateAuthority.objects.get(role="issuing"),
        serial_number="5EAF00D",
        not_before=now,
        not_after=now + timedelta(days=365),
        dns_names=["www.example.com"],
    )
