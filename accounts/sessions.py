"""Where a person is signed in: from which browser and address, since when, and when something was done there last."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest

from accounts.middleware import SEEN
from accounts.models import Administrator
from accounts.user_agents import in_words
from sslportal.kit import clock


@dataclass(frozen=True)
class SignedIn:
    """A session that is open."""

    pk: int
    browser: str
    address: str
    since: datetime
    seen_at: datetime
    is_this_one: bool


def panel(request: HttpRequest) -> dict[str, list[SignedIn]]:
    """The context of accounts/_sessions.html: this session first, then the others, the latest seen first."""
    person, this = request.user, request.session.session_key
    _note_this_one(request)
    seen = _seen(person)  # type: ignore[arg-type]  # nobody anonymous gets here
    rows = [
        SignedIn(
            row.pk, in_words(row.user_agent), row.ip, row.created_at, seen[row.session_key], row.session_key == this
        )
        for row in _drop_ended(person, seen)
    ]
    return {"sessions": sorted(rows, key=lambda row: (row.is_this_one, row.seen_at), reverse=True)}


def _note_this_one(request: HttpRequest) -> None:
    """allauth notes sessions at sign-in; the key changes with the password."""
    if not UserSession.objects.filter(session_key=request.session.session_key).exists():
        UserSession.objects.create_from_request(request)


def _drop_ended(person: Any, seen: dict[str, datetime]) -> list[UserSession]:
    """The rows of sessions that are still open; the others are deleted."""
    rows = list(UserSession.objects.filter(user=person))
    UserSession.objects.filter(pk__in=[row.pk for row in rows if row.session_key not in seen]).delete()
    return [row for row in rows if row.session_key in seen]


def _seen(person: Administrator) -> dict[str, datetime]:
    """When each of the person's open sessions was used last, by its key."""
    keys = UserSession.objects.filter(user=person).values("session_key")
    stored = Session.objects.filter(session_key__in=keys, expire_date__gt=clock.now())
    opened = {session.session_key: session.get_decoded() for session in stored}
    hashes = {person.get_session_auth_hash(), *person.get_session_auth_fallback_hash()}
    return {
        key: datetime.fromtimestamp(data[SEEN], UTC)
        for key, data in opened.items()
        if data.get(HASH_SESSION_KEY) in hashes and _is_awake(data)
    }


def _is_awake(data: dict[str, Any]) -> bool:
    """Whether the idle clock would let it go on."""
    return clock.now().timestamp() - data.get(SEEN, 0) <= settings.IDLE_SIGN_OUT_SECONDS


@transaction.atomic
def end_all(person: Administrator, but: str | None = None) -> int:
    """End the person's sessions, but for the one with the key; the next request from there is nobody's. Says how many."""
    ended = UserSession.objects.filter(user=person).exclude(session_key=but or "")
    return end(ended)


@transaction.atomic
def end(sessions: Any) -> int:
    """End these sessions: a query of allauth's rows."""
    keys = list(sessions.values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    UserSession.objects.filter(session_key__in=keys).delete()
    return len(keys)
