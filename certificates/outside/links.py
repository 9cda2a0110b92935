"""Links in mail to people without an account: each leads back to their requests, once, for a month."""

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse

from sslportal.kit import tokens

if TYPE_CHECKING:
    from certificates.models import Order

RETURN = "request-portal-return"
COUNTS_FOR = timedelta(days=30)


def way_back(order: "Order") -> str:
    """A new link for whoever asked for the order; empty while the request portal is switched off, and leads nowhere."""
    portal = getattr(order.account, "request_portal", None)
    if portal is None or not portal.is_enabled or order.outsider_id is None:
        return ""
    token = tokens.issue(RETURN, order.outsider_id, COUNTS_FOR)
    return settings.PORTAL_URL + reverse("outside:return", args=[portal.slug, token])
