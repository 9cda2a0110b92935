"""What an order still waits for: every reason, so that the page can list them all."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from certificates.queries import wanted_names
from certificates.states import Status
from domains.models import Attempt, Domain
from domains.queries import covering, uncovered
from domains.states import Method, Outcome
from domains.states import Status as DomainStatus
from profiles import states as profile_states
from sslportal.kit import clock, names, policy

if TYPE_CHECKING:
    from certificates.models import Order


@dataclass(frozen=True)
class Blocker:
    """One thing that must happen before the certificate can be issued; `url` leads to where it can be seen to."""

    code: str
    says: str
    url: str = ""


def blockers(order: "Order") -> list[Blocker]:
    """Everything that a Pending order waits for; nothing for an order in another status."""
    if order.status != Status.PENDING:
        return []
    return [*_profile(order), *_names(order), *_policy(order), *_vetting(order)]


def _profile(order: "Order") -> list[Blocker]:
    profile = order.profile
    if profile.expires_at and profile.expires_at <= clock.now():
        day = date_format(profile.expires_at.astimezone(profile.account.zone), "DATE_FORMAT")
        says = _("The vetting of the organization profile “%(profile)s” expired on %(day)s.") % {
            "profile": profile,
            "day": day,
        }
        return [Blocker("profile-expired", says, profile.get_absolute_url())]
    if profile_states.allows(profile.status, profile.level, order.level):
        return []
    if why := profile.why_no_orders():
        return [Blocker("profile", why, profile.get_absolute_url())]
    says = _("The organization profile “%(profile)s” is %(status)s at %(level)s; %(wanted)s certificates cannot be "
             "issued for it now.") % {
        "profile": profile, "status": profile.get_status_display(), "level": profile.level, "wanted": order.level
    }  # fmt: skip
    return [Blocker("profile", says)]


def _names(order: "Order") -> list[Blocker]:
    try:
        return _domains(order, wanted_names(order))
    except names.NameRefused as refusal:  # a name can become a public suffix after it was ordered
        return [Blocker("name", str(refusal.message))]


def _domains(order: "Order", wanted: list[names.Name]) -> list[Blocker]:
    missing = uncovered(order.profile, wanted, order.level)
    known = list(order.profile.domains.all())
    by_domain: dict[str, Domain | None] = {}
    for name in missing:
        domain = covering(known, name)
        by_domain[domain.name if domain else name.registrable] = domain
    return [_domain(order, text, domain) for text, domain in by_domain.items()]


def _domain(order: "Order", text: str, domain: Domain | None) -> Blocker:
    if domain is None:
        return Blocker("domain-missing", _missing(order, text))
    return Blocker(f"domain-{domain.status}", _in_the_way(domain), domain.get_absolute_url())


def _in_the_way(domain: Domain) -> str:
    """Why nothing can be issued for the domain now."""
    words = {"domain": domain.display_name, "reason": domain.decline_reason}
    match domain.status:
        case DomainStatus.PENDING:
            return _waiting(domain)
        case DomainStatus.UPGRADING:
            return _("The vetting team is vetting %(domain)s to EV.") % words
        case DomainStatus.DECLINED:
            return _("The vetting team declined %(domain)s: %(reason)s") % words
        case DomainStatus.SUSPENDED:
            return _("%(domain)s is suspended.") % words
        case DomainStatus.EXPIRED:
            return _("The confirmation of %(domain)s has expired.") % words
    if domain.expires_at and domain.expires_at <= clock.now():
        return _("The confirmation of %(domain)s has expired.") % words
    return _("%(domain)s is not vetted to EV.") % words


def _waiting(domain: Domain) -> str:
    attempt = domain.attempts.filter(status=Outcome.WAITING).order_by("-pk").first()
    if attempt and attempt.method == Method.MAIL:
        return _("Control of %(domain)s is not confirmed: the link in the mail to %(address)s has not been used.") % {
            "domain": domain.display_name,
            "address": attempt.address,
        }
    return _("The vetting team is confirming control of %(domain)s.") % {"domain": domain.display_name}


def _missing(order: "Order", text: str) -> str:
    attempts = Attempt.objects.filter(profile=order.profile, name=text, method=Method.MAIL, status=Outcome.DENIED)
    denied = attempts.order_by("-pk").first()
    if denied is None:
        return _("%(domain)s is not among the domains of the organization profile.") % {"domain": names.display(text)}
    return _("%(address)s did not approve the use of %(domain)s on %(date)s. Add the domain again, or cancel.") % {
        "address": denied.address,
        "domain": names.display(text),
        "date": date_format(denied.updated_at, "DATE_FORMAT"),
    }


def _policy(order: "Order") -> list[Blocker]:
    now = policy.at(clock.now())
    if order.validity in {choice.key for choice in now.validity_choices(order.hash_algorithm)}:
        return []
    return [Blocker("policy", _("The validity period that was chosen is no longer allowed. Cancel and request anew."))]


def _vetting(order: "Order") -> list[Blocker]:
    if not order.hold:
        return []
    return [Blocker("vetting", _("The vetting team is looking at this request: %(why)s") % {"why": order.held_for})]
