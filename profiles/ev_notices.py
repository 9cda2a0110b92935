"""The mails about the upgrade of a profile to EV."""

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from profiles.ev_contacts import COPY
from profiles.queries import primary_addresses
from sslportal.kit import mail
from sslportal.kit.mail import File, Letter

if TYPE_CHECKING:
    from profiles.models import EvRequest


def please_sign(request: "EvRequest", token: str, lifetime: timedelta) -> None:
    """To the contract signer: the link to the terms."""
    with override(request.profile.language):
        letter = Letter(
            subject=_("Please review the Extended Validation terms for %(organization)s") % _words(request),
            paragraphs=[
                _("%(requester)s would like to obtain EV certificates for %(organization)s, and names you as the person "
                  "who may agree to this for the organization.") % _words(request),
                _("The page behind the link shows the Extended Validation Terms of Service, and lets you accept or decline "
                  "them. You need no account; opening the page changes nothing."),
            ],
            facts=_facts(request),
            action=(_("Review the terms"), settings.PORTAL_URL + reverse("profiles:ev-terms", args=[token])),
            after=[
                _("The link works once, within %(days)d days. If you do not know of this, choose “Decline”.")
                % {"days": lifetime.days}
            ],
        )  # fmt: skip
    _post(letter, request, [request.signer.email], key=f"ev-sign:{uuid.uuid4()}")  # every link is a mail of its own


def _facts(request: "EvRequest") -> list[tuple[str, str]]:
    profile = request.profile
    return [
        (_("Organization"), f"{profile.organization}, {profile.locality}, {profile.country}"),
        (_("Asked by"), f"{request.requester.get_full_name()} <{request.requester.email}>"),
        (_("Certificate Requester/Approver"), str(request.approver)),
        (_("Contract Signer"), str(request.signer)),
    ]


def canceled(request: "EvRequest") -> None:
    """To the contract signer: there is nothing to answer any more."""
    with override(request.profile.language):
        letter = Letter(
            subject=_("The Extended Validation request for %(organization)s was canceled") % _words(request),
            paragraphs=[
                _("The request to obtain EV certificates for %(organization)s was canceled. The link in our earlier mail "
                  "no longer works, and there is nothing left to do.") % _words(request),
            ],
        )  # fmt: skip
    _post(letter, request, [request.signer.email], key=f"ev-canceled:{request.pk}")


def declined(request: "EvRequest") -> None:
    """To the requester and the profile's primaries: the signer does not agree."""
    with override(request.profile.language):
        letter = Letter(
            subject=_("The Extended Validation terms were declined for “%(profile)s”") % _words(request),
            paragraphs=[
                _("%(signer)s declined the Extended Validation Terms of Service, so the organization profile “%(profile)s” "
                  "is not upgraded to EV. It stays at OV and goes on as before.") % _words(request),
                _("You can ask for the upgrade again at any time, also with another contract signer."),
            ],
            facts=_facts(request),
            action=(_("See the profile"), settings.PORTAL_URL + request.profile.get_absolute_url()),
        )  # fmt: skip
    _post(letter, request, _responsible(request), key=f"ev-declined:{request.pk}")


def accepted(request: "EvRequest", copy: File) -> None:
    """To the signer, the approver and the requester: what was accepted, as a file."""
    with override(request.profile.language):
        letter = Letter(
            subject=_("The Extended Validation terms were accepted for %(organization)s") % _words(request),
            paragraphs=[
                _("%(signer)s accepted the Extended Validation Terms of Service for %(organization)s. A copy of what was "
                  "accepted is attached: keep it with your records.") % _words(request),
                _("The vetting team now makes the checks that EV certificates require. It may call or write to the "
                  "persons named below."),
            ],
            facts=_facts(request),
            files=[copy],
        )  # fmt: skip
    to = [request.signer.email, request.approver.email, request.requester.email]
    _post(letter, request, to, key=f"{COPY}:{request.pk}")


def _words(request: "EvRequest") -> dict[str, object]:
    return {
        "organization": request.profile.organization,
        "profile": request.profile,
        "requester": request.requester.get_full_name(),
        "signer": request.signer,
    }


def _responsible(request: "EvRequest") -> list[str]:
    to = primary_addresses(request.profile)
    return [*to, request.requester.email] if request.requester.is_active else to


def _post(letter: Letter, request: "EvRequest", to: list[str], *, key: str) -> None:
    mail.post(letter, to=to, key=key, language=request.profile.language)
