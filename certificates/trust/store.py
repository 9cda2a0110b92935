"""What the web process reads of the store, some thousand times a second: prepared statements, straight through libpq.

A cursor takes five times as long for the same row (docs/decisions/0021-ocsp-out-of-the-store.md).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar
from weakref import WeakSet

from django.db import DEFAULT_DB_ALIAS, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import Connection, pq

from certificates.ca.authority import Authority
from certificates.ca.ocsp_request import CertId, Issuer
from certificates.models import CertificateAuthority
from certificates.trust.issuers import issuers_of

ANSWER, LIST = b"trust-answer", b"trust-list"
STATEMENTS = {
    ANSWER: b"""
        SELECT a.id, a.der, extract(epoch FROM a.this_update)::bigint, extract(epoch FROM a.next_update)::bigint,
            (c.not_after < now())::int
        FROM certificates_certificate c
        LEFT JOIN certificates_ocspanswer a ON a.certificate_id = c.id AND a.hash_name = $3
        WHERE c.authority_id = $1 AND c.serial_number = $2
    """,
    LIST: b"""
        SELECT id, der, extract(epoch FROM this_update)::bigint, extract(epoch FROM next_update)::bigint, 0
        FROM certificates_crl WHERE authority_id = $1 AND shard = $2
    """,
}
_CA_NAME = re.compile(r"[a-z]+-[0-9]{1,9}")
_LIST_NAME = re.compile(rf"({_CA_NAME.pattern})(?:-([1-9][0-9]{{0,8}}))?")

_prepared: WeakSet[Connection] = WeakSet()

T = TypeVar("T")


@dataclass(frozen=True)
class Ca:
    """A CA as this process keeps it: nothing of it ever changes. `made_at` is in seconds of the epoch."""

    pk: int
    authority: Authority
    issuers: dict[str, Issuer]
    made_at: int


@dataclass(frozen=True)
class Found:
    """What there is, None where it waits to be signed, with its dates in seconds of the epoch."""

    pk: int
    der: bytes | None
    this_update: int
    next_update: int
    has_ended: bool = False


def find_ca(name: str) -> Ca | None:
    """The CA of this name."""
    try:
        return known_ca(name)
    except CertificateAuthority.DoesNotExist:
        return None


@lru_cache(maxsize=64)
def known_ca(name: str) -> Ca:
    """The CA of this name, asked of the database once a process. Raises DoesNotExist."""
    if not _CA_NAME.fullmatch(name):  # PostgreSQL cannot even be asked for some
        raise CertificateAuthority.DoesNotExist
    row = _steadily(lambda: CertificateAuthority.objects.get(name=name))
    authority = Authority.from_der(name, bytes(row.der))
    made_at = int(authority.certificate.not_valid_before_utc.timestamp())
    return Ca(row.pk, authority, issuers_of(row), made_at)


def find_answer(ca: Ca, asked: CertId) -> Found | None:
    """What there is to say about the certificate; None where the CA never issued such a one."""
    return _find(ANSWER, ca.pk, f"{asked.serial:X}", asked.issuer.hash_name)


def find_list(name: str) -> Found | None:
    """The revocation list of this name: the CA's, and a number where it is not the first."""
    match = _LIST_NAME.fullmatch(name)
    ca = find_ca(match[1]) if match else None
    return _find(LIST, ca.pk, int(match[2] or 0)) if match and ca else None


def _find(statement: bytes, *values: str | int) -> Found | None:
    """One row."""
    return _steadily(lambda: _ask(connections[DEFAULT_DB_ALIAS], statement, values))


def _steadily(question: Callable[[], T]) -> T:
    """Ask on the thread's own connection of Django's; where the server has ended it meanwhile, on a new one."""
    database = connections[DEFAULT_DB_ALIAS]
    if database.in_atomic_block:  # a test's
        return question()
    database.close_if_unusable_or_obsolete()
    try:
        return question()
    except OperationalError:
        database.close()
        return question()


def _ask(database: BaseDatabaseWrapper, statement: bytes, values: tuple[str | int, ...]) -> Found | None:
    database.ensure_connection()
    _prepare(database.connection)
    written = [str(value).encode() for value in values]
    with database.wrap_database_errors:
        result = _checked(database.connection.pgconn.exec_prepared(statement, written, result_format=pq.Format.BINARY))
    if not result.ntuples:
        return None
    pk, der, *numbers = (result.get_value(0, column) for column in range(result.nfields))
    this_update, next_update, has_ended = (int.from_bytes(number or b"", "big", signed=True) for number in numbers)
    return Found(int.from_bytes(pk or b"", "big"), der, this_update, next_update, bool(has_ended))


def _prepare(connection: Connection) -> None:
    """Have the statements ready, once a connection."""
    if connection not in _prepared:
        for name, query in STATEMENTS.items():
            _checked(connection.pgconn.prepare(name, query))
        _prepared.add(connection)


def _checked(result: pq.abc.PGresult) -> pq.abc.PGresult:
    if result.status not in (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK):
        raise OperationalError(result.error_message.decode("utf-8", "replace"))
    return result
