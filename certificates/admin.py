"""Orders at the vetting team's desk."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from certificates import caa_words
from certificates.actions import requests
from certificates.blockers import blockers
from certificates.models import Order
from certificates.states import Status
from profiles.states import allows
from sslportal.kit import audit, policy
from sslportal.kit.desk import Decision, DeskAdmin, Waiting, site


@admin.register(Order, site=site)
class OrderAdmin(DeskAdmin):
    """What waits is an order that a person must look at before it goes on; a pending one can be declined in any case."""

    list_display = ("id", "common_name", "profile", "level", "status", "created_at", "waits_for")
    list_filter = ("status", "level")
    list_select_related = ("profile",)
    search_fields = ("=id", "common_name", "profile__name", "requester__email", "certificate__serial_number")
    fields = (
        "common_name", "sans", "profile", "organization", "locality", "state", "country", "level", "hash_algorithm",
        "validity_period", "key_label", "status", "waits_for", "reject_reason", "requester", "approver", "comments",
        "created_at",
    )  # fmt: skip
    decisions = (
        Decision("approve", _("Approve"), _("Approved"), requests.release_order),
        Decision("decline", _("Decline"), _("Declined"), requests.reject_order, needs_reason=True),
    )

    @admin.display(description=_("Validity Period"))
    def validity_period(self, obj: Order) -> str:
        choice = policy.at(obj.created_at).find_validity(obj.hash_algorithm, obj.validity)
        return choice.label if choice else obj.validity

    @admin.display(description=_("Waits for"))
    def waits_for(self, obj: Order) -> str:
        return obj.held_for

    def open_decisions(self, obj: Any) -> tuple[Decision, ...]:
        """A held order is released or declined; any other that is not issued yet can be declined as well."""
        approve, decline = self.decisions
        may_decline = obj.status in obj.MOVES["reject"].sources
        return (*((approve,) if obj.hold and may_decline else ()), *((decline,) if may_decline else ()))

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


def _waits_for(order: Order, row: Waiting) -> bool:
    if not row.domain:
        return not allows(row.profile.status, row.profile.level, order.level)
    names = (order.common_name, *order.sans)
    return any(name == row.domain or name.endswith(f".{row.domain}") for name in names)
