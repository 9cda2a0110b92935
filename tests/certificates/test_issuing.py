"""From Pending to Issued: by the worker with the keys, when nothing is in the way, and once."""

import subprocess
from datetime import timedelta
from functools import partial

import pytest
import time_machine
from cryptography import x509
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from certificates import blockers, issuing
from certificates.actions import caa_checks, processing, requests
from certificates.models import Certificate, CertificateAuthority, Issuance, Order
from certificates.states import Hold, Status
from domains.actions import vetting
from domains.states import Status as DomainStatus
from profiles.states import Level
from profiles.states import Status as ProfileStatus
from sslportal.kit import audit, clock
from sslportal.kit.models import OutgoingMail
from tests import factories
from tests.certificates.test_actions import submit
from tests.factories import issue, make_attempt, make_domain, make_ev_profile, make_order, sign


@pytest.fixture
def order(people):
    make_domain(people.ov)
    return make_order(people.ov, people.paul, sans=["blog.example.com"])


@pytest.fixture
def commits(django_capture_on_commit_callbacks):
    """What is to happen after the commit happens."""
    return partial(django_capture_on_commit_callbacks, execute=True)


def suspend(profile):
    profile.status = ProfileStatus.SUSPENDED
    profile.save()


def codes(order):
    return [blocker.code for blocker in blockers.blockers(Order.objects.get(pk=order.pk))]


def plan(order):
    caa_checks.check(order)
    return factories.plan(order)


