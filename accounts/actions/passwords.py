"""Forgotten, changed and guessed passwords."""

from collections.abc import Callable
from datetime import timedelta

from django.db import transaction

from accounts import account_notices, locking, notices
from accounts.actions.invitations import remind
from accounts.models import Account, Administrator
from accounts.states import Status
from sslportal.kit import audit, clock, queue, tokens
from sslportal.kit.models import Link
from sslportal.kit.moves import lock
from sslportal.kit.tasks import send_waiting_mail

RESET = "reset-password"
LIFETIME = timedelta(hours=4)
ENOUGH = timedelta(minutes=5)


def ask_reset(email: str) -> None:
    """Mail the link to a new password to whoever has the address. Nothing tells whether somebody has it."""
    _for_whoever_has(email, _send_link)


def _send_link(person: Administrator) -> None:
    """Nobody has proved to be the person yet: no earlier link ends, and within five minutes one mail is enough."""
    if person.status == Status.PENDING:
        remind(person)
    elif not tokens.issued_since(RESET, person.pk, clock.now() - ENOUGH):
        notices.please_reset(person, tokens.issue(RESET, person.pk, LIFETIME), LIFETIME)
        audit.record(person, "ask_reset")


def tell_locked(email: str) -> None:
    """Tell the owner of an address that it is locked now."""
    _for_whoever_has(email, _tell_locked)


def _tell_locked(person: Administrator) -> None:
    notices.locked(person)
    account_notices.locked(person)
    audit.record(person, "lock")


def _for_whoever_has(email: str, do: Callable[[Administrator], None]) -> None:
    """Do it for the person of the address. Without one the same is done for nobody and taken back: it takes as long."""
    with transaction.atomic():
        person = Administrator.objects.at_address(email)
        do(person or Administrator(pk=0, email=email, status=Status.ACTIVE, account=Account(pk=0)))
        transaction.set_rollback(person is None)
    if person is None:
        queue.once_after_commit(send_waiting_mail)  # a message for a mail that does not exist


@transaction.atomic
def reset_password(link: Link, password: str) -> Administrator:
    """Set the password by the link in the mail, which also unlocks. Every session ends. Raises LinkRefused."""
    person = lock(Administrator(pk=link.subject_id))
    tokens.use(link)
    tokens.withdraw(RESET, person.pk)
    _set(person, password, "reset_password")
    locking.forget_tries(person.email)
    return person


@transaction.atomic
def change_password(person: Administrator, password: str) -> None:
    """Set the password of somebody who is signed in. Every other session ends."""
    tokens.withdraw(RESET, person.pk)
    _set(person, password, "change_password")


def _set(person: Administrator, password: str, verb: str) -> None:
    person.set_password(password)
    person.save(update_fields=["password"])
    audit.record(person, verb, by=person)
    notices.password_was_set(person)
