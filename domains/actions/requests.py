"""What administrators do with domains: add them, choose how they are confirmed, upgrade, delete."""

import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from domains import contacts, counting, methods, notices, rules, tasks
from domains.actions import outcome
from domains.methods import Offer, manual
from domains.models import Attempt, Domain
from domains.queries import suspended_above
from domains.states import BY_MAIL, CHECKED, Method, Status
from profiles.states import Level
from sslportal.kit import audit, clock, names, policy, queue
from sslportal.kit.moves import Refused, lock, move, require

if TYPE_CHECKING:
    from accounts.models import Administrator
    from profiles.models import OrganizationProfile

RANDOM_BYTES = 20  # of a value: 160 bits, where BR 1.6.1 asks for 112
MAILS_A_DAY = 5  # to strangers, for one domain
MAILS_TO_ONE = 50  # to one address a day: it is on offer for all names below its domain, or named as contact by many
MAILS_OF_AN_ACCOUNT = 300  # a day


class NotNow(Refused):
    """The profile or the domain is not in a state for it."""


@transaction.atomic
def add_domain(profile: "OrganizationProfile", name: str, *, level: str, choice: str, by: "Administrator") -> Domain:
    """Add the domain, Pending, and begin to confirm it by `choice`, a value of methods.offers; without one by hand.

    A domain that the profile has already is returned as it is. EV domains and internationalized names go to the vetting
    team whatever the choice. Raises PermissionDenied, NotNow, OverSubscription, and NotOnOffer.
    """
    require(rules.may_manage(by, profile))
    lock(profile.account)  # domains are counted against the subscription one after the other
    if not rules.takes_domains(profile) or (level == Level.EV and profile.level != Level.EV):
        raise NotNow(
            _("No domains of this type can be added to “%(profile)s” as it is now.") % {"profile": profile.name}
        )
    _require_no_suspended(profile, name)
    domain, is_new = Domain.objects.get_or_create(
        profile=profile, name=name, defaults={"level": level, "requester": by}
    )
    if is_new:
        _require_room(domain)
        audit.record(domain, "add", by=by, after=domain.status)
        by_hand = rules.needs_person(level, is_idn=domain.is_idn) or not choice
        offer = _chosen(name, manual.VALUE if by_hand else choice)
        _require_patience(domain, offer)
        attempt = _begin(domain, level, offer, by)
        notices.added(domain, attempt)
    return domain


def _require_no_suspended(profile: "OrganizationProfile", name: str) -> None:
    """What the vetting team suspended is not got round by adding a name below it."""
    others = list(profile.domains.exclude(name=name))
    if above := suspended_above(others, names.parse(name)):
        raise NotNow(_("%(domain)s is suspended, so no names below it can be added.") % _named(above))


def _chosen(name: str, choice: str) -> Offer:
    return methods.chosen(name, choice, contacts.known(name))


def _require_room(domain: Domain) -> None:
    """The domain, which is there already, must not be one too many."""
    others = Domain.objects.counted().filter(profile__account=domain.profile.account_id, name=domain.name)
    if not others.exclude(pk=domain.pk).exists() and counting.over_subscription(domain.profile.account):
        raise counting.OverSubscription(counting.says(1))


def _begin(domain: Domain, level: str, offer: Offer, by: "Administrator") -> Attempt:
    """Write the attempt and set it going."""
    now, lifetime = clock.now(), timedelta(days=policy.at(clock.now()).confirmation_lifetime_days)
    is_checked = offer.method in CHECKED
    attempt = Attempt.objects.create(
        domain=domain,
        profile=domain.profile,
        name=domain.name,
        level=level,
        method=offer.method,
        address=offer.address,
        value=secrets.token_hex(RANDOM_BYTES) if is_checked else "",
        requester=by,
        expires_at=None if offer.method == Method.MANUAL else now + lifetime,
        next_check_at=now if is_checked else None,
    )
    methods.way(offer.method).start(attempt)
    if is_checked:
        queue.after_commit(tasks.check_due_attempts)  # many that were added together are looked for together
    return attempt


@transaction.atomic
def reconfirm(domain: Domain, *, choice: str, by: "Administrator") -> Attempt:
    """Confirm the domain anew by `choice`: while it is being confirmed, instead of the way chosen before (D10, D11).

    A mail to the same address is sent again with a new link. Raises PermissionDenied, NotNow and NotOnOffer.
    """
    require(rules.may_manage(by, domain.profile))
    domain = lock(domain)
    attempt = outcome.locked_attempt(domain)
    _require_choice(domain, attempt)
    offer = _chosen(domain.name, choice)
    _require_patience(domain, offer)
    level = attempt.level if attempt else domain.level
    if attempt:
        outcome.withdraw(attempt, by=by)
    if domain.status in domain.MOVES["revet"].sources:
        move(domain, "revet", by=by)
    else:
        audit.record(domain, "choose", by=by, before=domain.status, after=domain.status)
    return _begin(domain, level, _for_status(domain, level, offer), by)


def _for_status(domain: Domain, level: str, offer: Offer) -> Offer:
    """The choice; a new domain that the vetting team confirms in any case goes to it (D8)."""
    if domain.status == Status.PENDING and rules.needs_person(level, is_idn=domain.is_idn):
        return _chosen(domain.name, manual.VALUE)
    return offer


