"""Ending one's own sessions elsewhere."""

from allauth.usersessions.models import UserSession
from django.db import transaction

from accounts import sessions
from accounts.models import Administrator
from accounts.user_agents import in_words
from sslportal.kit import audit


@transaction.atomic
def end_session(session: UserSession, *, by: Administrator) -> None:
    """End one; the history says from where it was."""
    sessions.end(UserSession.objects.filter(pk=session.pk, user=by))
    audit.record(by, "end_session", by=by, reason=f"{in_words(session.user_agent)}, {session.ip}")


@transaction.atomic
def end_others(person: Administrator, but: str) -> int:
    """End all but the one with the key. Says how many that were."""
    others = UserSession.objects.filter(user=person).exclude(session_key=but)
    for session in others:
        audit.record(person, "end_session", by=person, reason=f"{in_words(session.user_agent)}, {session.ip}")
    return sessions.end_all(person, but)
