"""The revocation lists: who stands on which, why and for how long, and when they are made anew."""

import contextlib
from datetime import timedelta

import pytest
import time_machine
from cryptography import x509
from cryptography.x509 import ReasonFlags
from django.conf import settings as django_settings
from django.db import transaction
from django.utils import timezone

from certificates import tasks
from certificates.actions import caa_checks, revocation
from certificates.models import Certificate, CertificateAuthority, Crl, Revocation, StatusChange
from certificates.states import Reason
from certificates.trust import lists
from certificates.trust.models import Service
from tests import stranger
from tests.factories import make_domain, make_order, plan, sign

DAY = timedelta(days=1)


def value(crl, kind):
    return crl.extensions.get_extension_for_class(kind).value


def reason_of(entry):
    """The reason that stands in the entry, None where none does."""
    with contextlib.suppress(x509.ExtensionNotFound):
        return entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    return None


def publish():
    """As the worker does until nothing is left."""
    while lists.publish_list():
        pass


def list_named_by(certificate):
    (point,) = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    return point.full_name[0].value


# What a list says


def test_the_list_is_there_as_soon_as_a_certificate_names_it(order, issuer):
    crl = stranger.get_list()

    assert len(crl) == 0
    assert crl.is_signature_valid(issuer.public_key())
    assert crl.issuer == issuer.subject
    assert value(crl, x509.AuthorityKeyIdentifier).key_identifier == (
        issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    )


def test_a_list_says_which_it_is_and_for_whom(order):
    point = stranger.get_list().extensions.get_extension_for_class(x509.IssuingDistributionPoint)

    assert point.critical
    assert [name.value for name in point.value.full_name] == [list_named_by(order.certificate.x509)]
    assert (point.value.only_contains_user_certs, point.value.only_contains_ca_certs) == (True, False)
    assert not any((point.value.indirect_crl, point.value.only_some_reasons, point.value.only_contains_attribute_certs))


def test_a_list_is_of_now_and_good_for_four_days(order):
    crl = stranger.get_list()

    assert timedelta(0) <= timezone.now() - crl.last_update_utc < timedelta(minutes=1)
    assert crl.next_update_utc - crl.last_update_utc == timedelta(days=4)


@pytest.mark.parametrize(("reason", "flag"), [
    (Reason.INACCURATE, ReasonFlags.privilege_withdrawn),
    (Reason.CHANGED, ReasonFlags.affiliation_changed),
    (Reason.KEY, ReasonFlags.key_compromise),
    (Reason.OWNERSHIP, ReasonFlags.cessation_of_operation),
    (Reason.UNAUTHORIZED, ReasonFlags.privilege_withdrawn),
    (Reason.OTHER, None),
])  # fmt: skip
def test_revoked_since_when_and_why(order, people, reason, flag):
    revocation.revoke_order(order, reason=reason, detail="Because.", by=people.paul)
    publish()

    (entry,) = stranger.get_list()
    assert f"{entry.serial_number:X}" == order.serial_number
    assert entry.revocation_date_utc == Revocation.objects.get().since.replace(microsecond=0)
    assert reason_of(entry) == flag
    assert not any(extension.critical for extension in entry.extensions)


def test_each_list_has_a_higher_number(order, people):
    numbers = [stranger.list_number(stranger.get_list())]
    for change in (revocation.mark_unused, revocation.restore_order):
        change(order, by=people.paul)
        publish()
        numbers.append(stranger.list_number(stranger.get_list()))

    assert numbers == sorted(set(numbers))


def test_a_list_after_a_restore_of_the_database_has_a_higher_number_than_before(order, people):
    backup = Crl.objects.values().get()
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        revocation.mark_unused(order, by=people.paul)
        publish()
        lost = stranger.list_number(stranger.get_list())

    Crl.objects.update(**backup)
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        publish_again(order)

    assert stranger.list_number(stranger.get_list()) > lost


def publish_again(order):
    StatusChange.of(order.certificate, Service.CRL).save()
    publish()


def test_a_certificate_on_hold_and_off_again(order, people):
    revocation.mark_unused(order, by=people.paul)
    publish()
    held = stranger.entry_of(order, stranger.get_list())
    revocation.restore_order(order, by=people.paul)
    publish()

    assert reason_of(held) == ReasonFlags.certificate_hold
    assert len(stranger.get_list()) == 0


def test_a_certificate_revoked_out_of_a_hold_is_so_since_the_hold(order, people):
    revocation.mark_unused(order, by=people.paul)
    publish()
    held = stranger.entry_of(order, stranger.get_list())

    revocation.revoke_order(order, reason=Reason.OWNERSHIP, by=people.paul)
    publish()

    (entry,) = stranger.get_list()
    assert reason_of(entry) == ReasonFlags.cessation_of_operation
    assert entry.revocation_date_utc == held.revocation_date_utc


def test_a_key_found_compromised_later_is_the_reason_from_then_on(order, people):
    revocation.revoke_order(order, reason=Reason.OWNERSHIP, by=people.paul)
    publish()

    revocation.report_key(order, reason="It is on a public page.", by=people.vera)
    publish()

    assert [reason_of(entry) for entry in stranger.get_list()] == [ReasonFlags.key_compromise]


