"""The program that people run on their own computer: what it proves itself with when it talks to the portal.

In the file is a token that counts once: the first run exchanges it for a session, a secret that only that computer has. A
copy of the file is of no use to anybody afterwards, and none that was never run works for longer than a week.
"""

import hashlib
import hmac
import uuid
from datetime import timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.db import models, transaction
from django.http import HttpResponse
from django.utils.translation import get_language

from discovery import download
from sslportal.kit import tokens
from sslportal.kit.moves import lock
from sslportal.kit.tokens import LinkRefused

TOKEN_LASTS = timedelta(days=7)


class ByProgram(models.Model):
    """Something that a program does for the portal. `session` is the digest of the program's secret, empty before."""

    uid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    session = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        abstract = True


def file(row: ByProgram, kind: str, **wanted: Any) -> bytes:
    """The program as a file, with a new token, for an errand of this kind (scanner/settings.py)."""
    errand = {"kind": kind, "uid": str(row.uid), "token": new_token(row), **wanted}
    return download.program({"portal": settings.PORTAL_URL, "language": get_language() or "en", **errand})


def as_response(file: bytes) -> HttpResponse:
    """The file as a browser saves it."""
    disposition = {"Content-Disposition": f'attachment; filename="{download.NAME}"'}
    return HttpResponse(file, content_type="application/zip", headers=disposition)


P = TypeVar("P", bound=ByProgram)


class Stranger(Exception):
    """Whoever asks has no secret that counts: the file was run on another computer, or is out of date."""


@transaction.atomic
def new_token(row: ByProgram) -> str:
    """A token for a file that is being downloaded. One that was downloaded before counts no more, not even where it runs."""
    tokens.withdraw(_purpose(row), row.pk)
    row.session = ""
    row.save(update_fields=["session"])
    return tokens.issue(_purpose(row), row.pk, TOKEN_LASTS)


@transaction.atomic
def begin(row: P, token: str, session: str) -> P:
    """Exchange the token for the session, once; the same session may come again. Returns the row, locked.

    Raises Stranger, and MovedOn where the row is gone.
    """
    row = lock(row)
    if row.session and hmac.compare_digest(row.session, digest(session)):
        return row
    try:
        link = tokens.find(_purpose(row), token)
        if link.subject_id != row.pk or row.session:
            raise Stranger
        tokens.use(link)
    except LinkRefused:
        raise Stranger from None
    row.session = digest(session)
    row.save(update_fields=["session"])
    return row


def was_for(row: ByProgram, token: str) -> bool:
    """Whether the token is out of a file for this, be it that the file is of no use any more."""
    return tokens.is_of(_purpose(row), row.pk, token)


def is_of(row: ByProgram, session: str) -> bool:
    """Whether the secret is that of the program that began."""
    return bool(row.session) and hmac.compare_digest(row.session, digest(session))


def digest(session: str) -> str:
    return hashlib.sha256(session.encode()).hexdigest()


def _purpose(row: ByProgram) -> str:
    return f"program-{row._meta.model_name}"
