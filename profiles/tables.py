"""The list of organization profiles."""

from typing import Any

import django_tables2 as tables
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from profiles import rules
from profiles.models import OrganizationProfile
from profiles.states import Status
from sslportal.kit.tables import BadgeColumn, ListTable, MomentColumn


class ProfileTable(ListTable):
    """Profiles by name (C1)."""

    name = tables.Column(_("Profile Name"), linkify=True)
    organization = tables.Column(_("Organization Name"))
    organization_ja = tables.Column(_("Japanese Organization Name"), default="")
    locality = tables.Column(pgettext_lazy("column", "Locality"))
    state = tables.Column(_("State/Province"))
    country = tables.Column(_("Country"))
    level = tables.Column(_("Type"))
    status = BadgeColumn(_("Status"))
    created = MomentColumn(pgettext_lazy("date", "Created"), accessor="created_at")
    expires = MomentColumn(_("Expires"), accessor="expires_at", default="")
    revet = MomentColumn(_("Re-Vetting"), accessor="revet_at", default="")

    searched = ("name", "organization", "organization_ja", "locality", "state", "country", "level")
    statuses = Status
    export_name = "Profiles.csv"

    class Meta(ListTable.Meta):
        model = OrganizationProfile
        fields = (
            "name", "organization", "organization_ja", "locality", "state", "country", "level", "status", "created",
            "expires", "revet",
        )  # fmt: skip
        order_by = "name"

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.to_upgrade: set[int] = set()

    def on_page(self, request: HttpRequest, records: list[OrganizationProfile]) -> None:
        """Which of the rows have the up arrow; and the column of Japanese names only where there are some."""
        person: Any = request.user
        allowed = rules.editable_among(person, records)
        self.to_upgrade = {one.pk for one in records if one.pk in allowed and one.takes_ev_request}
        if not any(one.organization_ja for one in records):
            self.columns.hide("organization_ja")

    def value_level(self, value: str) -> str:
        return value

    def render_level(self, record: OrganizationProfile) -> SafeString:
        context = {"profile": record, "to_upgrade": record.pk in self.to_upgrade}
        return render_to_string("profiles/_level.html", context)
