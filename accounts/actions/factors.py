"""Second factors added, removed and guessed at: what the history and the person are told of it."""

from typing import Any

from allauth.mfa import signals
from allauth.mfa.models import Authenticator
from axes.handlers.proxy import AxesProxyHandler
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts import notices, sessions
from accounts.actions.invitations import as_manager
from accounts.models import Administrator
from accounts.second_factor import APP, CODES, PASSKEY
from sslportal.kit import audit
from sslportal.kit.moves import Refused, lock, require


def connect() -> None:
    """allauth adds and removes; what follows from it is here."""
    signals.authenticator_added.connect(_added, dispatch_uid="tell of an added factor")
    signals.authenticator_removed.connect(_removed, dispatch_uid="tell of a removed factor")
    signals.authenticator_reset.connect(_made_codes, dispatch_uid="tell of new recovery codes")
    signals.authentication_failed.connect(_count_wrong_code, dispatch_uid="count wrong codes")


@transaction.atomic
def remove_all(person: Administrator, *, by: Administrator) -> None:
    """Take every factor away from somebody who lost them, and end their sessions. Raises Refused where there is none.

    Not for oneself: what one has, one removes under My Preferences, after a look at the password.
    """
    by = as_manager(by, person.account)
    require(by.pk != person.pk)
    person = lock(person)
    factors = list(Authenticator.objects.filter(user=person, type__in=(APP, PASSKEY)))
    if not factors:
        raise Refused(_("%(person)s has no second factor.") % {"person": person.email})
    Authenticator.objects.filter(user=person).delete()
    for factor in factors:
        audit.record(person, "remove_factor", by=by, reason=_name(factor))
    sessions.end_all(person)
    notices.factors_were_removed(person, by)


@transaction.atomic
def _added(sender: Any, *, user: Administrator, authenticator: Authenticator, **kwargs: Any) -> None:
    if authenticator.type == CODES:  # they come with the first factor, whose mail is enough
        audit.record(user, "new_recovery_codes", by=user)
        return
    audit.record(user, "add_factor", by=user, reason=_name(authenticator))
    notices.factor_was_added(user, authenticator)


@transaction.atomic
def _removed(sender: Any, *, user: Administrator, authenticator: Authenticator, **kwargs: Any) -> None:
    if authenticator.type == CODES:  # they go with the last factor
        return
    audit.record(user, "remove_factor", by=user, reason=_name(authenticator))
    notices.factor_was_removed(user, authenticator)


@transaction.atomic
def _made_codes(sender: Any, *, user: Administrator, **kwargs: Any) -> None:
    audit.record(user, "new_recovery_codes", by=user)
    notices.codes_were_made(user)


def _count_wrong_code(sender: Any, *, request: HttpRequest, user: Administrator, **kwargs: Any) -> None:
    """Five wrong codes in a row lock like five wrong passwords: only signing in wholly begins the count anew."""
    AxesProxyHandler.user_login_failed(sender, {"email": user.email}, request)


def _name(factor: Authenticator) -> str:
    """What the history calls it: words of no language."""
    return factor.wrap().name if factor.type == PASSKEY else "TOTP"
