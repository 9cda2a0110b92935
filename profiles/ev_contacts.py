"""What is asked of requests to upgrade a profile to EV."""

from datetime import timedelta
from typing import Any

from django.db.models import CharField, Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Concat

from profiles.models import EvRequest, OrganizationProfile
from profiles.states import Status
from sslportal.kit import clock
from sslportal.kit.models import OutgoingMail

SHOWN = (EvRequest.Status.SIGNING, EvRequest.Status.VETTING, EvRequest.Status.APPROVED)
COPY = "profile-ev-terms-accepted"  # the mail with the copy has this key and the number of the request


LOST_FOR = timedelta(days=7)  # a copy that is not mailed by then will not be: old mail may have been cleared away


def awaiting_signer(profile: OrganizationProfile) -> EvRequest | None:
    """The profile's request that the contract signer has not answered yet."""
    return profile.ev_requests.filter(status=EvRequest.Status.SIGNING).select_related("signer", "approver").first()


def ev_contacts(profile: OrganizationProfile) -> dict[str, Any]:
    """For profiles/_ev_contacts.html: the newest request that stands, and whether it waits for the signer."""
    newest = profile.ev_requests.filter(status__in=SHOWN).select_related("signer", "approver", "requester").last()
    awaits = newest is not None and newest.status == EvRequest.Status.SIGNING and profile.status == Status.UPGRADING
    return {"request": newest, "awaits_signer": awaits}


def without_copy() -> QuerySet[EvRequest]:
    """Requests that were accepted lately and whose copy was not mailed."""
    key = Concat(Value(f"{COPY}:"), Cast(OuterRef("pk"), CharField()))
    accepted = EvRequest.objects.exclude(terms_version="").filter(answered_at__gt=clock.now() - LOST_FOR)
    return accepted.filter(~Exists(OutgoingMail.objects.filter(key=key))).order_by("pk")