def test_an_order_in_order_is_issued(ca, order, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        processing.process_order(order)

    order.refresh_from_db()
    certificate = order.certificate.x509
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert order.status == Status.ISSUED
    assert names.get_values_for_type(x509.DNSName) == ["www.example.com", "blog.example.com", "example.com"]
    assert order.dns_names == ["www.example.com", "blog.example.com", "example.com"]
    assert f"{certificate.serial_number:X}" == order.certificate.serial_number


def test_openssl_trusts_what_is_issued(ca, order, tmp_path):
    certificate = issue(order)
    root, policy, issuer = (CertificateAuthority.objects.get(role=role) for role in ("root", "policy", "issuing"))
    for name, der in (("root", root.der), ("policy", policy.der), ("issuing", issuer.der), ("server", certificate.der)):
        pem = x509.load_der_x509_certificate(bytes(der)).public_bytes(issuing.Encoding.PEM)
        (tmp_path / f"{name}.pem").write_bytes(pem)
    bundle = tmp_path / "bundle.pem"
    bundle.write_bytes((tmp_path / "issuing.pem").read_bytes() + (tmp_path / "policy.pem").read_bytes())

    verified = subprocess.run(
        ["openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", "blog.example.com",
         "-CAfile", tmp_path / "root.pem", "-untrusted", bundle, tmp_path / "server.pem"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert verified.stdout.strip().endswith("server.pem: OK"), verified.stderr


def test_the_certificate_begins_ten_minutes_before_issuing_and_lasts_as_chosen(ca, order):
    with time_machine.travel("2026-12-01T12:00:00Z", tick=False):
        certificate = issue(order)

    assert certificate.not_before.isoformat() == "2026-12-01T11:50:00+00:00"
    assert certificate.not_after - certificate.not_before == timedelta(days=365, seconds=-1)


def test_issuing_twice_gives_one_certificate(ca, order):
    assert issue(order) is not None
    assert issue(order) is None

    assert Certificate.objects.count() == 1
    assert OutgoingMail.objects.filter(key=f"certificate-issued:{order.pk}").count() == 1


def test_a_worker_that_died_after_signing_leads_to_the_very_same_certificate(ca, order):
    """The first worker plans, commits, signs and is killed before it records: the second signs the very same bytes."""
    issuance = plan(order)
    signed_by_the_dead = issuing._sign(order, issuance).certificate

    with time_machine.travel(clock.now() + timedelta(minutes=30), tick=False):
        certificate = issue(order)

    assert certificate.x509 == signed_by_the_dead


@pytest.mark.parametrize("days", [1, 30, 390])
def test_a_plan_that_lay_around_is_made_anew(ca, order, days):
    old = plan(order).serial_number

    with time_machine.travel(clock.now() + timedelta(days=days), tick=False):
        certificate = issue(order)
        assert clock.now() - certificate.not_before < timedelta(minutes=11)

    assert certificate.serial_number != old
    assert audit.of(order).get(verb="replan").reason == old


def test_a_plan_whose_base_domain_is_no_longer_confirmed_is_made_anew(ca, people):
    make_domain(people.ov, "shop.example.com")
    base = make_domain(people.ov, "example.com")
    order = make_order(people.ov, people.paul, name="www.shop.example.com")
    assert "example.com" in plan(order).dns_names

    base.status = DomainStatus.EXPIRED
    base.save()

    assert issue(order).dns_names == ["www.shop.example.com"]


def test_a_confirmation_that_is_out_of_time_covers_nothing(people):
    make_domain(people.ov, expires_at=clock.now() - timedelta(seconds=1))

    order = make_order(people.ov, people.paul)

    assert blockers.blockers(order)[0].says == "The confirmation of example.com has expired."


def test_a_profile_that_is_out_of_time_takes_no_orders(people):
    people.ov.expires_at = clock.now() - timedelta(seconds=1)
    people.ov.save()
    make_domain(people.ov)

    assert codes(make_order(people.ov, people.paul)) == ["profile-expired"]


def test_what_changed_between_planning_and_signing_counts(ca, order, people):
    plan(order)
    suspend(people.ov)

    assert sign(order) is None
    assert not Certificate.objects.exists()


def test_one_order_that_cannot_be_processed_does_not_keep_the_others(
    ca, order, people, django_capture_on_commit_callbacks
):
    """A name that became a public suffix since it was ordered."""
    bad = make_order(people.ov, people.paul, name="co.uk")

    with django_capture_on_commit_callbacks(execute=True):
        processing.sweep_orders()

    order.refresh_from_db()
    assert order.status == Status.ISSUED
    assert codes(bad) == ["name"]


def test_a_long_name_is_issued_and_mailed(ca, people):
    make_domain(people.ov)
    name = ".".join(["a" * 60, "b" * 60, "c" * 60, "example.com"])

    assert issue(make_order(people.ov, people.paul, name=name)) is not None


def test_an_ev_order_asks_the_vetting_team_to_upgrade_the_domain(ca, people, django_capture_on_commit_callbacks):
    profile = make_ev_profile(people.company, primary=people.paul)
    domain = make_domain(profile, level=Level.OV)
    order = submit(profile, people.paul)
    assert codes(order) == ["domain-upgrading"]

    with django_capture_on_commit_callbacks(execute=True):
        vetting.approve(domain, source="Called the owner.", by=people.vera)

    order.refresh_from_db()
    domain.refresh_from_db()
    assert (order.status, domain.level, domain.status) == (Status.ISSUED, Level.EV, DomainStatus.READY)


def test_an_upgrade_that_is_declined_leaves_the_domain_ready_for_ov(people):
    profile = make_ev_profile(people.company, primary=people.paul)
    domain = make_domain(profile, level=Level.OV)
    order = submit(profile, people.paul)

    vetting.decline(domain, reason="Not enough evidence.", by=people.vera)

    domain.refresh_from_db()
    assert (domain.level, domain.status) == (Level.OV, DomainStatus.READY)
    assert codes(order) == ["domain-ready"]


def test_the_mail_carries_the_certificate(ca, order):
    certificate = issue(order)

    file = OutgoingMail.objects.get(key=f"certificate-issued:{order.pk}").attachments.get()
    assert file.name == "www.example.com.crt"
    assert x509.load_pem_x509_certificate(bytes(file.content)) == certificate.x509


def test_a_process_without_the_keys_issues_nothing(ca, order):
    with override_settings(CA_KEYS="", CA_PASSPHRASE_FILE=""):
        from certificates import keyroom

        keyroom.store.cache_clear()
        keyroom.key.cache_clear()
        with pytest.raises(ImproperlyConfigured):
            issue(order)

    assert Order.objects.get().status == Status.PENDING
    assert not Certificate.objects.exists()


def test_a_canceled_order_is_not_issued(ca, order, people):
    requests.cancel_order(order, by=people.paul)

    assert issue(order) is None
    assert not Certificate.objects.exists()


def test_an_issued_order_cannot_be_canceled(ca, order, people):
    issue(order)

    with pytest.raises(requests.MovedOn):
        requests.cancel_order(order, by=people.paul)


def test_what_the_linter_refuses_goes_to_the_vetting_team(ca, people):
    """A profile whose country is no country: the CA does not sign it, and somebody hears of it."""
    people.ov.country = "G1"
    people.ov.save()
    make_domain(people.ov)
    order = make_order(people.ov, people.paul)

    issue(order)

    order.refresh_from_db()
    assert (order.status, order.hold) == (Status.PENDING, Hold.LINT)
    assert codes(order) == ["vetting"]
    assert not Certificate.objects.exists()


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (DomainStatus.PENDING, "domain-pending"),
        (DomainStatus.DECLINED, "domain-declined"),
        (DomainStatus.SUSPENDED, "domain-suspended"),
        (DomainStatus.EXPIRED, "domain-expired"),
    ],
)
def test_an_order_waits_for_its_domain_and_says_so(people, status, code):
    make_domain(people.ov, status=status)

    assert codes(make_order(people.ov, people.paul)) == [code]


@pytest.mark.parametrize(
    "status", [DomainStatus.READY, DomainStatus.EXPIRING, DomainStatus.RE_VETTING, DomainStatus.UPGRADING]
)
def test_a_domain_that_is_confirmed_is_not_in_the_way(people, status):
    make_domain(people.ov, status=status)
    order = make_order(people.ov, people.paul)

    caa_checks.check(order)

    assert codes(order) == []


def test_a_domain_of_another_profile_covers_nothing(people):
    make_domain(people.foreign_ov)

    assert codes(make_order(people.ov, people.paul)) == ["domain-missing"]


def test_an_ov_domain_does_not_cover_an_ev_order(people):
    profile = make_ev_profile(people.company, primary=people.paul)
    make_domain(profile, level=Level.OV)

    order = make_order(profile, people.paul)

    assert codes(order) == ["domain-ready"]
    assert blockers.blockers(order)[0].says == "example.com is not vetted to EV."


@pytest.mark.parametrize("status", [ProfileStatus.PENDING, ProfileStatus.SUSPENDED, ProfileStatus.EXPIRED])
def test_an_order_waits_for_its_profile(people, status):
    people.ov.status = status
    people.ov.save()
    make_domain(people.ov)

    assert codes(make_order(people.ov, people.paul)) == ["profile"]


def test_all_that_is_missing_is_told_at_once(people):
    people.ov.status = ProfileStatus.SUSPENDED
    people.ov.save()
    make_domain(people.ov, status=DomainStatus.EXPIRED)

    order = make_order(people.ov, people.paul, sans=["www.example.org"], hold=Hold.NAMES)

    assert codes(order) == ["profile", "domain-expired", "domain-missing", "vetting"]


def test_the_order_goes_on_by_itself_when_its_domain_is_confirmed(ca, people, django_capture_on_commit_callbacks):
    domain = make_domain(people.ov, status=DomainStatus.PENDING)
    make_attempt(domain)
    order = make_order(people.ov, people.paul)

    with django_capture_on_commit_callbacks(execute=True):
        vetting.approve(domain, source="Called the owner.", by=people.vera)

    order.refresh_from_db()
    assert order.status == Status.ISSUED


def test_the_sweep_leaves_what_is_planned_to_the_ca_worker_and_tells_it_again(ca, order, commits):
    plan(order)

    with commits():
        assert processing.sweep_orders() == 0

    order.refresh_from_db()
    assert order.status == Status.ISSUED


def test_an_order_that_could_not_be_signed_is_swept_again(ca, order, people, commits):
    plan(order)
    suspend(people.ov)
    assert sign(order) is None
    people.ov.status = ProfileStatus.READY
    people.ov.save()

    with commits():
        assert processing.sweep_orders() == 1

    order.refresh_from_db()
    assert order.status == Status.ISSUED


def test_the_sweep_finds_an_order_whose_message_was_lost(ca, order, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        processing.sweep_orders()

    order.refresh_from_db()
    assert order.status == Status.ISSUED


def test_an_ev_certificate_says_who_stands_behind_it(ca, people):
    profile = make_ev_profile(people.company, primary=people.paul)
    make_domain(profile, level=Level.EV)
    order = make_order(profile, people.paul, ev_subject={
        "business_category": "Private Organization", "jurisdiction_country": "GB", "jurisdiction_state": "",
        "jurisdiction_locality": "", "registration_number": "01234567",
    })  # fmt: skip

    certificate = issue(order)

    text = subprocess.run(
        ["openssl", "x509", "-inform", "DER", "-noout", "-subject", "-nameopt", "RFC2253,sname"],
        input=bytes(certificate.der), capture_output=True, check=True,
    ).stdout.decode()  # fmt: skip
    for part in ("serialNumber=01234567", "businessCategory=Private Organization", "jurisdictionC=GB"):
        assert part in text


def test_a_certificate_past_its_end_is_expired(ca, order):
    issue(order)

    with time_machine.travel(order.certificate.not_after + timedelta(seconds=1), tick=False):
        assert processing.expire_certificates() == 1

    order.refresh_from_db()
    assert order.status == Status.EXPIRED
    assert processing.expire_certificates() == 0


def test_what_will_be_signed_is_written_down_first(ca, order):
    certificate = issue(order)

    issuance = Issuance.objects.get()
    assert (issuance.serial_number, issuance.dns_names) == (certificate.serial_number, certificate.dns_names)
    assert not [finding for finding in issuance.findings if finding["severity"] in {"ERROR", "FATAL"}]
