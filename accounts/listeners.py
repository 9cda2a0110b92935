"""What accounts do when others say that something has happened: signing in and out, and locking."""

from typing import Any

from axes.signals import user_locked_out
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.http import HttpRequest

from accounts.actions import passwords
from accounts.models import Administrator
from sslportal.kit import audit


def connect() -> None:
    user_logged_in.connect(_signed_in, dispatch_uid="history of signing in")
    user_logged_out.connect(_signed_out, dispatch_uid="history of signing out")
    user_locked_out.connect(_locked, dispatch_uid="mail to the owner of a locked address")


def _signed_in(user: Administrator, **kwargs: Any) -> None:
    audit.record(user, "sign_in", by=user)


def _signed_out(user: Administrator | None, **kwargs: Any) -> None:
    if user:
        audit.record(user, "sign_out", by=user)


def _locked(request: HttpRequest, username: str, **kwargs: Any) -> None:
    """django-axes says this at every try while the address is locked; only the try that locked it has been counted."""
    if getattr(request, "axes_failures_since_start", None) is not None:
        passwords.tell_locked(username)
