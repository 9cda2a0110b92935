"""Reminders of the ends of domains: from the re-vetting date on, at the moments that the profile has chosen (D11, I4)."""

from datetime import timedelta

import pytest

from domains import life
from domains.actions import outcome
from domains.models import Domain
from domains.states import Method, Status
from profiles.notifications import expiry
from profiles.notifications.models import Notice
from sslportal.kit import clock
from sslportal.kit.models import OutgoingMail
from tests.factories import make_attempt, make_domain

KIND = "domain-expiring"


pytestmark = pytest.mark.usefixtures("noon")


def sweep(*, after=timedelta(0)):
    with clock.at(clock.now() + after):
        life.sweep()
        expiry.sweep()
    return Notice.objects.filter(kind=KIND).count()


@pytest.fixture
def domain(people):
    """With 20 days left; the profile reminds 90, 30 and 7 days before."""
    now = clock.now()
    dates = {
        "confirmed_at": now - timedelta(days=180),
        "expires_at": now + timedelta(days=20, hours=1),
        "revet_at": now,
    }
    return make_domain(people.ov, "ends.example", requester=people.stan, **dates)


def test_people_hear_of_it_at_the_re_vetting_date_and_at_each_moment_after_it(domain):
    counts = [sweep(after=timedelta(days=days)) for days in (0, 0, 10, 13.3, 13.4, 19.3, 20)]

    assert counts == [1, 1, 1, 2, 2, 3, 4]


def test_the_first_word_comes_though_no_moment_has_been_reached(people, domain):
    people.ov.expiry_days = [7]
    people.ov.save()

    assert [sweep(), sweep()] == [1, 1]


def test_the_requester_the_primaries_and_the_profiles_list_get_mail(people, domain):
    people.ov.domain_recipients = ["dns@example.com"]
    people.ov.save()

    sweep()

    to = OutgoingMail.objects.filter(key__startswith=KIND).values_list("to", flat=True)
    assert sorted(to) == ["dns@example.com", "paul@example.com", "stan@example.com"]


def test_who_has_declined_is_not_reminded(domain):
    sweep()
    Domain.objects.update(no_reminders=True)

    assert sweep(after=timedelta(days=14)) == 1


def test_after_another_confirmation_its_end_is_told_of_anew(domain):
    sweep()
    Domain.objects.update(
        status=Status.READY, expires_at=clock.now() + timedelta(days=200), revet_at=clock.now() + timedelta(days=190)
    )

    assert sweep(after=timedelta(days=191)) == 2


def test_nobody_is_reminded_of_what_a_dns_record_may_confirm_again_until_the_last_week(people):
    end = clock.now() + timedelta(days=20)
    domain = make_domain(
        people.ov, "record.example", status=Status.EXPIRING, method=Method.DNS, expires_at=end, look_again_at=end
    )
    make_attempt(domain, method=Method.DNS)

    with clock.at(clock.now() + timedelta(days=12)):
        expiry.sweep()
        early = Notice.objects.count()
    with clock.at(clock.now() + timedelta(days=14)):
        expiry.sweep()

    assert (early, Notice.objects.count()) == (0, 1)


def test_domains_confirmed_on_one_day_are_told_of_in_one_mail(people):
    """They become Expiring at the same midnight, however the hours were spread when they were confirmed."""
    begin = clock.now().replace(hour=6, minute=0, second=0, microsecond=0)
    for number in range(6):
        with clock.at(begin + timedelta(hours=2 * number)):
            domain = make_domain(people.ov, f"host-{number}.example", status=Status.PENDING)
            attempt = make_attempt(domain, method=Method.MAIL, address="admin@example.com")
            outcome.confirm(domain, attempt, proved_by=Method.MAIL, at=clock.now())
    revet = Domain.objects.values_list("revet_at", flat=True).distinct()
    OutgoingMail.objects.all().delete()

    sweep(after=revet[0] - clock.now() + timedelta(minutes=1))

    assert len(revet) == 1
    (mail,) = OutgoingMail.objects.all()
    assert mail.subject == "6 certificates, domains or profiles expire"