# When it is published


def test_a_revocation_is_on_the_list_by_the_message_of_its_commit(order, people, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        revocation.revoke_order(order, reason=Reason.CHANGED, by=people.paul)

    assert stranger.entry_of(order, stranger.get_list())
    assert not StatusChange.objects.exists()


def test_where_the_message_is_lost_the_sweep_finds_the_revocation(order, people):
    revocation.revoke_order(order, reason=Reason.CHANGED, by=people.paul)

    tasks.publish_changes()

    assert stranger.entry_of(order, stranger.get_list())


def test_a_revocation_that_is_rolled_back_was_none(order, people):
    first = stranger.get_list()

    with pytest.raises(RuntimeError), transaction.atomic():
        revocation.revoke_order(order, reason=Reason.KEY, by=people.paul)
        raise RuntimeError
    publish()

    assert stranger.get_list() == first


def test_many_changes_make_one_list(make_issued, people):
    orders = [make_issued(f"{name}.example.com") for name in ("one", "two", "three")]
    for order in orders:
        revocation.revoke_order(order, reason=Reason.KEY, by=people.paul)

    lists.publish_list()

    crl = stranger.get_list()
    assert all(stranger.entry_of(order, crl) for order in orders)
    assert lists.publish_list() is False


def test_without_changes_there_is_nothing_to_publish(order):
    first = stranger.ask("/pki/crl/issuing-1.crl")

    assert lists.publish_list() is False
    assert stranger.ask("/pki/crl/issuing-1.crl").content == first.content


def test_a_ca_that_lost_its_key_keeps_no_other_back(make_issued, people, lose_key):
    lost, order = make_issued("shop.example.com"), make_issued()
    lose_key(lost)
    for one in (lost, order):
        revocation.revoke_order(one, reason=Reason.KEY, by=people.paul)

    publish()

    assert stranger.entry_of(order, stranger.get_list())


# Shards


@pytest.fixture
def short_lists(settings):
    settings.CRL_ENTRIES = 1


def test_each_certificate_is_on_the_list_that_it_names(short_lists, make_issued, people):
    orders = [make_issued(f"{name}.example.com") for name in ("one", "two")]
    named = [list_named_by(order.certificate.x509) for order in orders]
    for order in orders:
        revocation.revoke_order(order, reason=Reason.KEY, by=people.paul)
    publish()

    assert named == [f"http://pki.example.com/pki/crl/issuing-1-{order.pk}.crl" for order in orders]
    for order, url in zip(orders, named, strict=True):
        crl = stranger.get_list(f"issuing-1-{order.pk}")
        assert [f"{entry.serial_number:X}" for entry in crl] == [order.serial_number]
        assert [name.value for name in value(crl, x509.IssuingDistributionPoint).full_name] == [url]


def test_the_list_of_a_new_shard_is_there_with_its_first_certificate(short_lists, order):
    crl = stranger.get_list(f"issuing-1-{order.pk}")

    assert len(crl) == 0
    assert stranger.ask("/pki/crl/issuing-1.crl").status == 404  # nobody names it yet


def test_the_first_shards_list_has_no_number_in_its_name(settings, order):
    assert order.certificate.crl_shard == 0
    assert list_named_by(order.certificate.x509) == "http://pki.example.com/pki/crl/issuing-1.crl"


def test_a_revocation_leaves_the_lists_of_others_alone(short_lists, make_issued, people):
    one, other = make_issued("one.example.com"), make_issued("two.example.com")
    first = stranger.get_list(f"issuing-1-{other.pk}")

    revocation.revoke_order(one, reason=Reason.KEY, by=people.paul)
    publish()

    assert stranger.get_list(f"issuing-1-{other.pk}") == first


def test_the_setting_changes_nothing_for_those_issued_before(short_lists, order, people, settings):
    settings.CRL_ENTRIES = 10_000
    revocation.revoke_order(order, reason=Reason.KEY, by=people.paul)
    publish()

    assert stranger.entry_of(order, stranger.get_list(f"issuing-1-{order.pk}"))


def test_a_plan_that_waits_keeps_its_list(people, ca, dns_server, settings):
    make_domain(people.ov)
    order = make_order(people.ov, people.stan)
    settings.CRL_ENTRIES = 1
    caa_checks.check(order)
    plan(order)
    settings.CRL_ENTRIES = 10_000

    certificate = sign(order)

    assert list_named_by(certificate.x509).endswith(f"/issuing-1-{order.pk}.crl")
    assert len(stranger.get_list(f"issuing-1-{order.pk}")) == 0


# The end of a certificate, and of a list


def test_an_entry_stays_for_one_list_after_the_end_of_its_certificate(order, people):
    revocation.revoke_order(order, reason=Reason.KEY, by=people.paul)
    publish()
    made = stranger.get_list().last_update_utc
    Certificate.objects.filter(order=order).update(not_after=made + timedelta(hours=1))

    seen = []
    for days in (2, 4, 6):
        with time_machine.travel(made + days * DAY):
            renew_all()
            seen.append(stranger.entry_of(order, stranger.get_list()) is not None)

    assert seen == [True, False, False]  # RFC 5280, 3.3


def renew_all():
    while lists.renew_list():
        pass


def test_the_list_of_a_shard_ends_when_nobody_is_left_to_name_it(short_lists, order, people):
    name, made = f"issuing-1-{order.pk}", stranger.get_list(f"issuing-1-{order.pk}").last_update_utc
    Certificate.objects.filter(order=order).update(not_after=made + timedelta(hours=1))

    seen = []
    for days in (2, 4, 6):
        with time_machine.travel(made + days * DAY, tick=False):
            renew_all()
            seen.append(stranger.get_list(name).last_update_utc)

    assert seen == [made + 2 * DAY] * 3


def test_a_certificate_that_has_ended_is_revoked_to_nobody(order, people):
    made = stranger.get_list().last_update_utc
    revocation.revoke_order(order, reason=Reason.OWNERSHIP, by=people.paul)
    Certificate.objects.filter(order=order).update(not_after=made - 2 * DAY)
    publish()

    assert len(stranger.get_list()) == 0


# Renewal


def test_a_list_is_made_anew_each_day(order):
    first = stranger.get_list()

    with time_machine.travel(first.last_update_utc + timedelta(hours=23)):
        renew_all()
        early = stranger.get_list()
    with time_machine.travel(first.last_update_utc + timedelta(hours=25), tick=False):
        renew_all()
        late = stranger.get_list()

    assert early == first
    assert stranger.list_number(late) > stranger.list_number(first)
    assert late.last_update_utc == first.last_update_utc + timedelta(hours=25)


def test_the_sweep_makes_the_first_lists_of_all_cas(ca):
    assert not Crl.objects.exists()

    tasks.renew_status()

    assert {str(crl) for crl in Crl.objects.all()} == {"root-1", "policy-1", "issuing-1"}


@pytest.mark.parametrize("place", [0, 1])
def test_a_list_of_cas_is_of_now_and_good_for_three_months(ca, place):
    renew_all()

    crl = stranger.get_list(ca.made[place].name)
    assert crl.is_signature_valid(ca.made[place].certificate.public_key())
    assert timedelta(0) <= timezone.now() - crl.last_update_utc < timedelta(minutes=1)
    assert crl.next_update_utc - crl.last_update_utc == timedelta(days=90)
    assert len(crl) == 0


def test_the_policy_cas_list_is_about_cas_only(ca):
    renew_all()

    point = value(stranger.get_list("policy-1"), x509.IssuingDistributionPoint)
    assert [name.value for name in point.full_name] == [list_named_by(ca.made[-1].certificate)]
    assert (point.only_contains_user_certs, point.only_contains_ca_certs) == (False, True)


def test_the_roots_list_is_about_all_that_it_signed(ca):
    renew_all()

    assert [type(extension.value) for extension in stranger.get_list("root-1").extensions] == [
        x509.AuthorityKeyIdentifier,
        x509.CRLNumber,
    ]


def test_a_list_of_cas_is_at_the_address_that_they_name(ca):
    renew_all()

    for issuing_ca in ca.made[1:]:
        name = list_named_by(issuing_ca.certificate).removeprefix("http://pki.example.com/pki/crl/")
        assert stranger.get_list(name.removesuffix(".crl")).issuer == issuing_ca.certificate.issuer


def test_a_list_of_cas_is_made_anew_each_month(ca):
    renew_all()
    made = stranger.get_list("root-1").last_update_utc

    seen = []
    for days in (29, 31):
        with time_machine.travel(made + days * DAY, tick=False):
            renew_all()
            seen.append({stranger.get_list(f"{role}-1").last_update_utc for role in ("root", "policy")})

    assert seen == [{made}, {made + 31 * DAY}]


def test_of_a_ca_whose_key_is_elsewhere_no_list_is_made(own_keys):
    (own_keys / "root-1.pem").unlink()

    renew_all()

    assert {str(crl) for crl in Crl.objects.all()} == {"policy-1", "issuing-1"}


def test_of_a_ca_that_has_ended_no_list_is_made(ca):
    CertificateAuthority.objects.filter(name="issuing-1").update(not_after=timezone.now() - DAY)

    renew_all()

    assert {str(crl) for crl in Crl.objects.all()} == {"root-1", "policy-1"}


def test_the_sweep_comes_often_enough():
    sweeps = {entry["task"]: entry["schedule"] for entry in django_settings.CELERY_BEAT_SCHEDULE.values()}

    assert sweeps["certificates.tasks.publish_changes"] <= 60  # seconds from a revocation to its list
    assert timedelta(seconds=sweeps["certificates.tasks.renew_status"]) <= lists.LIVES - lists.RENEWED_AFTER
    assert timedelta(days=7) >= lists.RENEWED_AFTER  # BR 4.9.7
    assert timedelta(days=365) >= lists.CA_LIVES > lists.CA_RENEWED_AFTER
