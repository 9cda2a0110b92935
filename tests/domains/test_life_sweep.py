"""The sweep of domains: once, one by one, and in whose words."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from domains import life, tasks
from domains.models import Attempt, Check, Domain
from domains.states import Status
from profiles.notifications import expiry
from profiles.tasks import remind_of_ends
from sslportal.kit.models import HistoryEntry, OutgoingMail
from tests.domains.years import (
    END,
    REVET,
    START,
    VALUE,
    at,
    begun,
    confirmed,
    confirmed_by_record,
    expires,
    subjects,
    sweep,
)
from tests.factories import make_domain, make_people, make_profile
from tests.letters import letters_to

# Once, and one by one


def make_a_bit_of_everything(profile, dns_server):
    """Something for each part of the sweep of day 62."""
    confirmed(profile, "expiring.example.com")
    confirmed(profile, "reminded.example.com", status=Status.EXPIRING, expires_at=START + timedelta(days=65))
    confirmed(profile, "expired.example.com", expires_at=START + timedelta(days=61))
    confirmed_by_record(profile, "there.example.com")
    confirmed_by_record(profile, "gone.example.com")
    begun(make_domain(profile, "new.example.com", status=Status.PENDING), 40)
    dns_server.zone["TXT", "_sslportal-challenge.there.example.com"] = [VALUE]


AFTERWARDS = {
    "expiring.example.com": Status.EXPIRING,
    "reminded.example.com": Status.EXPIRING,
    "expired.example.com": Status.EXPIRED,
    "there.example.com": Status.READY,
    "gone.example.com": Status.EXPIRING,
    "new.example.com": Status.PENDING,
}


def statuses():
    return dict(Domain.objects.values_list("name", "status"))


def written():
    """How much there is of all that a sweep writes."""
    return [model.objects.count() for model in (OutgoingMail, HistoryEntry, Attempt, Check)]


def sweep_all():
    tasks.sweep_domains()
    remind_of_ends()


def test_a_second_sweep_does_nothing_more(people, dns_server):
    make_a_bit_of_everything(people.ov, dns_server)

    with at(62):
        sweep_all()
        once = written()
        sweep_all()

    assert statuses() == AFTERWARDS
    assert written() == once
    assert once[0] == 6  # a mail to paul for each


def test_a_broken_row_does_not_keep_the_others(people, dns_server, caplog):
    """One whose profile has a recipient that is no address, which no form takes. It comes first."""
    broken = make_profile(people.company, "Broken", primary=people.paul, domain_recipients=[None])
    dates = {"revet_at": START + timedelta(days=70), "expires_at": START + timedelta(days=61)}
    confirmed(broken, "broken.example.com", **dates)
    make_a_bit_of_everything(people.ov, dns_server)

    sweep(62)

    assert statuses() == {"broken.example.com": Status.READY, **AFTERWARDS}
    assert [record.getMessage() for record in caplog.records if record.name == "domains.life"] == [
        "The sweep could not deal with broken.example.com"
    ]


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_say_it_once(dns_server):
    people = make_people()
    now = datetime.now(UTC)
    soon, past = now + timedelta(days=20), now - timedelta(days=1)
    for number in range(4):
        confirmed(people.ov, f"expiring{number}.example.com", revet_at=past, expires_at=soon)
        confirmed(people.ov, f"expired{number}.example.com", revet_at=past, expires_at=past)
        begun(make_domain(people.ov, f"new{number}.example.com", status=Status.PENDING), 0, expires_at=past)
        confirmed_by_record(people.ov, f"gone{number}.example.com", revet_at=past, expires_at=soon)
    together = threading.Barrier(2)

    def run():
        try:
            together.wait()
            life.sweep()
            expiry.sweep()
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _thread in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(subjects()) == sorted(
        subject
        for number in range(4)
        for subject in (
            expires(20, f"expiring{number}.example.com"),
            f"expired{number}.example.com has expired",
            f"The DNS record of gone{number}.example.com is gone",
            f"new{number}.example.com was not confirmed in time",
        )
    )
    verbs = HistoryEntry.objects.filter(subject_type="domain").values_list("verb", flat=True)
    assert sorted(verbs) == ["expire"] * 4 + ["expiring"] * 8 + ["record_gone"] * 4 + ["time_out"] * 4
    assert Check.objects.count() == 4


# In whose words


def test_mails_are_in_the_profiles_language(people, dns_server):
    people.ov.language = "ja"
    people.ov.save()
    confirmed(people.ov)
    confirmed_by_record(people.ov, "gone.example.com")
    begun(make_domain(people.ov, "new.example.com", status=Status.PENDING), 40)

    sweep(62, END)

    letters = letters_to("paul@example.com")
    assert [letter.language for letter in letters] == ["ja"] * len(letters)
    assert [letter.key.partition(":")[0] for letter in letters if "2027年1月31日" in letter.text] == [
        "domain-record-gone",
        "domain-expiring",
        "domain-expired",
        "domain-expired",
    ]
    assert "Jan." not in "".join(letter.subject + letter.text for letter in letters)


def test_the_end_is_told_in_the_time_zone_of_the_account(people):
    people.company.time_zone = "Asia/Tokyo"
    people.company.save()
    confirmed(people.ov, expires_at=START.replace(hour=20) + timedelta(days=END))  # the next day there

    sweep(REVET)

    text = letters_to("paul@example.com")[0].text
    assert "ends on Feb. 1, 2027." in text


def test_an_internationalized_name_is_told_in_both_forms(people):
    confirmed(people.ov, "xn--bcher-kva.com")

    sweep(REVET)

    assert subjects() == [expires(30, "xn--bcher-kva.com (bücher.com)")]
