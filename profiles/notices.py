"""The mails about the vetting of organization profiles."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import override

from profiles.models import Access
from profiles.states import Level
from sslportal.kit import mail
from sslportal.kit.mail import Letter

if TYPE_CHECKING:
    from datetime import datetime

    from profiles.models import EvRequest, OrganizationProfile
    from profiles.vetting.models import VettingCase


def approved(case: "VettingCase", request: "EvRequest | None") -> None:
    """The organization is vetted: for the first time, to EV, or again."""
    profile = case.profile
    with override(profile.language):
        says = _("“%(profile)s” is vetted to %(level)s: %(level)s certificates can be requested for it.")
        if case.is_revetting:
            says = _("“%(profile)s” was vetted again to %(level)s.")
        letter = Letter(
            subject=_("The organization profile “%(profile)s” is Ready at %(level)s") % _words(case),
            paragraphs=[says % _words(case)],
            facts=[*_facts(profile), *_ends(profile)],
            action=_see(profile),
        )
    _to_responsible(profile, letter, f"profile-approved:{case.pk}", request)


def declined(case: "VettingCase", request: "EvRequest | None") -> None:
    """The vetting team could not vet the organization, and why."""
    profile = case.profile
    with override(profile.language):
        letter = Letter(
            subject=_("The organization profile “%(profile)s” was declined") % _words(case),
            paragraphs=[
                _("The vetting team declined “%(profile)s”. No certificates can be requested for it.") % _words(case),
                _("The reason: %(reason)s") % {"reason": profile.reason},
            ],
            facts=_facts(profile),
            action=_see(profile),
        )
    _to_responsible(profile, letter, f"profile-declined:{case.pk}", request)


def ev_refused(case: "VettingCase", request: "EvRequest | None") -> None:
    """The upgrade to EV was declined; the profile is what it was."""
    profile = case.profile
    with override(profile.language):
        letter = Letter(
            subject=_("The upgrade of “%(profile)s” to EV was declined") % _words(case),
            paragraphs=[
                _(
                    "The vetting team declined the upgrade of “%(profile)s” to EV. The profile is Ready at OV, as before."
                )
                % _words(case),
                _("The reason: %(reason)s") % {"reason": profile.reason},
            ],
            facts=_facts(profile),
            action=_see(profile),
        )
    _to_responsible(profile, letter, f"profile-ev-refused:{case.pk}", request)


def suspended(profile: "OrganizationProfile") -> None:
    """No order goes through, and why."""
    with override(profile.language):
        letter = Letter(
            subject=_("The organization profile “%(profile)s” is suspended") % {"profile": profile},
            paragraphs=[
                _(
                    "The vetting team suspended “%(profile)s”. Certificates that were issued stay valid; no further ones "
                    "are issued until the profile is resumed."
                )
                % {"profile": profile},
                _("The reason: %(reason)s") % {"reason": profile.reason},
            ],
            facts=_facts(profile),
            action=_see(profile),
        )
    _to_responsible(profile, letter, f"profile-suspended:{profile.pk}:{profile.updated_at.isoformat()}")


def resumed(profile: "OrganizationProfile") -> None:
    """Orders go through again."""
    with override(profile.language):
        letter = Letter(
            subject=_("The organization profile “%(profile)s” is resumed") % {"profile": profile},
            paragraphs=[
                _("“%(profile)s” is no longer suspended. Requests that waited for it go on by themselves.")
                % {"profile": profile},
            ],
            facts=_facts(profile),
            action=_see(profile),
        )
    _to_responsible(profile, letter, f"profile-resumed:{profile.pk}:{profile.updated_at.isoformat()}")


def _words(case: "VettingCase") -> dict[str, object]:
    return {"profile": case.profile, "level": case.level}


def _facts(profile: "OrganizationProfile") -> list[tuple[str, str]]:
    return [
        (_("Organization"), f"{profile.organization}, {profile.locality}, {profile.country}"),
        (_("Status"), str(profile.get_status_display())),
    ]


def _ends(profile: "OrganizationProfile") -> list[tuple[str, str]]:
    ends = [(_("Expires"), profile.expires_at)]
    if profile.level == Level.EV:
        ends.append((_("EV expires"), profile.ev_expires_at))
    return [(word, _day(profile, end)) for word, end in ends if end]


def _day(profile: "OrganizationProfile", moment: "datetime") -> str:
    return date_format(localtime(moment, profile.account.zone), "DATE_FORMAT")


def _see(profile: "OrganizationProfile") -> tuple[str, str]:
    return _("See the profile"), settings.PORTAL_URL + profile.get_absolute_url()


def _to_responsible(
    profile: "OrganizationProfile", letter: Letter, key: str, request: "EvRequest | None" = None
) -> None:
    """To the profile's Primary Administrators, and to who asked for the profile or its upgrade."""
    primaries = profile.accesses.filter(role=Access.Role.PRIMARY, administrator__is_active=True)
    requester = request.requester if request else profile.requester
    asked_by = [requester.email] if requester and requester.is_active else []
    to = [*primaries.values_list("administrator__email", flat=True), *asked_by]
    mail.post(letter, to=to, key=key, language=profile.language)
