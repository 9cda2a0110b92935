"""Domains at the vetting team's desk."""

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from domains import actions
from domains.models import Domain
from sslportal.kit import audit
from sslportal.kit.desk import Decision, DeskAdmin, Waiting, site


@admin.register(Domain, site=site)
class DomainAdmin(DeskAdmin):
    """What waits is a domain whose control the vetting team confirms."""

    list_display = ("name", "profile", "level", "status", "added_at", "expires_at")
    list_filter = ("status", "level")
    list_select_related = ("profile",)
    search_fields = ("name", "profile__name", "profile__organization")
    ordering = ("-added_at",)
    fields = ("name", "profile", "level", "status", "requester", "added_at", "expires_at", "decline_reason")
    decisions = (
        Decision("approve", _("Approve"), _("Approved"), actions.confirm_by_vetting),
        Decision("decline", _("Decline"), _("Declined"), actions.decline, needs_reason=True),
    )

    def case(self, obj: Domain) -> dict[str, Any]:
        return {"history": audit.story(obj, names_team=True), "attempts": obj.attempts.order_by("-pk")}

    def row(self, thing: Domain) -> Waiting:
        row = super().row(thing)
        row.domain = thing.name
        return row
