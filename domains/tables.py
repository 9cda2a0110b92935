"""The list of domains."""

from typing import Any

import django_tables2 as tables
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from domains import rules
from domains.models import Domain
from domains.states import Status
from sslportal.kit.tables import BadgeColumn, ListTable, MomentColumn, PickColumn


class DomainTable(ListTable):
    """Domains by name (D1)."""

    pick = PickColumn()
    name = tables.Column(_("Domain Name"), linkify=True, accessor="display_name", order_by="name")
    added = MomentColumn(pgettext_lazy("date", "Added"), accessor="added_at")
    requester = tables.Column(_("Requester"), accessor="requester__email", default="")
    level = tables.Column(_("Type"))
    status = BadgeColumn(_("Status"))
    profile = tables.Column(accessor="profile__name", verbose_name=_("Organization Profile"))
    expires = MomentColumn(_("Expires"), accessor="expires_at", default="")
    revet = MomentColumn(_("Re-Vetting"), accessor="revet_at", default="")

    searched = ("name", "requester__email", "level", "status", "profile__name")
    statuses = Status
    export_name = "Domains.csv"

    class Meta(ListTable.Meta):
        model = Domain
        fields = ("pick", "name", "added", "requester", "level", "status", "profile", "expires", "revet")
        order_by = "name"

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.managed: set[int] = set()

    def on_page(self, request: HttpRequest, records: list[Domain]) -> None:
        """In which profiles the person may do something with domains; without any, nothing can be ticked."""
        person: Any = request.user
        self.managed = rules.managed_by(person)
        if not self.managed:
            self.columns.hide("pick")

    def value_level(self, value: str) -> str:
        return value

    def render_level(self, record: Domain) -> SafeString:
        to_upgrade = record.profile_id in self.managed and rules.can_upgrade(record)
        return render_to_string("domains/_level.html", {"domain": record, "to_upgrade": to_upgrade})

    def value_expires(self, value: Any) -> Any:
        return MomentColumn().value(value)

    def render_expires(self, record: Domain) -> SafeString:
        return render_to_string("domains/_expires.html", {"domain": record})
