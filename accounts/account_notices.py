"""The notices about matters of the account, which its Global Administrators read (I1)."""

import uuid
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.urls import reverse
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.notices import circumstances, named
from accounts.roles import NAMES, Role
from profiles.notifications import telling
from sslportal.kit.catalogue import Kind, Priority, To, notice
from sslportal.kit.mail import Letter

if TYPE_CHECKING:
    from accounts.models import Account, Administrator
    from accounts.sso.models import SignOnProvider

Facts = Callable[[], list[tuple[str, str]]]

SEE_PERSON = gettext_lazy("See the administrator")
SEE_PEOPLE = gettext_lazy("See the administrators")
SEE_ACCOUNT = gettext_lazy("See the account")

INVITED = notice(
    "administrator-invited",
    Priority.INFORMATIONAL,
    when="Somebody is invited to be an administrator.",
    to=(),
    subject=gettext_lazy("%(person)s is invited to be an administrator"),
    lines=[gettext_lazy("%(who)s invited %(person)s to the account of %(company)s. Nobody has accepted yet.")],
    action=SEE_PERSON,
)
SET_UP = notice(
    "administrator-set-up",
    Priority.INFORMATIONAL,
    when="An administrator has completed the set-up.",
    to=(),
    subject=gettext_lazy("%(person)s has completed the set-up"),
    lines=[gettext_lazy("%(person)s can sign in to the account of %(company)s from now on.")],
    action=SEE_PERSON,
)
REMOVED = notice(
    "administrator-removed",
    Priority.INFORMATIONAL,
    when="An administrator is deleted.",
    to=(),
    subject=gettext_lazy("%(person)s is no longer an administrator"),
    lines=[gettext_lazy("%(who)s ended the access of %(person)s to the account of %(company)s.")],
    action=SEE_PEOPLE,
)
ROLE_CHANGED = notice(
    "administrator-role-changed",
    Priority.CRITICAL,
    when="A Certificate Administrator becomes a Global Administrator, or the other way round.",
    to=[To.GLOBALS],
    subject=gettext_lazy("%(person)s has another role: %(role)s"),
    lines=[gettext_lazy("%(who)s changed the role of %(person)s in the account of %(company)s.")],
    action=SEE_PERSON,
)
LOCKED = notice(
    "administrator-locked",
    Priority.CRITICAL,
    when="The user ID of an administrator is locked after too many wrong passwords or codes. The person gets a mail of "
    "their own.",
    to=(),
    subject=gettext_lazy("The user ID of %(person)s is locked"),
    lines=[
        gettext_lazy(
            "A wrong password or code was entered %(count)d times. Until it is unlocked, nobody signs in with this user ID."
        ),
        gettext_lazy(
            "The person unlocks it by a new password, a Global Administrator on the page of the administrator."
        ),
    ],
    action=SEE_PERSON,
)
FACTOR_REQUIRED = notice(
    "account-second-factor-required",
    Priority.INFORMATIONAL,
    when="A second factor is required of every administrator from now on.",
    to=(),
    subject=gettext_lazy("A second factor is required of every administrator"),
    lines=[
        gettext_lazy(
            "%(who)s decided so for the account of %(company)s. Whoever has none yet is asked to set one up before "
            "anything else."
        )
    ],
    action=SEE_ACCOUNT,
)
FACTOR_OPTIONAL = notice(
    "account-second-factor-optional",
    Priority.CRITICAL,
    when="A second factor is no longer required of every administrator.",
    to=[To.GLOBALS],
    subject=gettext_lazy("A second factor is no longer required"),
    lines=[
        gettext_lazy(
            "%(who)s decided so for the account of %(company)s. Whoever has a second factor is still asked for it, and may "
            "remove it."
        )
    ],
    action=SEE_ACCOUNT,
)
SIGN_ON = notice(
    "account-single-sign-on-on",
    Priority.CRITICAL,
    when="The operator switches the account's single sign-on on.",
    to=[To.GLOBALS],
    subject=gettext_lazy("Single sign-on is switched on"),
    lines=[
        gettext_lazy(
            "Administrators of %(company)s can sign in through %(issuer)s from now on. Passwords work as before."
        ),
        gettext_lazy("If nobody of you asked for this, tell us at once."),
    ],
    action=SEE_ACCOUNT,
)
SIGN_ON_ENDED = notice(
    "account-single-sign-on-off",
    Priority.CRITICAL,
    when="The operator switches the account's single sign-on off, removes it, or sets up another identity provider.",
    to=[To.GLOBALS],
    subject=gettext_lazy("Single sign-on is switched off"),
    lines=[gettext_lazy("Nobody of %(company)s can sign in through %(issuer)s any more. Passwords work as before.")],
    action=SEE_ACCOUNT,
)


