"""The mails about organization profiles: their vetting, and the turns of their life."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import override

from profiles.queries import primary_addresses
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


def expiring(profile: "OrganizationProfile") -> None:
    """It will expire; meanwhile nothing changes."""
    with override(profile.language):
        letter = Letter(
            subject=_("The organization profile “%(profile)s” expires soon") % {"profile": profile},
            paragraphs=[
                _(
                    "The vetting of %(organization)s ends on %(day)s. Until then certificates can be requested as before."
                )
                % {"organization": profile.organization, "day": _day(profile, profile.first_end)},
                _("The vetting team will vet the organization again. If something has changed, tell us now."),
            ],
            action=_see(profile),
        )
    _to_responsible(profile, letter, f"profile-expiring:{profile.pk}:{profile.first_end:%Y-%m-%d}")


def revetting(profile: "OrganizationProfile") -> None:
    """The vetting team has begun to vet again; meanwhile nothing changes."""
    with override(profile.language):
        letter = Letter(
            subject=_("The organization profile “%(profile)s” is being vetted again") % {"profile": profile},
            paragraphs=[
                _("The vetting team has begun to vet %(organization)s again, and may call or write to you.")
                % {"organization": profile.organization},
                _("Certificates can be requested meanwhile as before."),
            ],
            action=_see(profile),
        )
    _to_responsible(profile, letter, f"profile-revetting:{profile.pk}:{profile.updated_at.isoformat()}")


def expired(profile: "OrganizationProfile") -> None:
    """No more orders."""
    with override(profile.language):
        letter = Letter(
            subject=_("The organization profile “%(profile)s” has expired") % {"profile": profile},
            paragraphs=[
                _(
                    "The vetting of %(organization)s ended on %(day)s. No certificates are issued for the profile until "
                    "the organization has been vetted again; certificates that were issued stay valid."
                )
                % {"organization": profile.organization, "day": _day(profile, profile.expires_at)},
            ],
            action=_see(profile),
        )
    _to_responsible(profile, letter, f"profile-expired:{profile.pk}:{profile.expires_at:%Y-%m-%d}")


def fell_back(profile: "OrganizationProfile") -> None:
    """OV only, from now on."""
    with override(profile.language):
        letter = Letter(
            subject=_("The organization profile “%(profile)s” is OV again") % {"profile": profile},
            paragraphs=[
                _(
                    "The EV vetting of %(organization)s has come to its end. OV certificates can be requested as before; "
                    "for EV certificates, request the upgrade to EV again."
                )
                % {"organization": profile.organization},
            ],
            action=_see(profile),
        )
    _to_responsible(profile, letter, f"profile-ev-lapsed:{profile.pk}:{profile.ev_expires_at:%Y-%m-%d}")


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


def _day(profile: "OrganizationProfile", moment: "datetime | None") -> str:
    return date_format(localtime(moment, profile.account.zone), "DATE_FORMAT") if moment else ""


def _see(profile: "OrganizationProfile") -> tuple[str, str]:
    return _("See the profile"), settings.PORTAL_URL + profile.get_absolute_url()


def _to_responsible(
    profile: "OrganizationProfile", letter: Letter, key: str, request: "EvRequest | None" = None
) -> None:
    """To the profile's Primary Administrators, and to who asked for the profile or its upgrade."""
    requester = request.requester if request else profile.requester
    asked_by = [requester.email] if requester and requester.is_active else []
    mail.post(letter, to=[*primary_addresses(profile), *asked_by], key=key, language=profile.language)
