"""The notices about domains (I4)."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from domains.states import BY_MAIL, CHECKED, Method, Status
from profiles.notifications import expiry, telling
from profiles.notifications.expiry import Ending
from profiles.notifications.moments import Life, when
from profiles.notifications.telling import News
from profiles.queries import primary_addresses
from profiles.states import Level
from sslportal.kit import clock, mail, names, policy
from sslportal.kit.catalogue import Kind, Priority, To, notice
from sslportal.kit.mail import Letter
from sslportal.kit.models import OutgoingMail

if TYPE_CHECKING:
    from accounts.models import Administrator
    from domains.models import Attempt, Domain
    from profiles.models import OrganizationProfile

RESPONSIBLE = (To.REQUESTER, To.PRIMARIES, To.PROFILE_LIST)
SEE = gettext_lazy("See the domain")
SEE_ALL = gettext_lazy("See your domains")
ANEW = gettext_lazy("Confirm the domain anew")

CONFIRM = notice(
    "domain-confirm",
    Priority.CRITICAL,
    when="Control of a domain is to be confirmed by mail.",
    to=[To.ADDRESS],
    is_listed=False,
    subject=gettext_lazy("Please confirm control of %(domain)s"),
    lines=[
        gettext_lazy("%(organization)s would like to obtain certificates for %(domain)s and every name below it."),
        gettext_lazy(
            "You receive this mail because your address is an administrative contact of the domain. The page behind the "
            "link lets you approve or refuse; opening it changes nothing."
        ),
    ],
    action=gettext_lazy("Approve or refuse"),
    after=[
        gettext_lazy("The link works once, within %(days)d days. If you do not know of this, choose “DO NOT approve”.")
    ],
)
ADDED = notice(
    "domain-added",
    Priority.INFORMATIONAL,
    when="A domain is added to a profile.",
    to=RESPONSIBLE,
    subject=gettext_lazy("%(domain)s was added"),
    lines=[
        gettext_lazy(
            "%(domain)s was added to the organization profile “%(profile)s”, and is Pending until control of it is "
            "confirmed."
        ),
        "%(how)s",
    ],
    action=SEE,
)
READY = notice(
    "domain-confirmed",
    Priority.INFORMATIONAL,
    when="Control of a domain is confirmed, for the first time or again.",
    to=RESPONSIBLE,
    subject=gettext_lazy("%(domain)s is confirmed"),
    lines=[
        gettext_lazy("Control of %(domain)s is confirmed for the organization profile “%(profile)s”, until %(end)s."),
        "%(reach)s",
    ],
    action=SEE,
)
VETTED = notice(
    "domain-vetted",
    Priority.INFORMATIONAL,
    when="The vetting team has vetted a domain to EV.",
    to=RESPONSIBLE,
    subject=gettext_lazy("%(domain)s is vetted to EV"),
    lines=READY.lines,
    action=SEE,
)
DECLINED = notice(
    "domain-declined",
    Priority.CRITICAL,
    when="The vetting team declines a domain.",
    to=RESPONSIBLE,
    subject=gettext_lazy("%(domain)s was declined"),
    lines=[
        gettext_lazy("The vetting team declined %(domain)s for the organization profile “%(profile)s”."),
        gettext_lazy("The reason: %(reason)s"),
        "%(after)s",
    ],
    action=SEE,
)
DENIED = notice(
    "domain-denied",
    Priority.CRITICAL,
    when="The mail that asks for confirmation is answered by DO NOT approve.",
    to=RESPONSIBLE,
    subject=gettext_lazy("%(domain)s was not approved"),
    lines=[
        gettext_lazy("%(reader)s did not approve the use of %(domain)s."),
        "%(after)s",
    ],
    action=SEE,
)
TIMED_OUT = notice(
    "domain-timed-out",
    Priority.CRITICAL,
    when="A domain is not confirmed in time.",
    to=RESPONSIBLE,
    subject=gettext_lazy("%(domain)s was not confirmed in time"),
    lines=[
        "%(what)s",
        gettext_lazy("Choose anew how control of %(domain)s shall be confirmed."),
    ],
    action=SEE,
)
EXPIRING = notice(
    "domain-expiring",
    Priority.CRITICAL,
    when="From the re-vetting date on: then, at each of the moments that the profile has chosen, the day before the end, "
    "and on that day. Not after somebody has declined to be reminded, nor while a DNS record will confirm it again.",
    to=RESPONSIBLE,
    subject=gettext_lazy("The confirmation of %(domain)s %(when)s"),
    lines=[
        gettext_lazy(
            "The confirmation of %(domain)s for the organization profile “%(profile)s” ends on %(end)s. After that no "
            "certificates are issued for it; certificates that were issued stay valid."
        ),
        gettext_lazy(
            "Confirm control of it anew before that. If you no longer need the domain, choose Decline on its page: then you "
            "are not reminded again."
        ),
    ],
    action=ANEW,
)
RECORD_GONE = notice(
    "domain-record-gone",
    Priority.CRITICAL,
    when="The DNS record that would have confirmed a domain again is gone.",
    to=RESPONSIBLE,
    subject=gettext_lazy("The DNS record of %(domain)s is gone"),
    lines=[
        gettext_lazy(
            "The TXT record that confirmed %(domain)s would have confirmed it again, but it is no longer there. Without it, "
            "the confirmation ends on %(end)s."
        ),
        gettext_lazy("Publish it again, and the domain is confirmed within a day, or choose another way on its page."),
    ],
    action=SEE,
)
EXPIRED = notice(
    "domain-expired",
    Priority.CRITICAL,
    when="The confirmation of a domain has ended.",
    to=RESPONSIBLE,
    subject=gettext_lazy("%(domain)s has expired"),
    lines=[
        gettext_lazy(
            "The confirmation of %(domain)s for the organization profile “%(profile)s” ended on %(end)s. No certificates are "
            "issued for it until it is confirmed again."
        )
    ],
    action=ANEW,
)
DELETED = notice(
    "domain-deleted",
    Priority.INFORMATIONAL,
    when="Somebody deletes a domain (D12).",
    to=RESPONSIBLE,
    subject=gettext_lazy("%(domain)s was deleted"),
    lines=[
        gettext_lazy(
            "%(person)s deleted %(domain)s from the organization profile “%(profile)s”. To request certificates for it, it "
            "has to be added and confirmed again."
        )
    ],
    action=SEE_ALL,
)
SUSPENDED = notice(
    "domain-suspended",
    Priority.CRITICAL,
    when="The vetting team suspends a domain.",
    to=RESPONSIBLE,
    subject=gettext_lazy("%(domain)s is suspended"),
    lines=[
        gettext_lazy("The vetting team suspended %(domain)s. No certificates are issued for it until it is resumed."),
        gettext_lazy("The reason: %(reason)s"),
    ],
    action=SEE,
)
RESUMED = notice(
    "domain-resumed",
    Priority.INFORMATIONAL,
    when="The vetting team resumes a domain.",
    to=RESPONSIBLE,
    subject=gettext_lazy("%(domain)s is no longer suspended"),
    lines=[gettext_lazy("The vetting team resumed %(domain)s.")],
    action=SEE,
)


def please_confirm(attempt: "Attempt", token: str, lifetime: timedelta) -> None:
    """To the chosen address of the domain: somebody wants certificates for it. Is that right?"""
    profile = attempt.profile
    with override(profile.language):
        words = {
            "domain": names.display(attempt.name),
            "organization": profile.organization_here,
            "days": lifetime.days,
        }
        url = settings.PORTAL_URL + reverse("confirm", args=[token])
        letter = CONFIRM.letter(words, facts=_facts(profile, attempt), url=url)
    mail.post(letter, to=[attempt.address], key=f"{CONFIRM.key}:{attempt.pk}", language=profile.language)


def _facts(profile: "OrganizationProfile", attempt: "Attempt") -> list[tuple[str, str]]:
    who = attempt.requester
    asked_by = f"{who.get_full_name()} <{who.email}>" if who else ""
    return [
        (_("Domain"), names.display(attempt.name)),
        (_("Organization"), f"{profile.organization_here}, {profile.locality}, {profile.country}"),
        (_("Asked by"), asked_by),
    ]


def added(domain: "Domain", attempt: "Attempt") -> None:
    """The domain is there, and what it waits for."""
    _tell(ADDED, domain, how=partial(how, attempt))


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
    _tell(VETTED if domain.level == Level.EV else READY, domain, attempt.pk, reach=partial(_reach, domain))


def _reach(domain: "Domain") -> str:
    proof = domain.proof(policy.at(clock.now()))
    if proof and proof.covers_below:
        return _("Certificates can be issued for it and every name below it.")
    return _("Certificates can be issued for this very name; a file proves no names below it.")


def declined(domain: "Domain", attempt: "Attempt", reason: str) -> None:
    """The vetting team refused, and why; what the domain is now."""
    otherwise = gettext_lazy("No certificates are issued for it. You can delete it and add it anew.")
    _tell(DECLINED, domain, attempt.pk, reason=lambda: reason, after=partial(_after, domain, otherwise))


def denied(domain: "Domain", attempt: "Attempt", reader: str) -> None:
    """The mail was answered with DO NOT approve, and what that means for the domain."""
    is_removed = domain.status == Status.PENDING
    otherwise = gettext_lazy("The domain stays Expired.")
    if is_removed:
        otherwise = gettext_lazy(
            "The domain was removed from the organization profile “%(profile)s”; certificate requests for it wait until it "
            "is added and confirmed again."
        )
    url = settings.PORTAL_URL + reverse("domains:list") if is_removed else ""
    _tell(DENIED, domain, attempt.pk, url=url, reader=lambda: reader, after=partial(_after, domain, otherwise))


def _after(domain: "Domain", otherwise: Any) -> str:
    """What the domain is after a refusal."""
    after = {
        Status.UPGRADING: gettext_lazy("The domain stays as it was, at OV."),
        Status.RE_VETTING: gettext_lazy("The confirmation that the domain has goes on until %(end)s."),
    }.get(Status(domain.status), otherwise)
    return str(after) % _words(domain)


def timed_out(domain: "Domain", attempt: "Attempt") -> None:
    """Nobody answered, or the record or file never came."""

    def what() -> str:
        if attempt.method in CHECKED:
            return _("The record or file that was asked for was not found in time.")
        return _("The mail to %(address)s was not answered in time.") % {"address": attempt.address}

    _tell(TIMED_OUT, domain, attempt.pk, what=what)


def expiring(domain: "Domain") -> None:
    """The end is near: confirm anew, or say that it need not be. Once for each moment."""
    expiry.tell(ending(domain, clock.now()))


def ending(domain: "Domain", now: datetime) -> Ending:
    """What is said of its end at the moment that has come."""
    assert domain.expires_at  # noqa: S101  # only what was confirmed comes near its end
    days = _life(domain).days_left(now)
    news = _news(EXPIRING, domain, reminder(domain, now), when=partial(when, days))
    return Ending(news, domain.display_name, domain.expires_at, _url(domain), f"domain:{domain.pk}")


def reminder(domain: "Domain", now: datetime) -> str:
    """Which of the reminders it is, for the key: that of a moment that the profile has chosen, or the first word."""
    reached = _life(domain).reached(domain.profile.expiry_days, now)
    return f"{_end(domain)}:{'first' if reached is None else reached}"


def _life(domain: "Domain") -> Life:
    assert domain.expires_at  # noqa: S101  # as above
    assert domain.confirmed_at  # noqa: S101
    return Life(domain.confirmed_at, domain.expires_at, domain.profile.account.zone)


def record_gone(domain: "Domain", attempt: "Attempt", host: str) -> list[OutgoingMail]:
    """The record at `host` that would have confirmed it again is gone. Returns what was posted: nothing the second time."""
    facts = [
        (gettext_lazy("Kind"), "TXT"),
        (gettext_lazy("Name of the record"), host),
        (gettext_lazy("Value"), attempt.value),
    ]
    return _tell(RECORD_GONE, domain, _end(domain), facts=facts)


def expired(domain: "Domain") -> None:
    """Nothing is issued any more."""
    _tell(EXPIRED, domain, _end(domain))


def deleted(domain: "Domain", by: "Administrator") -> None:
    """Somebody deleted it (D12)."""
    url = settings.PORTAL_URL + reverse("domains:list")
    _tell(DELETED, domain, url=url, person=lambda: f"{by.get_full_name()} <{by.email}>")


def suspended(domain: "Domain") -> None:
    """The vetting team stopped it, and why."""
    _tell(SUSPENDED, domain, domain.updated_at.isoformat(), reason=lambda: domain.reason)


def resumed(domain: "Domain") -> None:
    """The vetting team let it go on."""
    _tell(RESUMED, domain, domain.updated_at.isoformat())


def _tell(kind: Kind, domain: "Domain", which: object = "", **more: Any) -> list[OutgoingMail]:
    return telling.tell(_news(kind, domain, which, **more))


def _news(
    kind: Kind,
    domain: "Domain",
    which: object = "",
    *,
    facts: Iterable[tuple[object, str]] = (),
    url: str = "",
    **words: Callable[[], object],
) -> News:
    """News of the domain; `words` are asked for in each language, `which` tells it from others of its kind."""

    def write() -> Letter:
        filled = _words(domain) | {name: value() for name, value in words.items()}
        return kind.letter(filled, facts=[(str(word), fact) for word, fact in facts], url=url or _url(domain))

    key = f"{domain.pk}:{which}" if which else domain.pk
    return telling.about(kind, key, domain.profile, write, _addresses(domain), _data(domain))


def _words(domain: "Domain") -> dict[str, object]:
    return {
        "domain": domain.display_name,
        "profile": domain.profile.name,
        "end": _day(domain, domain.expires_at),
    }


def _addresses(domain: "Domain") -> dict[To, Callable[[], Iterable[str]]]:
    profile, requester = domain.profile, domain.requester
    return {
        To.REQUESTER: lambda: [requester.email] if requester and requester.is_active else [],
        To.PRIMARIES: partial(primary_addresses, profile),
        To.PROFILE_LIST: lambda: profile.domain_recipients,
    }


def _data(domain: "Domain") -> dict[str, Any]:
    """For the webhook."""
    return {
        "domain": domain.name,
        "type": domain.level,
        "status": domain.status,
        "profile": domain.profile.name,
        "expires": domain.expires_at.isoformat() if domain.expires_at else None,
        "url": _url(domain),
    }


def _url(domain: "Domain") -> str:
    return settings.PORTAL_URL + domain.get_absolute_url()


def _day(domain: "Domain", moment: datetime | None) -> str:
    return date_format(moment.astimezone(domain.profile.account.zone), "DATE_FORMAT") if moment else ""


def _end(domain: "Domain") -> str:
    """The day of its end, for keys: after another confirmation everything may be said again."""
    return f"{domain.expires_at:%Y-%m-%d}"
