"""The copy of what a contract signer accepted: made by a worker, mailed to all who are named."""

import logging

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from profiles import ev_notices
from profiles.ev_contacts import without_copy
from profiles.ev_terms import language_of, version_of
from profiles.models import EvRequest
from sslportal.kit import pdf
from sslportal.kit.mail import File

log = logging.getLogger(__name__)

TEMPLATE = "profiles/ev/accepted_copy.html"


@transaction.atomic
def send(request: EvRequest) -> None:
    """Mail the copy, once however often this is called."""
    if without_copy().filter(pk=request.pk).exists():
        ev_notices.accepted(request, file_of(request))


def file_of(request: EvRequest) -> File:
    """The copy in the language in which the terms were read: a PDF, or its HTML where this machine makes no PDF."""
    name = f"ev-terms-{request.pk}"
    with override(language_of(request.terms_version)):
        try:
            return File(f"{name}.pdf", "application/pdf", pdf.render(TEMPLATE, _context(request)))
        except pdf.Unavailable as why:
            log.warning("The copy for EV request %s goes out as HTML: %s", request.pk, why)
            return File(f"{name}.html", "text/html", render_to_string(TEMPLATE, _context(request)).encode())


def _context(request: EvRequest) -> dict[str, object]:
    return {
        "brand": settings.PORTAL_BRAND,
        "language": get_language(),
        "ev_request": request,
        "profile": request.profile,
        "contacts": [(_("Certificate Requester/Approver"), request.approver), (_("Contract Signer"), request.signer)],
        "version": version_of(request.terms_version),
        "zone": request.profile.account.zone,
    }
