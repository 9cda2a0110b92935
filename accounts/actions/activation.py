"""From a customer to a portal account: activating it, and setting it up."""

from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import account_notices, notices
from accounts.actions.invitations import add
from accounts.models import Account, Activation, Administrator, Subscription
from accounts.states import Status
from accounts.terms import VERSION
from profiles.actions import add_profile
from sslportal.kit import audit, clock, tokens
from sslportal.kit.models import Draft, Link
from sslportal.kit.moves import Refused, lock

SET_UP = "set-up"  # the operator's link, for the address that the account was activated with
SET_UP_OTHER = "set-up-other"  # the same for another address, which the link confirms
LIFETIME = timedelta(days=14)
MOST_ADDRESSES = 5  # a day, that somebody with a set-up link can have mailed


@transaction.atomic
def activate_account(
    company: str,
    *,
    contact: dict[str, str],
    organization: dict[str, str],
    product: str,
    domains: int,
    starts_on: date,
    ends_on: date,
    language: str,
    by: Any,
) -> Activation:
    """Create the account with its subscription, and mail the set-up link to the contact.

    `contact` and `organization` are what the wizard starts from, by the names of its fields. Raises Refused where the
    contact's address is an administrator's already.
    """
    email = contact["email"]
    if Administrator.objects.at_address(email):
        raise Refused(_("%(email)s is the address of an administrator already.") % {"email": email})
    account = Account.objects.create(name=company)
    Subscription.objects.create(account=account, product=product, domains=domains, starts_on=starts_on, ends_on=ends_on)
    draft = Draft.objects.create(kind="set-up", data={"contact": _typed(contact), "corporate": _typed(organization)})
    activation = Activation.objects.create(account=account, draft=draft, email=email, language=language)
    audit.record(account, "activate", by=by)
    send_setup_link(activation, by=by)
    return activation


def _typed(values: dict[str, str]) -> dict[str, list[str]]:
    return {name: [value] for name, value in values.items()}


@transaction.atomic
def send_setup_link(activation: Activation, *, by: Any) -> None:
    """Mail the set-up link; links that were sent before end. Raises Refused where the set-up is complete."""
    activation = lock(activation)
    if activation.completed_at:
        raise Refused(_("The account is set up already."))
    for purpose in (SET_UP, SET_UP_OTHER):
        tokens.withdraw(purpose, activation.pk)
    activation.other_email = ""
    activation.save(update_fields=["other_email"])
    _forget_password(activation.draft)
    notices.please_set_up(activation, tokens.issue(SET_UP, activation.pk, LIFETIME), LIFETIME)
    audit.record(activation.account, "send_setup", by=by)


def _forget_password(draft: Draft | None) -> None:
    """Whoever goes on chooses a password anew."""
    if draft and (draft.typed("contact") or {}).pop("password_hash", None):
        draft.save()


@transaction.atomic
def ask_for_other_address(activation: Activation, email: str) -> None:
    """Mail a link to the address that shall be the user ID; the newest such link is the one that counts.

    Whether the address is somebody's already, only its reader is told. Raises Refused after five addresses in a day.
    """
    activation = lock(activation)
    if tokens.issued_since(SET_UP_OTHER, activation.pk, clock.now() - timedelta(days=1)) >= MOST_ADDRESSES:
        raise Refused(_("You have tried many addresses. Go on under one of them, or tomorrow under another one."))
    activation.other_email = email
    activation.save(update_fields=["other_email"])
    tokens.withdraw(SET_UP_OTHER, activation.pk)
    token = tokens.issue(SET_UP_OTHER, activation.pk, LIFETIME)
    if Administrator.objects.at_address(email):
        tokens.withdraw(SET_UP_OTHER, activation.pk)
        notices.address_is_taken(activation)
    else:
        notices.please_confirm_address(activation, token, LIFETIME)


@transaction.atomic
def finish_setup(
    activation: Activation, link: Link, *, contact: dict[str, str], password: str, organization: dict[str, Any]
) -> Administrator:
    """Create the first Global Administrator and the first organization profile, Pending.

    `password` is its hash. Raises LinkRefused where somebody was faster, AddressTaken where the address is somebody's by now.
    """
    activation = lock(activation)
    tokens.use(link)
    email = address_of(activation, link)
    person = Administrator(account=activation.account, email=email, password=password, is_global=True, **contact)
    person.status, person.language = Status.ACTIVE, activation.language
    person.terms_version, person.terms_accepted_at = VERSION, clock.now()
    add(person)
    audit.record(person, "create", by=person, after=person.status)
    audit.record(activation.account, "set_up", by=person)
    add_profile(activation.account, organization=organization, by=person)
    _close(activation)
    notices.is_set_up(person)
    account_notices.is_set_up(person)
    return person


def address_of(activation: Activation, link: Link) -> str:
    """The user ID that the set-up behind the link leads to."""
    return activation.other_email if link.purpose == SET_UP_OTHER else activation.email


def _close(activation: Activation) -> None:
    for purpose in (SET_UP, SET_UP_OTHER):
        tokens.withdraw(purpose, activation.pk)
    draft, activation.draft, activation.completed_at = activation.draft, None, clock.now()
    activation.save()
    if draft:
        draft.delete()
