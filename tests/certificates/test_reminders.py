"""Reminders of the ends of certificates: when, to whom, once, and in one mail where they are many (C7, I3)."""

from datetime import timedelta

import icalendar
import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from certificates.actions import requests, revocation
from certificates.models import Order
from certificates.states import Kind, Reason, Status
from domains.states import Status as DomainStatus
from profiles.notifications import expiry, unsubscribing
from profiles.notifications.models import Notice
from profiles.states import Status as ProfileStatus
from sslportal.kit import clock
from sslportal.kit.models import OutgoingMail
from tests.factories import make_domain, make_issued, make_order, make_profile

KIND = "certificate-expiring"


def sweep(*, after=timedelta(0)):
    with clock.at(clock.now() + after):
        return expiry.sweep()


def notices():
    return list(Notice.objects.filter(kind=KIND).order_by("pk"))


def mails(**about):
    return list(OutgoingMail.objects.filter(key__startswith=KIND, **about).order_by("pk"))


def mailed_to():
    return sorted(mail.to for mail in mails())


@pytest.fixture
def order(people):
    """A certificate with 29 days left, of a profile that reminds 90, 30 and 7 days before."""
    return make_issued(people.ov, people.stan, days=365, age=336)


def make_renewal(order, status):
    return make_order(order.profile, order.requester, status=status, kind=Kind.RENEWAL, source=order)


def test_people_are_reminded_once_at_each_moment(order):
    counts = [sweep(), sweep(), sweep(after=timedelta(days=10)), sweep(after=timedelta(days=22, hours=1)), sweep()]

    assert counts == [1, 0, 0, 1, 0]


def test_the_notice_says_how_many_days_are_left_and_leads_to_renewing(order):
    sweep()

    (notice,) = notices()
    assert notice.subject == "The certificate for www.example.com expires in 29 days"
    assert (notice.profile, notice.priority) == (order.profile, "critical")
    assert notice.letter["action"] == ["Renew the certificate", f"http://localhost:8000/certificates/{order.pk}/renew/"]


def test_the_notice_is_there_in_both_languages(order):
    sweep()

    (notice,) = notices()
    assert set(notice.letters) == {"en", "ja"}
    assert "www.example.com" in notice.letters["ja"]["subject"]


def test_the_requester_the_orders_recipients_the_profiles_list_and_the_primaries_get_mail_each_once(people):
    people.ov.certificate_recipients = ["ops@example.com", "Paul@example.com"]
    people.ov.save()
    make_issued(people.ov, people.stan, age=336, recipients=["ops@example.com", "web@example.com"])

    sweep()

    assert mailed_to() == ["ops@example.com", "paul@example.com", "stan@example.com", "web@example.com"]


@pytest.mark.parametrize("copies", [True, False])
def test_the_approver_gets_mail_where_the_profile_says_so(people, copies):
    people.ov.copies_approver = copies
    people.ov.save()
    make_issued(people.ov, people.stan, age=336, approver=people.gina)

    sweep()

    assert ("gina@example.com" in mailed_to()) == copies


def test_who_has_left_gets_no_mail_not_even_by_a_list(people, order):
    order.recipients = ["stan@example.com", "web@example.com"]
    order.save()
    people.stan.status = "removed"
    people.stan.save()

    sweep()

    assert mailed_to() == ["paul@example.com", "web@example.com"]


def test_after_a_week_without_a_worker_one_mail_says_how_things_are(people):
    make_issued(people.ov, people.paul, days=365, age=355)  # all of 90, 30 and 10 days have passed

    sweep(after=timedelta(days=4))

    (mail,) = mails()
    assert mail.subject == "The certificate for www.example.com expires in 6 days"


def test_what_expired_while_the_portal_was_down_is_told_as_expired(people):
    make_issued(people.ov, people.paul, days=365, age=368, status=Status.EXPIRED)

    assert [sweep(), sweep()] == [1, 0]

    assert [mail.subject for mail in mails()] == ["The certificate for www.example.com has expired"]


@pytest.mark.parametrize("status", [Status.UNUSED, Status.REVOKED])
def test_nobody_is_reminded_of_what_is_set_aside_or_revoked(people, status):
    make_issued(people.ov, people.paul, age=336, status=status)

    assert sweep() == 0


def test_nobody_is_reminded_of_what_expired_unused(people):
    order = make_issued(people.ov, people.paul, age=366, status=Status.UNUSED)
    Order.objects.filter(pk=order.pk).update(status=Status.EXPIRED)

    assert sweep() == 0


@pytest.mark.parametrize(
    ("status", "reminded"),
    [(Status.APPROVE, 0), (Status.PENDING, 0), (Status.ISSUED, 0), (Status.CANCELED, 1), (Status.REJECTED, 1)],
)
def test_a_renewal_ends_the_reminders_unless_nothing_came_of_it(order, status, reminded):
    make_renewal(order, status)

    assert sweep() == reminded


def test_reminders_go_on_when_the_renewal_is_canceled(people, order):
    renewal = make_renewal(order, Status.APPROVE)
    sweep()

    requests.cancel_order(renewal, by=people.paul)

    assert sweep(after=timedelta(days=23)) == 1


def test_reminders_go_on_when_an_unused_certificate_is_restored(people, order):
    revocation.mark_unused(order, by=people.paul)
    sweep()

    revocation.restore_order(order, by=people.paul)

    assert sweep(after=timedelta(days=23)) == 1


def test_a_moment_that_is_chosen_later_counts(people, order):
    sweep()
    people.ov.expiry_days = [14]
    people.ov.save()

    assert sweep(after=timedelta(days=16)) == 1


