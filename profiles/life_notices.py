"""The mails at the turns of a profile's life."""

from datetime import datetime

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from profiles.models import Access, OrganizationProfile
from sslportal.kit import mail
from sslportal.kit.mail import Letter


def expiring(profile: OrganizationProfile) -> None:
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
    _post(profile, letter, "expiring")


def revetting(profile: OrganizationProfile) -> None:
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
    _post(profile, letter, "revetting")


def expired(profile: OrganizationProfile) -> None:
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
    _post(profile, letter, "expired")


def fell_back(profile: OrganizationProfile) -> None:
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
    _post(profile, letter, "ev-lapsed")


def _day(profile: OrganizationProfile, moment: datetime | None) -> str:
    return date_format(moment.astimezone(profile.account.zone), "DATE_FORMAT") if moment else ""


def _see(profile: OrganizationProfile) -> tuple[str, str]:
    return _("See the profile"), settings.PORTAL_URL + profile.get_absolute_url()


def _post(profile: OrganizationProfile, letter: Letter, event: str) -> None:
    """To the Primary Administrators who can sign in, once a turn: the date tells one turn from the next."""
    primaries = profile.accesses.filter(role=Access.Role.PRIMARY, administrator__is_active=True)
    end = {"ev-lapsed": profile.ev_expires_at, "expired": profile.expires_at}.get(
        event, profile.expires_at and profile.first_end
    )
    key = f"profile-{event}:{profile.pk}:{end:%Y-%m-%d}" if end else f"profile-{event}:{profile.pk}"
    mail.post(letter, to=primaries.values_list("administrator__email", flat=True), key=key, language=profile.language)
