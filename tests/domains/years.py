"""A domain through its days: what is swept when, what became of it, and who was told."""

from datetime import UTC, datetime, timedelta

import time_machine

from domains import life
from domains.models import Domain
from domains.states import Method, Outcome
from profiles.notifications import expiry
from tests.factories import make_attempt, make_domain
from tests.letters import letters_to

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
REVET, END = 60, 90  # days after START
VALUE = "5f2d8a9c0b1e4f7a6d3c2b1a0f9e8d7c6b5a4938"
HOST = "_sslportal-challenge.example.com"

EXPIRED = "example.com has expired"
TIMED_OUT = "example.com was not confirmed in time"
GONE = "The DNS record of example.com is gone"
CONFIRMED = "example.com is confirmed"


def at(days, seconds=0):
    return time_machine.travel(START + timedelta(days=days, seconds=seconds), tick=False)


def sweep(*days, seconds=0):
    for day in days:
        with at(day, seconds):
            life.sweep()
            expiry.sweep()


def expires(days, name="example.com"):
    """The reminder when so many days are left."""
    return f"The confirmation of {name} " + (f"expires in {days} days" if days > 1 else "expires tomorrow")


def confirmed(profile, name="example.com", **fields):
    """A domain that was confirmed by mail 398 days before its end."""
    dates = {
        "confirmed_at": START + timedelta(days=END - 398),
        "revet_at": START + timedelta(days=REVET),
        "expires_at": START + timedelta(days=END),
    }
    return make_domain(profile, name, **(dates | fields))


def confirmed_by_record(profile, name="example.com", *, value=VALUE, **fields):
    """A domain whose DNS record was found at START."""
    domain = confirmed(profile, name, method=Method.DNS, **fields)
    proof = {"status": Outcome.APPROVED, "proved_by": Method.DNS, "proved_at": START}
    make_attempt(domain, method=Method.DNS, value=value, created_at=START, **proof)
    return domain


def begun(domain, day, *, method=Method.MAIL, **fields):
    """An attempt for the domain, which was begun on the day and may be answered within 14 days."""
    begins = START + timedelta(days=day)
    values = {"created_at": begins, "expires_at": begins + timedelta(days=14), "address": "admin@example.com"}
    return make_attempt(domain, method=method, **(values | fields))


def status(domain):
    return Domain.objects.get(pk=domain.pk).status


def subjects(address="paul@example.com"):
    return [letter.subject for letter in letters_to(address)]


def told(address="paul@example.com"):
    """On which day after START, and what."""
    return [((letter.created_at - START).days, letter.subject) for letter in letters_to(address)]