def test_what_is_not_chosen_is_not_told(people, order):
    people.ov.expiry_days = []
    people.ov.save()

    counts = [sweep(after=timedelta(days=days)) for days in (0, 22, 27, 28, 29)]

    assert counts == [0, 0, 0, 1, 1]


def test_the_mail_carries_an_entry_for_the_calendar(order):
    sweep()

    file = mails(to="paul@example.com")[0].attachments.get()
    (event,) = icalendar.Calendar.from_ical(bytes(file.content)).walk("VEVENT")
    assert (file.name, file.content_type) == ("expiry.ics", "text/calendar")
    assert event["DTSTART"].dt == order.not_after.replace(microsecond=0)
    assert event["SUMMARY"] == "The certificate for www.example.com expires in 29 days"
    assert event["URL"] == f"http://localhost:8000/certificates/{order.pk}/renew/"


def test_who_has_unsubscribed_gets_no_mail_while_the_others_do(order):
    unsubscribing.unsubscribe("stan@example.com", f"order:{order.pk}")

    sweep()

    assert mailed_to() == ["paul@example.com"]


def test_the_mail_says_how_to_unsubscribe(order):
    sweep()

    assert all(mail.unsubscribe.startswith("http://localhost:8000/unsubscribe/") for mail in mails())


def test_five_on_a_day_are_a_mail_each(people):
    for number in range(5):
        make_issued(people.ov, people.paul, name=f"host-{number}.example.com", age=336)

    assert sweep() == 5

    assert mailed_to() == ["paul@example.com"] * 5


def test_more_than_five_on_a_day_are_one_mail_with_a_line_each(people):
    orders = [make_issued(people.ov, people.paul, name=f"host-{number}.example.com", age=336) for number in range(6)]

    assert sweep() == 6

    (mail,) = OutgoingMail.objects.all()
    assert mail.subject == "6 certificates, domains or profiles expire"
    for order in orders:
        assert order.common_name in mail.text
        assert f"http://localhost:8000/certificates/{order.pk}/renew/" in mail.text


def test_one_mail_lists_certificates_domains_and_profiles(people):
    soon = clock.now() + timedelta(days=20)
    make_profile(people.company, "Ends soon", primary=people.paul, status=ProfileStatus.EXPIRING, expires_at=soon)
    make_domain(people.ov, "ends.example", status=DomainStatus.EXPIRING, expires_at=soon)
    for number in range(4):
        make_issued(people.ov, people.paul, name=f"host-{number}.example.com", age=336)

    assert sweep() == 6

    (mail,) = OutgoingMail.objects.filter(to="paul@example.com")
    assert all(name in mail.text for name in ("Ends soon", "ends.example", "host-3.example.com"))


def test_of_more_than_a_hundred_the_mail_counts_the_rest(people):
    for number in range(103):
        make_issued(people.ov, people.paul, name=f"host-{number}.example.com", age=336)

    sweep()

    (mail,) = OutgoingMail.objects.all()
    assert "3 more are not listed here" in mail.text
    assert mail.text.count("/renew/") == 100


def test_each_person_has_a_pile_of_their_own(people):
    for number in range(6):
        recipients = ["web@example.com"] if number < 2 else []
        make_issued(people.ov, people.paul, name=f"host-{number}.example.com", age=336, recipients=recipients)

    sweep()

    assert sorted(OutgoingMail.objects.values_list("to", flat=True)) == [
        "paul@example.com", "web@example.com", "web@example.com",
    ]  # fmt: skip


def test_an_account_whose_ends_cannot_be_told_of_keeps_no_other_from_it(people, order):
    make_issued(people.foreign_ov, people.stranger, age=336)
    people.foreign_ov.expiry_days = ["soon"]
    people.foreign_ov.save()

    assert sweep() == 1


def test_what_failed_is_done_whole_the_next_time(people, order):
    broken = make_issued(
        make_profile(people.company, "Broken", primary=people.gina, expiry_days=["?"]), people.gina, age=336
    )
    assert sweep() == 0

    broken.profile.expiry_days = [30]
    broken.profile.save()

    assert sweep() == 2
    assert mailed_to() == ["gina@example.com", "paul@example.com", "stan@example.com"]


@pytest.mark.parametrize("count", [1, 30])
def test_queries_do_not_grow_with_what_is_due(people, count):
    for number in range(count):
        make_issued(people.ov, people.paul, name=f"host-{number}.example.com", age=336)

    with CaptureQueriesContext(
        connection,
    ) as captured:
        sweep()

    assert len(captured) < 40


def test_key_compromise_ends_reminders(people, order):
    revocation.revoke_order(order, reason=Reason.KEY, by=people.paul)

    assert sweep() == 0


@pytest.mark.parametrize(("zone", "days"), [("Pacific/Auckland", 7), ("America/Los_Angeles", 6)])
def test_the_order_and_its_reminder_count_the_same_days(people, sign_in, zone, days):
    """Six days and some hours, over a midnight in the one place more than in the other."""
    people.company.time_zone = zone
    people.company.save()
    people.ov.refresh_from_db()
    with time_machine.travel("2026-06-01T11:00:00Z", tick=False):
        order = make_issued(people.ov, people.paul, days=365, age=365 - 6.5)
        sweep()

        page = sign_in(people.paul).get(order.get_absolute_url()).content.decode()

    assert notices()[0].subject.endswith(f"expires in {days} days")
    assert f"{days} days" in page
