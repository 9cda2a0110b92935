"""The mails about domains."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from domains.states import BY_MAIL, CHECKED, Method, Status
from profiles.queries import primary_addresses
from profiles.states import Level
from sslportal.kit import clock, mail, names, policy
from sslportal.kit.mail import Letter
from sslportal.kit.models import OutgoingMail

if TYPE_CHECKING:
    from accounts.models import Administrator
    from domains.models import Attempt, Domain
    from profiles.models import OrganizationProfile

REMIND = (timedelta(days=7), timedelta(days=1))  # before the end, after the first word at the re-vetting date


def please_confirm(attempt: "Attempt", token: str, lifetime: timedelta) -> None:
    """To the chosen address of the domain: somebody wants certificates for it. Is that right?"""
    profile, domain = attempt.profile, names.display(attempt.name)
    with override(profile.language):
        letter = Letter(
            subject=_("Please confirm control of %(domain)s") % {"domain": attempt.name},
            paragraphs=[
                _("%(organization)s would like to obtain certificates for %(domain)s and every name below it.")
                % {"organization": profile.organization, "domain": domain},
                _(
                    "You receive this mail because your address is an administrative contact of the domain. The page "
                    "behind the link lets you approve or refuse; opening it changes nothing."
                ),
            ],
            facts=_facts(profile, attempt),
            action=(_("Approve or refuse"), settings.PORTAL_URL + reverse("confirm", args=[token])),
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
        (_("Domain"), names.display(attempt.name)),
        (_("Organization"), f"{profile.organization}, {profile.locality}, {profile.country}"),
        (_("Asked by"), asked_by),
    ]


def added(domain: "Domain", attempt: "Attempt") -> None:
    """The domain is there, and what it waits for."""
    with override(domain.profile.language):
        letter = _about(
            domain,
            _("%(domain)s was added"),
            [
                _(
                    "%(domain)s was added to the organization profile “%(profile)s”, and is Pending until control of it is "
                    "confirmed."
                ),
            ],
        )
        letter.paragraphs.append(how(attempt))
    _to_responsible(domain, letter, f"domain-added:{domain.pk}")


def how(attempt: "Attempt") -> str:
    """What the attempt waits for, in a sentence."""
    if attempt.method in BY_MAIL:
        return _("A mail asks %(address)s for approval.") % {"address": attempt.address}
    if attempt.method == Method.DNS:
        return _("It waits for its DNS record: the page of the domain says which one.")
    if attempt.method == Method.FILE:
        return _("It waits for a file on its web server: the page of the domain says which one.")
    return _("The vetting team confirms control.")


def confirmed(domain: "Domain", attempt: "Attempt") -> None:
    """The domain is Ready, until when, and for what."""
    proof = domain.proof(policy.at(clock.now()))
    with override(domain.profile.language):
        reach = (
            _("Certificates can be issued for it and every name below it.")
            if proof and proof.covers_below
            else _("Certificates can be issued for this very name; a file proves no names below it.")
        )
        subject = _("%(domain)s is vetted to EV") if domain.level == Level.EV else _("%(domain)s is confirmed")
        letter = _about(
            domain,
            subject,
            [
                _("Control of %(domain)s is confirmed for the organization profile “%(profile)s”, until %(end)s."),
                reach,
            ],
        )
    _to_responsible(domain, letter, f"domain-ready:{domain.pk}:{attempt.pk}")


def declined(domain: "Domain", attempt: "Attempt", reason: str) -> None:
    """The vetting team refused, and why; what the domain is now."""
    with override(domain.profile.language):
        after = {
            Status.UPGRADING: _("The domain stays as it was, at OV."),
            Status.RE_VETTING: _("The confirmation that the domain has goes on until %(end)s."),
        }.get(Status(domain.status), _("No certificates are issued for it. You can delete it and add it anew."))
        letter = _about(
            domain,
            _("%(domain)s was declined"),
            [_("The vetting team declined %(domain)s for the organization profile “%(profile)s”."), after],
        )
        letter.paragraphs.insert(1, _("The reason: %(reason)s") % {"reason": reason})
    _to_responsible(domain, letter, f"domain-declined:{domain.pk}:{attempt.pk}")


def denied(domain: "Domain", attempt: "Attempt", reader: str) -> None:
    """The mail was answered with DO NOT approve, and what that means for the domain."""
    with override(domain.profile.language):
        after = {
            Status.PENDING: _(
                "The domain was removed from the organization profile “%(profile)s”; certificate requests for it wait "
                "until it is added and confirmed again."
            ),
            Status.UPGRADING: _("The domain stays as it was, at OV."),
            Status.RE_VETTING: _("The confirmation that the domain has goes on until %(end)s."),
        }.get(Status(domain.status), _("The domain stays Expired."))
        letter = _about(
            domain, _("%(domain)s was not approved"), [_("%(reader)s did not approve the use of %(domain)s."), after],
            reader=reader,
        )  # fmt: skip
        if domain.status == Status.PENDING:
            letter.action = (_("See your domains"), settings.PORTAL_URL + reverse("domains:list"))
    _to_responsible(domain, letter, f"domain-denied:{domain.pk}:{attempt.pk}")


def timed_out(domain: "Domain", attempt: "Attempt") -> None:
    """Nobody answered, or the record or file never came."""
    with override(domain.profile.language):
        what = (
            _("The record or file that was asked for was not found in time.")
            if attempt.method in CHECKED
            else _("The mail to %(address)s was not answered in time.")
        )
        letter = _about(
            domain,
            _("%(domain)s was not confirmed in time"),
            [what, _("Choose anew how control of %(domain)s shall be confirmed.")],
            address=attempt.address,
        )
    _to_responsible(domain, letter, f"domain-timed-out:{domain.pk}:{attempt.pk}")


def expiring(domain: "Domain") -> None:
    """The end is near: confirm anew, or say that it need not be. A first word, and one for each moment of REMIND."""
    with override(domain.profile.language):
        letter = _about(
            domain,
            _("%(domain)s expires on %(end)s"),
            [
                _(
                    "The confirmation of %(domain)s for the organization profile “%(profile)s” ends on %(end)s. After that "
                    "no certificates are issued for it; certificates that were issued stay valid."
                ),
                _(
                    "Confirm control of it anew before that. If you no longer need the domain, choose Decline on its page: "
                    "then you are not reminded again."
                ),
            ],
        )
        letter.action = (_("Confirm the domain anew"), _url(domain))
    _to_responsible(domain, letter, f"domain-expiring:{domain.pk}:{domain.expires_at:%Y-%m-%d}{_nearness(domain)}")


def _nearness(domain: "Domain") -> str:
    """The latest of the moments that has come, for the key of its mail: words that were missed are not said any more."""
    assert domain.expires_at  # noqa: S101  # only what was confirmed comes near its end
    left = domain.expires_at - clock.now()
    return next((f":{moment.days}" for moment in reversed(REMIND) if left <= moment), "")


def record_gone(domain: "Domain", attempt: "Attempt", host: str) -> list[OutgoingMail]:
    """The record at `host` that would have confirmed it again is gone. Returns what was posted: nothing the second time."""
    with override(domain.profile.language):
        letter = _about(
            domain,
            _("The DNS record of %(domain)s is gone"),
            [
                _(
                    "The TXT record that confirmed %(domain)s would have confirmed it again, but it is no longer there. "
                    "Without it, the confirmation ends on %(end)s."
                ),
                _("Publish it again, and the domain is confirmed within a day, or choose another way on its page."),
            ],
        )
        letter.facts = [
            (_("Kind"), "TXT"),
            (_("Name of the record"), host),
            (_("Value"), attempt.value),
        ]
    return _to_responsible(domain, letter, f"domain-record-gone:{domain.pk}:{domain.expires_at:%Y-%m-%d}")


def expired(domain: "Domain") -> None:
    """Nothing is issued any more."""
    with override(domain.profile.language):
        letter = _about(
            domain,
            _("%(domain)s has expired"),
            [
                _(
                    "The confirmation of %(domain)s for the organization profile “%(profile)s” ended on %(end)s. No "
                    "certificates are issued for it until it is confirmed again."
                ),
            ],
        )
        letter.action = (_("Confirm the domain anew"), _url(domain))
    _to_responsible(domain, letter, f"domain-expired:{domain.pk}:{domain.expires_at:%Y-%m-%d}")


def deleted(domain: "Domain", by: "Administrator") -> None:
    """Somebody deleted it (D12)."""
    with override(domain.profile.language):
        letter = _about(
            domain,
            _("%(domain)s was deleted"),
            [
                _(
                    "%(person)s deleted %(domain)s from the organization profile “%(profile)s”. To request certificates for "
                    "it, it has to be added and confirmed again."
                ),
            ],
            person=f"{by.get_full_name()} <{by.email}>",
        )
        letter.action = (_("See your domains"), settings.PORTAL_URL + reverse("domains:list"))
    _to_responsible(domain, letter, f"domain-deleted:{domain.pk}")


def suspended(domain: "Domain") -> None:
    """The vetting team stopped it, and why."""
    with override(domain.profile.language):
        letter = _about(
            domain,
            _("%(domain)s is suspended"),
            [
                _("The vetting team suspended %(domain)s. No certificates are issued for it until it is resumed."),
                _("The reason: %(reason)s"),
            ],
            reason=domain.reason,
        )
    _to_responsible(domain, letter, f"domain-suspended:{domain.pk}:{domain.updated_at.isoformat()}")


def resumed(domain: "Domain") -> None:
    """The vetting team let it go on."""
    with override(domain.profile.language):
        letter = _about(
            domain, _("%(domain)s is no longer suspended"), [_("The vetting team resumed %(domain)s.")]
        )  # fmt: skip
    _to_responsible(domain, letter, f"domain-resumed:{domain.pk}:{domain.updated_at.isoformat()}")


def _about(domain: "Domain", subject: str, paragraphs: list[str], **more: str) -> Letter:
    """A letter about the domain, whose words are filled in."""
    words = {
        "domain": domain.display_name,
        "profile": domain.profile.name,
        "end": _day(domain, domain.expires_at),
        **more,
    }
    return Letter(
        subject=subject % words,
        paragraphs=[paragraph % words for paragraph in paragraphs],
        action=(_("See the domain"), _url(domain)),
    )


def _url(domain: "Domain") -> str:
    return settings.PORTAL_URL + domain.get_absolute_url()


def _day(domain: "Domain", moment: datetime | None) -> str:
    return date_format(moment.astimezone(domain.profile.account.zone), "DATE_FORMAT") if moment else ""


def _to_responsible(domain: "Domain", letter: Letter, key: str) -> list[OutgoingMail]:
    """To the requester, the profile's Primary Administrators, and whom the profile names (C7, I4), each once a key."""
    profile, requester = domain.profile, domain.requester
    asked_by = [requester.email] if requester and requester.is_active else []
    to = [*primary_addresses(profile), *asked_by, *profile.domain_recipients]
    return mail.post(letter, to=to, key=key, language=profile.language)