def invited(person: "Administrator", by: "Administrator") -> None:
    """Somebody may become an administrator."""
    _tell_of(INVITED, person, who=lazy(named, str)(by))


def is_set_up(person: "Administrator") -> None:
    """Somebody is an administrator now."""
    _tell_of(SET_UP, person)


def removed(person: "Administrator", by: "Administrator") -> None:
    """Somebody is no administrator any more."""
    _tell_of(REMOVED, person, url=_url("accounts:administrators"), who=lazy(named, str)(by))


def role_changed(person: "Administrator", by: "Administrator") -> None:
    """Somebody may do more, or less, than before."""
    _tell_of(ROLE_CHANGED, person, role=role_of(person), who=lazy(named, str)(by))


def locked(person: "Administrator") -> None:
    """Somebody cannot sign in, or somebody else has tried to guess the password."""
    _tell_of(LOCKED, person, count=settings.AXES_FAILURE_LIMIT)


def second_factor_changed(account: "Account", by: "Administrator") -> None:
    """More than a password is required from now on, or no longer."""
    kind = FACTOR_REQUIRED if account.requires_second_factor else FACTOR_OPTIONAL
    _tell(kind, account, facts=partial(circumstances, account), who=lazy(named, str)(by))


def sign_on_switched(provider: "SignOnProvider", *, on: bool) -> None:
    """People can sign in by their company's identity provider from now on, or no longer."""
    _tell(SIGN_ON if on else SIGN_ON_ENDED, provider.account, issuer=provider.issuer)


def role_of(person: "Administrator") -> Any:
    """The person's role in the account, in words."""
    return NAMES[Role.GLOBAL] if person.is_global else gettext_lazy("Certificate Administrator")


def _tell_of(kind: Kind, person: "Administrator", **more: Any) -> None:
    """Give a notice about one of the account's people; the vetting team has no account to tell."""
    if person.account:
        told: dict[str, Any] = {
            "person": lazy(person.get_full_name, str)(),
            "facts": partial(_facts, person),
            "url": _url("accounts:administrator", person.pk),
            "data": {"person": person.email, "role": "global" if person.is_global else "certificate"},
        }
        _tell(kind, person.account, **(told | more))


def _facts(person: "Administrator") -> list[tuple[str, str]]:
    return [
        (_("Administrator"), named(person)),
        (_("Administrator Role"), str(role_of(person))),
        *circumstances(person.account),
    ]


def _tell(
    kind: Kind,
    account: "Account",
    *,
    facts: Facts = list,
    url: str = "",
    data: dict[str, str] | None = None,
    **words: Any,
) -> None:
    """Each of these notices tells of one deed, which happens once: no two are the same."""
    url = url or _url("accounts:account")

    def write() -> Letter:
        return kind.letter({"company": account.name, **words}, facts=facts(), url=url)

    data = {"company": account.name, **(data or {}), "url": url}
    telling.tell(telling.about_account(kind, uuid.uuid4(), account, write, data))


def _url(name: str, *args: int) -> str:
    return settings.PORTAL_URL + reverse(name, args=args)
