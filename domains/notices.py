"""The mails about domains."""

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from profiles.queries import primary_addresses
from sslportal.kit import mail
from sslportal.kit.mail import Letter

if TYPE_CHECKING:
    from domains.models import Attempt, Domain
    from profiles.models import OrganizationProfile


def please_confirm(attempt: "Attempt", token: str, lifetime: timedelta) -> None:
    """To the chosen address of the domain: somebody wants certificates for it. Is that right?"""
    profile = attempt.profile
    with override(profile.language):
        letter = Letter(
            subject=_("Please confirm control of %(domain)s") % {"domain": attempt.name},
            paragraphs=[
                _("%(organization)s would like to obtain certificates for %(domain)s and every name below it.")
                % {"organization": profile.organization, "domain": attempt.name},
                _(
                    "You receive this mail because your address is an administrative contact of the domain. The page "
                    "behind the link lets you approve or refuse; opening it changes nothing."
                ),
            ],
            facts=_facts(profile, attempt),
            action=(_("Approve or refuse"), _absolute("confirm", token)),
            after=[
                _("The link works once, within %(days)d days. If you do not know of this, choose “DO NOT approve”.")
                % {"days": lifetime.days}
            ],
        )
    mail.post(letter, to=[attempt.address], key=f"domain-confirm:{attempt.pk}", language=profile.language)


def _facts(profile: "OrganizationProfile", attempt: "Attempt") -> list[tuple[str, str]]:
    who = attempt.requester
    asked_by = f"{who.get_full_name()} <{who.email}>" if who else ""
    return [
        (_("Domain"), attempt.name),
        (_("Organization"), f"{profile.organization}, {profile.locality}, {profile.country}"),
        (_("Asked by"), asked_by),
    ]


def confirmed(domain: "Domain") -> None:
    """To the requester and the profile's primaries: the domain is Ready."""
    with override(domain.profile.language):
        letter = Letter(
            subject=_("%(domain)s is confirmed") % {"domain": domain},
            paragraphs=[
                _(
                    "Control of %(domain)s is confirmed for the organization profile “%(profile)s”. Certificates can be "
                    "issued for it and every name below it."
                )
                % {"domain": domain, "profile": domain.profile},
            ],
            action=(_("See the domain"), settings.PORTAL_URL + domain.get_absolute_url()),
        )
    _to_responsible(domain, letter, "domain-ready")


def declined(domain: "Domain") -> None:
    """To the same: the vetting team refused the domain, and why."""
    with override(domain.profile.language):
        letter = Letter(
            subject=_("%(domain)s was declined") % {"domain": domain},
            paragraphs=[
                _("The vetting team declined %(domain)s for the organization profile “%(profile)s”.")
                % {"domain": domain, "profile": domain.profile},
                _("The reason: %(reason)s") % {"reason": domain.decline_reason},
            ],
            action=(_("See the domain"), settings.PORTAL_URL + domain.get_absolute_url()),
        )
    _to_responsible(domain, letter, "domain-declined")


def denied(domain: "Domain", reader: str) -> None:
    """To the same: the mail was answered with DO NOT approve, so the domain is gone."""
    with override(domain.profile.language):
        letter = Letter(
            subject=_("%(domain)s was not approved") % {"domain": domain},
            paragraphs=[
                _(
                    "%(reader)s did not approve the use of %(domain)s. The domain was removed from the organization "
                    "profile “%(profile)s”; certificate requests for it wait until it is added and confirmed again."
                )
                % {"reader": reader, "domain": domain, "profile": domain.profile},
            ],
            action=(_("See your domains"), settings.PORTAL_URL + reverse("domains:list")),
        )
    _to_responsible(domain, letter, "domain-denied")


def _to_responsible(domain: "Domain", letter: Letter, event: str) -> None:
    to = primary_addresses(domain.profile)
    if domain.requester and domain.requester.is_active:
        to.append(domain.requester.email)
    attempt = domain.attempts.order_by("-pk").first()
    mail.post(letter, to=to, key=f"{event}:{domain.pk}:{attempt and attempt.pk}", language=domain.profile.language)


def _absolute(name: str, *args: str) -> str:
    return settings.PORTAL_URL + reverse(name, args=args)
