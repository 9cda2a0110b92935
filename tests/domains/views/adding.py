"""The pages of adding domains as a person sends them, for the tests of it."""

from datetime import timedelta

from accounts.models import Subscription
from domains.models import Domain
from sslportal.kit import clock
from tests.wizard import send

LIST = "/domains/"
ADD = "/domains/add/"


def start(client, people, names, *, profile=None, level="OV", **more):
    """Send the first page; what comes next."""
    return send(client, ADD, {"profile": (profile or people.ov).pk, "level": level, "names": names, **more})


def heading(page):
    return str(page.context["step"].title)


def says(page):
    return [str(message) for message in page.context["messages"]]


def refused(page):
    return {line.typed: line.code for line in page.context["refused"]}


def subscribe(account, domains):
    today = clock.now().date()
    day = timedelta(days=1)
    Subscription.objects.create(account=account, product="SSL", domains=domains, starts_on=today, ends_on=today + day)


def ways():
    return {domain.name: domain.attempts.get().method for domain in Domain.objects.all()}
