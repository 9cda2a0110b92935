"""The lists of accounts: administrators."""

from typing import Any

import django_tables2 as tables
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.locking import is_used_up
from accounts.models import Administrator
from accounts.states import SHOWN
from sslportal.kit.tables import BadgeColumn, ListTable, MomentColumn, PickColumn


class StatusColumn(BadgeColumn):
    """The status, and beside it that the person is locked."""

    def render(self, record: Any) -> SafeString:
        return render_to_string("accounts/_status.html", {"person": record, "is_locked": is_used_up(record.tries)})

    def value(self, record: Any) -> str:
        locked = [str(_("Locked"))] if is_used_up(record.tries) else []
        return ", ".join([super().value(record), *locked])


class AdministratorTable(ListTable):
    """Administrators by name (B4). Locked ones and those with a second factor are marked by with_marks."""

    pick = PickColumn()
    name = tables.Column(_("Name"), accessor="get_full_name", linkify=True, order_by=("last_name", "first_name"))
    email = tables.Column(_("Email"))
    role = tables.Column(_("Role"), accessor="is_global", order_by=("-is_global", "last_name"))
    status = StatusColumn(_("Status"))
    factor = tables.Column(_("Second factor"), accessor="has_factor", orderable=False)
    last_login = MomentColumn(_("Last sign-in"), default="")

    searched = ("first_name", "last_name", "email", "job_title")
    statuses = [(status.value, status.label) for status in SHOWN]
    export_name = "Administrators.csv"

    class Meta(ListTable.Meta):
        model = Administrator
        fields = ("pick", "name", "email", "role", "status", "factor", "last_login")
        order_by = "name"

    def render_role(self, value: bool) -> Any:
        return self.value_role(value)

    def value_role(self, value: bool) -> Any:
        return _("Global Administrator") if value else _("Certificate Administrator")

    def value_factor(self, value: bool) -> Any:
        return _("Yes") if value else _("No")

    def render_factor(self, value: bool) -> Any:
        return self.value_factor(value)


class ColleagueTable(AdministratorTable):
    """The same for those who may only look."""

    name = tables.Column(_("Name"), accessor="get_full_name", order_by=("last_name", "first_name"))

    class Meta(AdministratorTable.Meta):
        exclude = ("pick",)
