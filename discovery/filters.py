"""What the results can be narrowed by, beside their status."""

from collections.abc import Callable
from typing import Any, cast

from django.core.cache import cache
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from discovery.models import Scan
from discovery.queries import FindingQuerySet
from discovery.states import Verdict, Warned
from sslportal.kit.tables import Filter

ANY, OURS, OTHERS = "any", "ours", "others"
ONE_SIZE = {"Ed25519", "Ed448"}  # keys whose kind says how long they are
MOST_ISSUERS = 100
KEPT = 24 * 3600  # seconds
LONGEST_VALUE = 200  # characters, as the address of a list may have them


class WarningFilter(Filter):
    """What a certificate is warned of, or anything at all, be it that it is expired or revoked."""

    def options(self, rows: QuerySet, request: HttpRequest) -> list[tuple[str, Any]]:
        return [(ANY, _("Any problem")), *Warned.choices]

    def narrow(self, rows: QuerySet, value: str) -> QuerySet:
        if value == ANY:
            return rows.exclude(status=Verdict.GOOD)
        return cast(FindingQuerySet, rows).warned_of(value) if value in Warned.values else rows


class IssuerFilter(Filter):
    """By whom a certificate was issued: this portal, another, or the CA of a name, which stands behind "="."""

    def options(self, rows: QuerySet, request: HttpRequest) -> list[tuple[str, Any]]:
        names = _until_next_scan("issuers", request, lambda: self._names(rows))
        return [(OURS, _("This portal")), (OTHERS, _("Others")), *((by_issuer(name), name) for name in names)]

    def narrow(self, rows: QuerySet, value: str) -> QuerySet:
        if value.startswith("="):
            return rows.filter(certificate__issuer_name=value[1:], certificate__is_self_signed=False)
        return rows.filter(certificate__issued__isnull=value != OURS) if value in {OURS, OTHERS} else rows

    def _names(self, rows: QuerySet) -> list[str]:
        issued = rows.filter(certificate__is_self_signed=False)
        counted = issued.values_list("certificate__issuer_name").annotate(rows=Count("pk")).order_by("-rows")
        return sorted(name for name, _rows in counted[:MOST_ISSUERS] if by_issuer(name))


def by_issuer(name: str) -> str:
    """The value that lets the certificates of the CA through. Empty where none can be told by it."""
    return f"={name}" if 0 < len(name) < LONGEST_VALUE else ""


class KeyFilter(Filter):
    """Of which kind and size the key is, as "RSA-2048"."""

    def options(self, rows: QuerySet, request: HttpRequest) -> list[tuple[str, Any]]:
        kinds = _until_next_scan("keys", request, lambda: self._kinds(rows))
        return [(by_key(kind, bits), key_name(kind, bits)) for kind, bits in kinds]

    def _kinds(self, rows: QuerySet) -> list[tuple[str, int]]:
        keys = rows.order_by("certificate__key_type", "certificate__key_bits")
        return list(keys.values_list("certificate__key_type", "certificate__key_bits").distinct())

    def narrow(self, rows: QuerySet, value: str) -> QuerySet:
        kind, _separator, bits = value.partition("-")
        is_size = bits.isascii() and bits.isdigit() and len(bits) < 9
        return rows.filter(certificate__key_type=kind, certificate__key_bits=int(bits)) if is_size else rows


def by_key(kind: str, bits: int) -> str:
    """The value that lets the certificates with such keys through."""
    return f"{kind}-{bits}"


def key_name(kind: str, bits: int) -> str:
    """The key in words, as "RSA 2048"."""
    if not kind or kind == "Unknown":
        return _("Unknown")
    return f"{kind} {bits}" if bits and kind not in ONE_SIZE else kind


def _until_next_scan(what: str, request: HttpRequest, find: Callable[[], list[Any]]) -> list[Any]:
    """What is found by going through all results, which takes a while; they are others only when a scan is finished."""
    person: Any = request.user
    last = Scan.objects.visible_to(person).last_finished().values_list("pk", flat=True).first()
    return cache.get_or_set(f"discovery-{what}:{person.account_id}:{last}", find, KEPT) or []
