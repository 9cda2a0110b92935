"""What an order still waits for: every reason, so that the page can list them all."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from certificates import caa_words, keys
from certificates.csr import refused_as
from certificates.queries import Reach, reach_of
from certificates.states import AWAIT_CSR, Hold, Status
from domains.models import Attempt, Domain
from domains.queries import covering, open_attempt, suspended_above
from domains.states import Method, Outcome
from domains.states import Status as DomainStatus
from profiles import states as profile_states
from profiles.states import Level
from sslportal.kit import clock, names, policy

if TYPE_CHECKING:
    from certificates.models import Order


@dataclass(frozen=True)
class Blocker:
    """One thing that must happen before the certificate can be issued; `url` leads to where it can be seen to.

    `is_caa` says that CAA records are to be mended, `is_due` that it is up to us now, to ask the DNS. `unfit` is why the
    key must not be certified, where nobody was told so yet (certificates.keys.why_barred).
    """

    code: str
    says: str
    url: str = ""
    is_caa: bool = False
    is_due: bool = False
    unfit: str = ""


@dataclass(frozen=True)
class Check:
    """One line of the checklist on the page of an order: what is looked at, and what there is in the way.

    `is_later` says that its turn has not come: it is looked at when nothing else is in the way.
    """

    label: str
    blockers: list[Blocker]
    is_later: bool = False


def checklist(order: "Order") -> list[Check]:
    """All that must be in order before a Pending order is issued; nothing for an order in another status.

    CAA records come last, when nothing else is in the way: a permission is good for hours only (BR 3.2.2.8).
    """
    if order.status != Status.PENDING:
        return []
    names_of_it, reach = _names(order)
    checks = [
        Check(_("Organization profile"), _profile(order)),
        Check(_("Confirmation of the domains"), names_of_it),
        Check(_("Rules of today"), _policy(order)),
        Check(_("Key"), _key(order)),
        Check(_("Vetting team"), _vetting(order)),
    ]
    is_later = any(check.blockers for check in checks)
    caa = _caa(order, reach.dns_names) if reach and not is_later else []
    return [*checks, Check(_("CAA records"), caa, is_later)]


def blockers(order: "Order") -> list[Blocker]:
    """Everything that a Pending order waits for; nothing for an order in another status."""
    return [blocker for check in checklist(order) for blocker in check.blockers]


def dns_is_due(in_the_way: list[Blocker]) -> bool:
    """Whether nothing but CAA is in the way, and the DNS is to be asked for it now."""
    return bool(in_the_way) and all(blocker.is_due for blocker in in_the_way)


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


def _names(order: "Order") -> tuple[list[Blocker], Reach | None]:
    """What is in the way of its names, and how far the domains reach."""
    try:
        reach = reach_of(order)
    except names.NameRefused as refusal:  # a name can become a public suffix after it was ordered
        return [Blocker("name", str(refusal.message))], None
    return _domains(order, reach.missing), reach


def _domains(order: "Order", missing: list[names.Name]) -> list[Blocker]:
    by_domain: dict[str, tuple[Domain | None, list[names.Name]]] = {}
    for name in missing:
        domain = suspended_above(order.domains, name) or covering(order.domains, name)
        by_domain.setdefault(domain.name if domain else name.registrable, (domain, []))[1].append(name)
    return [_domain(order, text, domain, of_it) for text, (domain, of_it) in by_domain.items()]


def _domain(order: "Order", text: str, domain: Domain | None, wanted: list[names.Name]) -> Blocker:
    if domain is None:
        return Blocker("domain-missing", _missing(order, text))
    return Blocker(f"domain-{domain.status}", _in_the_way(order, domain, wanted), domain.get_absolute_url())


def _in_the_way(order: "Order", domain: Domain, wanted: list[names.Name]) -> str:
    """Why nothing can be issued for the names in the domain now."""
    words = {"domain": domain.display_name, "reason": domain.reason}
    match domain.status:
        case DomainStatus.PENDING:
            return _waiting(domain)
        case DomainStatus.UPGRADING if order.level == Level.EV:
            return _("The vetting team is vetting %(domain)s to EV.") % words
        case DomainStatus.DECLINED:
            return _("The vetting team declined %(domain)s: %(reason)s") % words
        case DomainStatus.SUSPENDED:
            return _("%(domain)s is suspended.") % words
    if domain.status == DomainStatus.EXPIRED or domain.is_expired:
        return _("The confirmation of %(domain)s has expired.") % words
    if order.level == Level.EV and domain.level != Level.EV:
        return _("%(domain)s is not vetted to EV.") % words
    return _not_proved(domain, wanted)


def _not_proved(domain: Domain, wanted: list[names.Name]) -> str:
    """The domain is up, but what its confirmation rests on does not reach these names, or counts no more."""
    words = {"domain": domain.display_name, "names": ", ".join(names.display(name.ascii) for name in wanted[:5])}
    if domain.proof(policy.at(clock.now())) is None:
        return _("The confirmation of %(domain)s no longer counts by the rules. Confirm it anew.") % words
    return _("%(domain)s was confirmed by a file, which proves just that name and not %(names)s. Confirm it anew by a DNS "
             "record or a mail.") % words  # fmt: skip


def _waiting(domain: Domain) -> str:
    attempt, words = open_attempt(domain), {"domain": domain.display_name}
    if attempt is None:
        return _("Control of %(domain)s is not confirmed, and nothing is under way for it: choose a way.") % words
    if attempt.is_by_mail:
        return _("Control of %(domain)s is not confirmed: the link in the mail to %(address)s has not been used.") % {
            **words,
            "address": attempt.address,
        }
    if attempt.method == Method.DNS:
        return _("Control of %(domain)s is not confirmed: its DNS record has not been found yet.") % words
    if attempt.method == Method.FILE:
        return _("Control of %(domain)s is not confirmed: the file on its web server has not been found yet.") % words
    return _("The vetting team is confirming control of %(domain)s.") % words


def _missing(order: "Order", text: str) -> str:
    attempts = Attempt.objects.filter(profile=order.profile, name=text, status=Outcome.DENIED).exclude(address="")
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


def _key(order: "Order") -> list[Blocker]:
    """A new CSR is waited for, or the key must not be certified though nobody was told yet."""
    if order.hold == Hold.CSR:
        says = _("The vetting team asks for a new CSR: %(why)s") % {"why": order.hold_detail}
        return [Blocker("csr", says)]
    if order.hold == Hold.KEY:
        return [Blocker("key", order.held_for)]
    if why := keys.why_barred(order):
        return [Blocker("key", str(refused_as(why).message), unfit=why)]
    return []


def _vetting(order: "Order") -> list[Blocker]:
    if not order.hold or order.hold in AWAIT_CSR:
        return []
    return [Blocker("vetting", _("The vetting team is looking at this request: %(why)s") % {"why": order.held_for})]


def _caa(order: "Order", names: list[str]) -> list[Blocker]:
    check = order.caa
    if check and check.permits(names):
        return []
    if check is None or check.allowed or not check.is_about(names):
        return [Blocker("caa-unasked", _("The portal is looking up the CAA records of its names."), is_due=True)]
    is_due = check.next_try_at is None or check.next_try_at <= clock.now()
    said = caa_words.sentences(check.verdicts, check.issuers)
    return [Blocker(f"caa-{verdict}", says, is_caa=True, is_due=is_due) for verdict, says in said]
