"""The demo's request portal, and a request that came in by it."""

import uuid
from dataclasses import asdict
from datetime import timedelta

from accounts.models import Administrator
from certificates.actions.requests import Wanted
from certificates.outside import limits, visits
from certificates.outside.actions import portals, requests
from sslportal.kit import clock

OLGA = "olga@hosting.example"


def create(wanted: Wanted, *, by: Administrator) -> None:
    """The portal is on for the profile of what is wanted; Olga, who runs servers for the company, has asked for it."""
    profile = wanted.profile
    profile.in_request_portal = True
    profile.save(update_fields=["in_request_portal"])
    with clock.at(clock.now() - timedelta(hours=3)):
        portal = portals.enable(by.own_account, contact="it@example.com", by=by)
        portals.edit(portal, header="Certificates for Example Corporation", by=by)
        visit, _key = visits.begin(portal, is_by_link=True, is_proved=True, **asdict(limits.source_of(OLGA)))
        requests.submit(wanted, visit, submission=uuid.uuid4())
