"""The notices about the upgrade of a profile to EV."""

import uuid
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from profiles.ev_contacts import COPY
from profiles.notices import addresses_of, data_of, url_of
from profiles.notifications import telling
from sslportal.kit import mail
from sslportal.kit.catalogue import Kind, Priority, To, notice
from sslportal.kit.mail import File, Letter

if TYPE_CHECKING:
    from accounts.models import Administrator
    from profiles.models import EvRequest

SEE = gettext_lazy("See the profile")

PLEASE_SIGN = notice(
    "ev-please-sign",
    Priority.INFORMATIONAL,
    when="Somebody requests the upgrade of a profile to EV, or has the link sent again.",
    to=[To.SIGNER],
    is_listed=False,
    subject=gettext_lazy("Please review the Extended Validation terms for %(organization)s"),
    lines=[
        gettext_lazy(
            "%(requester)s would like to obtain EV certificates for %(organization)s, and names you as the person "
            "who may agree to this for the organization."
        ),
        gettext_lazy(
            "The page behind the link shows the Extended Validation Terms of Service, and lets you accept or decline "
            "them. You need no account; opening the page changes nothing."
        ),
    ],
    action=gettext_lazy("Review the terms"),
    after=[
        gettext_lazy("The link works once, within %(days)d days. If you do not know of this, choose “Decline”."),
    ],
)
NOTHING_TO_SIGN = notice(
    "ev-nothing-to-sign",
    Priority.INFORMATIONAL,
    when="The upgrade of a profile to EV is canceled before the contract signer has answered.",
    to=[To.SIGNER],
    is_listed=False,
    subject=gettext_lazy("The Extended Validation request for %(organization)s was canceled"),
    lines=[
        gettext_lazy(
            "The request to obtain EV certificates for %(organization)s was canceled. The link in our earlier mail "
            "no longer works, and there is nothing left to do."
        )
    ],
)
CANCELED = notice(
    "profile-ev-canceled",
    Priority.INFORMATIONAL,
    when="Somebody cancels the upgrade of a profile to EV.",
    to=[To.PRIMARIES_IF_INFORMED, To.REQUESTER],
    subject=gettext_lazy("The upgrade of “%(profile)s” to EV was canceled"),
    lines=[
        gettext_lazy("%(person)s canceled the upgrade. The profile stays at OV and goes on as before."),
        gettext_lazy("You can ask for the upgrade again at any time, also with another contract signer."),
    ],
    action=SEE,
)
DECLINED = notice(
    "profile-ev-terms-declined",
    Priority.CRITICAL,
    when="The contract signer declines the Extended Validation terms.",
    to=[To.PRIMARIES, To.REQUESTER],
    subject=gettext_lazy("The Extended Validation terms were declined for “%(profile)s”"),
    lines=[
        gettext_lazy(
            "%(signer)s declined the Extended Validation Terms of Service, so the organization profile “%(profile)s” "
            "is not upgraded to EV. It stays at OV and goes on as before."
        ),
        gettext_lazy("You can ask for the upgrade again at any time, also with another contract signer."),
    ],
    action=SEE,
)
ACCEPTED = notice(
    COPY,
    Priority.INFORMATIONAL,
    when="The contract signer accepts the Extended Validation terms. A copy of what was accepted is attached.",
    to=[To.SIGNER, To.EV_APPROVER, To.REQUESTER],
    subject=gettext_lazy("The Extended Validation terms were accepted for %(organization)s"),
    lines=[
        gettext_lazy(
            "%(signer)s accepted the Extended Validation Terms of Service for %(organization)s. Those who are concerned "
            "have got a copy by mail."
        ),
        gettext_lazy(
            "The vetting team now makes the checks that EV certificates require. It may call or write to the "
            "persons named below."
        ),
    ],
    attached=gettext_lazy("A copy of what was accepted is attached: keep it with your records."),
)


def please_sign(request: "EvRequest", token: str, lifetime: timedelta) -> None:
    """To the contract signer: the link to the terms. Every link is a mail of its own."""
    url = settings.PORTAL_URL + reverse("profiles:ev-terms", args=[token])
    _mail_signer(PLEASE_SIGN, request, str(uuid.uuid4()), url=url, days=lifetime.days)


def canceled(request: "EvRequest", by: "Administrator") -> None:
    """There will be no upgrade; and the contract signer has nothing to answer any more."""
    _mail_signer(NOTHING_TO_SIGN, request, str(request.pk))
    _tell(CANCELED, request, person=lazy(by.get_full_name, str)())


def declined(request: "EvRequest") -> None:
    """The signer does not agree."""
    _tell(DECLINED, request)


def accepted(request: "EvRequest", copy: File) -> None:
    """What was accepted, as a file."""
    _tell(ACCEPTED, request, files=[copy])


def _mail_signer(kind: Kind, request: "EvRequest", which: str, *, url: str = "", **words: object) -> None:
    """A mail that nobody else should have, in the language of the profile; its facts are for whoever is to answer."""
    language = request.profile.language
    with override(language):
        facts = _facts(request) if url else []
        letter = kind.letter(_words(request) | words, facts=facts, url=url)
    mail.post(letter, to=[request.signer.email], key=f"{kind.key}:{which}", language=language)


def _tell(kind: Kind, request: "EvRequest", *, files: Iterable[File] = (), **words: object) -> None:
    """Give a notice of the profile; a request gives each kind once."""

    def write() -> Letter:
        return kind.letter(
            _words(request) | words, facts=_facts(request), url=url_of(request.profile), files=list(files)
        )

    profile, data = request.profile, data_of(request.profile)
    telling.tell(telling.about(kind, request.pk, profile, write, _addresses(request), data))


def _addresses(request: "EvRequest") -> dict[To, Callable[[], Iterable[str]]]:
    return addresses_of(request.profile, request) | {
        To.SIGNER: lambda: [request.signer.email],
        To.EV_APPROVER: lambda: [request.approver.email],
    }


def _words(request: "EvRequest") -> dict[str, object]:
    return {
        "organization": request.profile.organization_here,
        "profile": request.profile,
        "requester": request.requester.get_full_name(),
        "signer": request.signer,
    }


def _facts(request: "EvRequest") -> list[tuple[str, str]]:
    profile = request.profile
    return [
        (_("Organization"), f"{profile.organization_here}, {profile.locality}, {profile.country}"),
        (_("Asked by"), f"{request.requester.get_full_name()} <{request.requester.email}>"),
        (_("Certificate Requester/Approver"), str(request.approver)),
        (_("Contract Signer"), str(request.signer)),
    ]
