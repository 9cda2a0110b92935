"""The notices about organization profiles: their vetting, and the turns of their life (C9 to C11)."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from profiles.notifications import telling
from profiles.notifications.expiry import Ending
from profiles.notifications.moments import SHORT, Life, when
from profiles.notifications.telling import News
from profiles.queries import primary_addresses
from profiles.states import Level
from sslportal.kit.catalogue import Kind, Priority, To, notice
from sslportal.kit.mail import Letter

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Administrator
    from profiles.models import EvRequest, OrganizationProfile
    from profiles.vetting.models import VettingCase

RESPONSIBLE = (To.PRIMARIES, To.REQUESTER)
INFORMED = (To.PRIMARIES_IF_INFORMED, To.REQUESTER)
SEE = gettext_lazy("See the profile")

ADDED = notice(
    "profile-added",
    Priority.INFORMATIONAL,
    when="A profile is added to the account.",
    to=[To.PRIMARIES_IF_INFORMED],
    subject=gettext_lazy("The organization profile “%(profile)s” was added"),
    lines=[
        gettext_lazy(
            "%(person)s added “%(profile)s”. The vetting team makes sure of the organization now; until that is done, no "
            "certificates are issued for the profile."
        )
    ],
    action=SEE,
)
APPROVED = notice(
    "profile-vetted",
    Priority.INFORMATIONAL,
    when="A profile is vetted for the first time, or to EV.",
    to=INFORMED,
    subject=gettext_lazy("The organization profile “%(profile)s” is Ready at %(level)s"),
    lines=[
        gettext_lazy("“%(profile)s” is vetted to %(level)s: %(level)s certificates can be requested for it."),
    ],
    action=SEE,
)
VETTED_AGAIN = notice(
    "profile-vetted-again",
    Priority.INFORMATIONAL,
    when="A profile is vetted again.",
    to=INFORMED,
    subject=APPROVED.subject,
    lines=[gettext_lazy("“%(profile)s” was vetted again to %(level)s.")],
    action=SEE,
)
DECLINED = notice(
    "profile-declined",
    Priority.CRITICAL,
    when="The vetting team declines a profile.",
    to=RESPONSIBLE,
    subject=gettext_lazy("The organization profile “%(profile)s” was declined"),
    lines=[
        gettext_lazy("The vetting team declined “%(profile)s”. No certificates can be requested for it."),
        gettext_lazy("The reason: %(reason)s"),
    ],
    action=SEE,
)
EV_REFUSED = notice(
    "profile-ev-declined",
    Priority.CRITICAL,
    when="The vetting team declines the upgrade to EV.",
    to=RESPONSIBLE,
    subject=gettext_lazy("The upgrade of “%(profile)s” to EV was declined"),
    lines=[
        gettext_lazy(
            "The vetting team declined the upgrade of “%(profile)s” to EV. The profile is Ready at OV, as before."
        ),
        gettext_lazy("The reason: %(reason)s"),
    ],
    action=SEE,
)
SUSPENDED = notice(
    "profile-suspended",
    Priority.CRITICAL,
    when="The vetting team suspends a profile.",
    to=RESPONSIBLE,
    subject=gettext_lazy("The organization profile “%(profile)s” is suspended"),
    lines=[
        gettext_lazy(
            "The vetting team suspended “%(profile)s”. Certificates that were issued stay valid; no further ones are issued "
            "until the profile is resumed."
        ),
        gettext_lazy("The reason: %(reason)s"),
    ],
    action=SEE,
)
RESUMED = notice(
    "profile-resumed",
    Priority.INFORMATIONAL,
    when="The vetting team resumes a profile.",
    to=INFORMED,
    subject=gettext_lazy("The organization profile “%(profile)s” is resumed"),
    lines=[gettext_lazy("“%(profile)s” is no longer suspended. Requests that waited for it go on by themselves.")],
    action=SEE,
)
EXPIRING = notice(
    "profile-expiring",
    Priority.CRITICAL,
    when="From the re-vetting date on: then, at each of the moments that the profile has chosen, the day before the end, "
    "and on that day.",
    to=RESPONSIBLE,
    subject=gettext_lazy("The organization profile “%(profile)s” %(when)s"),
    lines=[
        gettext_lazy(
            "The vetting of %(organization)s ends on %(end)s. Until then certificates can be requested as before."
        ),
        gettext_lazy("The vetting team will vet the organization again. If something has changed, tell us now."),
    ],
    action=SEE,
)
REVETTING = notice(
    "profile-revetting",
    Priority.INFORMATIONAL,
    when="The vetting team begins to vet a profile again.",
    to=INFORMED,
    subject=gettext_lazy("The organization profile “%(profile)s” is being vetted again"),
    lines=[
        gettext_lazy("The vetting team has begun to vet %(organization)s again, and may call or write to you."),
        gettext_lazy("Certificates can be requested meanwhile as before."),
    ],
    action=SEE,
)
EXPIRED = notice(
    "profile-expired",
    Priority.CRITICAL,
    when="The vetting of a profile has ended.",
    to=RESPONSIBLE,
    subject=gettext_lazy("The organization profile “%(profile)s” has expired"),
    lines=[
        gettext_lazy(
            "The vetting of %(organization)s ended on %(expires)s. No certificates are issued for the profile until the "
            "organization has been vetted again; certificates that were issued stay valid."
        )
    ],
    action=SEE,
)
FELL_BACK = notice(
    "profile-ev-lapsed",
    Priority.CRITICAL,
    when="The EV vetting of a profile has ended while its OV vetting still holds.",
    to=RESPONSIBLE,
    subject=gettext_lazy("The organization profile “%(profile)s” is OV again"),
    lines=[
        gettext_lazy(
            "The EV vetting of %(organization)s has come to its end. OV certificates can be requested as before; for EV "
            "certificates, request the upgrade to EV again."
        )
    ],
    action=SEE,
)


def added(profile: "OrganizationProfile", by: "Administrator") -> None:
    """The profile is there, and waits for the vetting team."""
    _tell(ADDED, profile, "new", person=by.get_full_name)


def approved(case: "VettingCase", request: "EvRequest | None") -> None:
    """The organization is vetted: for the first time, to EV, or again."""
    profile = case.profile
    kind = VETTED_AGAIN if case.is_revetting else APPROVED
    _tell(kind, profile, case.pk, request=request, facts=partial(_ends, profile), level=lambda: case.level)


def declined(case: "VettingCase", request: "EvRequest | None") -> None:
    """The vetting team could not vet the organization, and why."""
    _tell(DECLINED, case.profile, case.pk, request=request)


def ev_refused(case: "VettingCase", request: "EvRequest | None") -> None:
    """The upgrade to EV was declined; the profile is what it was."""
    _tell(EV_REFUSED, case.profile, case.pk, request=request)


def suspended(profile: "OrganizationProfile") -> None:
    """No order goes through, and why."""
    _tell(SUSPENDED, profile, profile.updated_at.isoformat())


def resumed(profile: "OrganizationProfile") -> None:
    """Orders go through again."""
    _tell(RESUMED, profile, profile.updated_at.isoformat())


def revetting(profile: "OrganizationProfile") -> None:
    """The vetting team has begun to vet again; meanwhile nothing changes."""
    _tell(REVETTING, profile, profile.updated_at.isoformat())


def expired(profile: "OrganizationProfile") -> None:
    """No more orders."""
    _tell(EXPIRED, profile, f"{profile.expires_at:%Y-%m-%d}")


def fell_back(profile: "OrganizationProfile") -> None:
    """OV only, from now on."""
    _tell(FELL_BACK, profile, f"{profile.ev_expires_at:%Y-%m-%d}")


def ending(profile: "OrganizationProfile", now: "datetime") -> Ending:
    """What is said of its end at the moment that has come."""
    days = _life(profile).days_left(now)
    news = _news(EXPIRING, profile, reminder(profile, now), when=partial(when, days))
    return Ending(news, profile.name, profile.first_end, url_of(profile), f"profile:{profile.pk}")


def reminder(profile: "OrganizationProfile", now: "datetime") -> str:
    """Which of the reminders it is, for the key: that of a moment that the profile has chosen, or the first word."""
    reached = _life(profile).reached(profile.expiry_days, now)
    return f"{profile.first_end:%Y-%m-%d}:{'first' if reached is None else reached}"


def _life(profile: "OrganizationProfile") -> Life:
    """Vettings hold for so long that reminders are counted in days."""
    return Life(profile.first_end - SHORT - timedelta(days=1), profile.first_end, profile.account.zone)


def _tell(kind: Kind, profile: "OrganizationProfile", which: object, **more: Any) -> None:
    telling.tell(_news(kind, profile, which, **more))


def _news(
    kind: Kind,
    profile: "OrganizationProfile",
    which: object,
    *,
    request: "EvRequest | None" = None,
    facts: Callable[[], list[tuple[str, str]]] = list,
    **words: Callable[[], object],
) -> News:
    """News of the profile; `words` and `facts` are asked for in each language, `which` tells it from others of its kind."""

    def write() -> Letter:
        filled = _words(profile) | {name: value() for name, value in words.items()}
        return kind.letter(filled, facts=[*_facts(profile), *facts()], url=url_of(profile))

    known = addresses_of(profile, request)
    return telling.about(kind, f"{profile.pk}:{which}", profile, write, known, data_of(profile))


def _words(profile: "OrganizationProfile") -> dict[str, object]:
    return {
        "profile": profile.name,
        "organization": profile.organization_here,
        "reason": profile.reason,
        "end": _day(profile, profile.first_end) if profile.expires_at or profile.ev_expires_at else "",
        "expires": _day(profile, profile.expires_at),
    }


def _facts(profile: "OrganizationProfile") -> list[tuple[str, str]]:
    return [
        (_("Organization"), f"{profile.organization_here}, {profile.locality}, {profile.country}"),
        (_("Status"), str(profile.get_status_display())),
    ]


def _ends(profile: "OrganizationProfile") -> list[tuple[str, str]]:
    ends = [(_("Expires"), profile.expires_at)]
    if profile.level == Level.EV:
        ends.append((_("EV expires"), profile.ev_expires_at))
    return [(word, _day(profile, end)) for word, end in ends if end]


def _day(profile: "OrganizationProfile", moment: "datetime | None") -> str:
    return date_format(localtime(moment, profile.account.zone), "DATE_FORMAT") if moment else ""


def url_of(profile: "OrganizationProfile") -> str:
    return settings.PORTAL_URL + profile.get_absolute_url()


def addresses_of(profile: "OrganizationProfile", request: "EvRequest | None") -> dict[To, Callable[[], Iterable[str]]]:
    """The Primary Administrators, and who asked for the profile or its upgrade."""
    requester = request.requester if request else profile.requester
    primaries = partial(primary_addresses, profile)
    return {
        To.PRIMARIES: primaries,
        To.PRIMARIES_IF_INFORMED: lambda: primaries() if profile.informs_primaries else [],
        To.REQUESTER: lambda: [requester.email] if requester and requester.is_active else [],
    }


def data_of(profile: "OrganizationProfile") -> dict[str, Any]:
    """For the webhook."""
    return {
        "profile": profile.name,
        "organization": profile.organization,
        "type": profile.level,
        "status": profile.status,
        "expires": profile.expires_at.isoformat() if profile.expires_at else None,
        "url": url_of(profile),
    }
