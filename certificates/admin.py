"""Orders at the vetting team's desk."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from certificates import caa_words, keys
from certificates.actions import requests, revocation
from certificates.blockers import blockers
from certificates.models import Order
from certificates.notices import requester_words
from certificates.order_forms import DeskRevokeForm
from certificates.states import AWAIT_CSR, LIVE, OVER, Hold, Status
from profiles.states import allows
from sslportal.kit import audit, policy
from sslportal.kit.desk import Decision, DeskAdmin, Waiting, site

COMPROMISED_ELSEWHERE = _("Its key was reported as compromised with another certificate. Revoke it.")


@admin.register(Order, site=site)
class OrderAdmin(DeskAdmin):
    """What waits is an order that a person must look at before it goes on; a pending one can be declined in any case."""

    list_display = ("id", "common_name", "profile", "level", "status", "created_at", "waits_for")
    list_filter = ("status", "level")
    list_select_related = ("profile",)
    search_fields = ("=id", "common_name", "profile__name", "asked_by", "certificate__serial_number")
    fields = (
        "common_name", "sans", "profile", "organization", "locality", "state", "country", "level", "hash_algorithm",
        "validity_period", "key_label", "status", "waits_for", "reject_reason", "asked", "approver", "comments",
        "created_at", "serial_number", "not_after", "revocation", "source",
    )  # fmt: skip
    decisions = (
        Decision("approve", _("Approve"), _("Approved"), requests.release_order),
        Decision("ask-for-csr", _("Ask for a new CSR"), _("Asked for a new CSR"), requests.ask_for_csr, needs_reason=True,
                 explains=_("The requester is asked by mail, and the order waits for it.")),
        Decision("decline", _("Decline"), _("Declined"), requests.reject_order, needs_reason=True),
        Decision("revoke", _("Revoke"), _("Revoked"), revocation.revoke_order, form=DeskRevokeForm, is_aside=True,
                 explains=_("The certificate is revoked for good; the customer is told by mail.")),
        Decision("report-key", _("Report the key as compromised"), _("Key reported as compromised"), revocation.report_key,
                 needs_reason=True, is_aside=True,
                 explains=_("No certificate with this key is issued ever again, in any account.")),
        Decision("clear-key", _("The key is not compromised"), _("Key found not to be compromised"), revocation.clear_key,
                 needs_reason=True, is_aside=True,
                 explains=_("The report was false: the key may be certified again, and what waits with it goes on.")),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        rows: Any = super().get_queryset(request)
        return rows.with_key_reports()

    def waiting(self) -> Any:
        return super().waiting().with_key_reports()

    @admin.display(description=_("Validity Period"))
    def validity_period(self, obj: Order) -> str:
        choice = policy.at(obj.created_at).find_validity(obj.hash_algorithm, obj.validity)
        return choice.label if choice else obj.validity

    @admin.display(description=_("Requester"))
    def asked(self, obj: Order) -> str:
        return requester_words(obj)

    @admin.display(description=_("Revocation Reason"))
    def revocation(self, obj: Order) -> str:
        return obj.revocation.says if obj.revocation else ""

    @admin.display(description=_("Waits for"))
    def waits_for(self, obj: Any) -> str:
        return str(COMPROMISED_ELSEWHERE) if _is_endangered(obj) else obj.held_for

    def open_decisions(self, obj: Any) -> tuple[Decision, ...]:
        """A held order is released; one not issued yet can be declined, a pending one get a new CSR, a live one be revoked."""
        is_held = obj.status == Status.PENDING and obj.hold not in ("", Hold.KEY)
        is_compromised = keys.is_compromised(obj.key_sha256)
        is_open = {
            "approve": is_held,
            "ask-for-csr": obj.status == Status.PENDING and obj.hold not in AWAIT_CSR,
            "decline": obj.status in obj.MOVES["reject"].sources,
            "revoke": obj.status in obj.MOVES["revoke"].sources,
            "report-key": obj.status in OVER and not is_compromised,
            "clear-key": is_compromised and (obj.status in LIVE or obj.hold == Hold.KEY),
        }
        return tuple(decision for decision in self.decisions if is_open[decision.key])

    def row(self, thing: Any) -> Waiting:
        """Of a live certificate that waits to be revoked, since when and why."""
        row = super().row(thing)
        if _is_endangered(thing):
            row.since, row.why = thing.key_reported_at, COMPROMISED_ELSEWHERE
        return row

    def version(self, obj: Order) -> str:
        """The status, what holds it, and the key: what the vetter has looked at."""
        return f"{obj.status}-{obj.hold}-{obj.key_sha256}"

    def case(self, obj: Order) -> dict[str, Any]:
        findings = obj.issuance.findings if hasattr(obj, "issuance") else []
        rows = caa_words.rows(obj.caa.verdicts) if obj.caa else []
        return {
            "history": audit.story(obj, names_team=True),
            "blockers": blockers(obj),
            "findings": findings,
            "caa": obj.caa,
            "caa_rows": rows,
        }

    def count_blocked(self, rows: Iterable[Waiting]) -> None:
        """An order that waits blocks itself only; a domain and a profile block the Pending orders that need them."""
        others = [row for row in rows if not isinstance(row.thing, Order)]
        pending = Order.objects.filter(status=Status.PENDING, profile__in={row.profile.pk for row in others})
        by_profile = defaultdict(list)
        for order in pending.only("profile_id", "common_name", "sans", "level"):
            by_profile[order.profile_id].append(order)
        for row in others:
            row.blocks += sum(_waits_for(order, row) for order in by_profile[row.profile.pk])


def _is_endangered(order: Any) -> bool:
    """Whether a live certificate has a key that was reported as compromised; asked of what `with_key_reports` gave."""
    return order.status in LIVE and order.key_reported_at is not None


def _waits_for(order: Order, row: Waiting) -> bool:
    if not row.domain:
        return not allows(row.profile.status, row.profile.level, order.level)
    names = (order.common_name, *order.sans)
    return any(name == row.domain or name.endswith(f".{row.domain}") for name in names)