def _require_choice(domain: Domain, attempt: Attempt | None) -> None:
    if rules.is_in_the_teams_hands(attempt):
        raise NotNow(_("The vetting team is confirming %(domain)s; this can no longer be changed.") % _named(domain))
    if not rules.takes_domains(domain.profile):
        raise NotNow(_("Nothing can be confirmed for “%(profile)s” as it is now.") % {"profile": domain.profile})
    if not rules.can_choose(domain, attempt):
        raise NotNow(
            _("%(domain)s is %(status)s and cannot be confirmed now.")
            % {**_named(domain), "status": domain.get_status_display()}
        )


def _require_patience(domain: Domain, offer: Offer) -> None:
    """Mail to strangers must not be sent without end: neither for a domain, nor to an address by many names below it."""
    if offer.method not in BY_MAIL:
        return
    since = clock.now() - timedelta(days=1)
    sent = Attempt.objects.filter(profile__account=domain.profile.account_id, created_at__gt=since)
    if sent.filter(profile=domain.profile, name=domain.name, method__in=BY_MAIL).count() >= MAILS_A_DAY:
        raise NotNow(
            _("%(count)d mails have been sent for %(domain)s within a day. Try again tomorrow, or choose another way.")
            % {**_named(domain), "count": MAILS_A_DAY}
        )
    if sent.exclude(address="").count() >= MAILS_OF_AN_ACCOUNT:
        raise NotNow(
            _(
                "%(count)d mails have been sent for your account within a day. Try again tomorrow, or choose another way."
            )
            % {"count": MAILS_OF_AN_ACCOUNT}
        )
    if sent.filter(address=offer.address).count() >= MAILS_TO_ONE:
        raise NotNow(
            _("%(count)d mails have been sent to %(address)s within a day. Try again tomorrow, or choose another way.")
            % {"address": offer.address, "count": MAILS_TO_ONE}
        )


def _named(domain: Domain) -> dict[str, object]:
    return {"domain": domain.display_name}


@transaction.atomic
def upgrade_domain(domain: Domain, *, choice: str = manual.VALUE, by: "Administrator") -> Domain:
    """Ask for the vetting to EV; meanwhile it goes on serving OV. However control is proved, the vetting team finishes (D9).

    Raises PermissionDenied, NotNow and NotOnOffer.
    """
    require(rules.may_manage(by, domain.profile))
    domain = lock(domain)
    if not rules.can_upgrade(domain):
        raise NotNow(_("%(domain)s cannot be upgraded to EV now.") % _named(domain))
    offer = _chosen(domain.name, choice)
    _require_patience(domain, offer)
    move(domain, "upgrade", by=by)
    _begin(domain, Level.EV, offer, by)
    return domain


@transaction.atomic
def check_now(domain: Domain, *, by: "Administrator") -> None:
    """Have the record or the file looked for at once, and often in the next minutes. Raises PermissionDenied, NotNow."""
    require(rules.may_manage(by, domain.profile))
    domain = lock(domain)
    attempt = outcome.locked_attempt(domain)
    if attempt is None or attempt.next_check_at is None:
        raise NotNow(_("Nothing is being looked for."))
    attempt.next_check_at, attempt.tries = clock.now(), 0
    attempt.save(update_fields=["next_check_at", "tries"])
    queue.after_commit(tasks.check_attempt, attempt.pk)


@transaction.atomic
def stop_reminders(domain: Domain, *, by: "Administrator") -> None:
    """No more mail about the end of the domain until it is there (D11, Decline). Raises PermissionDenied, NotNow."""
    require(rules.may_manage(by, domain.profile))
    domain = lock(domain)
    if not rules.can_stop_reminders(domain):
        raise NotNow(_("There are no reminders to stop."))
    domain.no_reminders = True
    domain.save(update_fields=["no_reminders"])
    audit.record(domain, "no_reminders", by=by, before=domain.status, after=domain.status)


_orders: list[Callable[[Domain], list[str]]] = []


def refuse_deleting_by(orders: Callable[[Domain], list[str]]) -> None:
    """Say who knows the orders that a domain is part of: the app of certificates, which stands above this one."""
    _orders[:] = [orders]


class InUse(Refused):
    """The domain is part of an order that is under way."""


@transaction.atomic
def delete_domain(domain: Domain, *, by: "Administrator") -> None:
    """Delete the domain (D12). Raises PermissionDenied, NotNow, and InUse, which names the orders."""
    require(rules.may_manage(by, domain.profile))
    domain = lock(domain)
    if domain.status == Status.SUSPENDED:  # else it could be added again, and be confirmed without the vetting team
        raise NotNow(_("%(domain)s is suspended. It stays until the vetting team resumes it.") % _named(domain))
    if orders := [order for ask in _orders for order in ask(domain)]:
        raise InUse(
            _("%(domain)s is part of certificate requests that are under way: %(orders)s. It stays until they are issued "
              "or canceled.") % {**_named(domain), "orders": ", ".join(orders[:5])}
        )  # fmt: skip
    outcome.withdraw_open(domain, by=by)
    notices.deleted(domain, by)
    outcome.remove(domain, by=by)
