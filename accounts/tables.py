"""The lists of accounts: administrators, and what happened."""

from typing import Any

import django_tables2 as tables
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts import history
from accounts.locking import is_used_up
from accounts.models import Administrator
from accounts.states import SHOWN
from sslportal.kit import audit
from sslportal.kit.models import HistoryEntry
from sslportal.kit.tables import BadgeColumn, DayFilter, Filter, ListTable, MomentColumn, PickColumn


class StatusColumn(BadgeColumn):
    """The status, and beside it that the person is locked."""

    def render(self, record: Any) -> SafeString:
        return render_to_string("accounts/_status.html", {"person": record, "is_locked": is_used_up(record.tries)})

    def value(self, value: str, record: Any) -> str:
        locked = [str(_("Locked"))] if is_used_up(record.tries) else []
        return ", ".join([value, *locked])


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


class PersonFilter(Filter):
    """Whose deeds: an administrator's, present or removed, the portal's, or the vetting team's, who have no names here."""

    TEAM = "team"

    def options(self, rows: QuerySet, request: HttpRequest) -> list[tuple[str, Any]]:
        accounts = rows.values("account_id")[:1]
        emails = Administrator.objects.filter(account__in=accounts).order_by("email").values_list("email", flat=True)
        people = [(email, email) for email in dict.fromkeys(emails)]
        return [(audit.WORKER, _("The portal")), (self.TEAM, _("The vetting team")), *people]

    def narrow(self, rows: QuerySet, value: str) -> QuerySet:
        if value == self.TEAM:
            return rows.filter(is_team=True)
        return rows.filter(is_team=False, actor=value)


class KindFilter(Filter):
    """What kind of thing it happened to."""

    def options(self, rows: QuerySet, request: HttpRequest) -> list[tuple[str, Any]]:
        return list(history.kinds())

    def narrow(self, rows: QuerySet, value: str) -> QuerySet:
        return rows.filter(subject_type=value) if value in history.told_models() else rows


class HistoryTable(ListTable):
    """What happened in the account, the newest first (B9)."""

    when = MomentColumn(_("When"), accessor="at", with_time=True)
    who = tables.Column(_("Who"), accessor="actor", order_by="shown_actor")
    origin = tables.Column(_("From"), accessor="origin", order_by="shown_origin", default="")
    what = tables.Column(_("What"), accessor="verb", orderable=False)
    kind = tables.Column(_("Kind"), accessor="subject_type")
    thing = tables.Column(_("Thing"), accessor="subject")
    changes = tables.Column(_("Before and after"), accessor="changes", orderable=False, empty_values=())
    reason = tables.Column(_("Reason"), orderable=False, default="")

    searched = ("subject", "shown_actor", "shown_origin", "reason", "edited")
    filters = (
        PersonFilter("person", _("Person")),
        KindFilter("kind", _("Kind")),
        DayFilter("since", _("From day"), "at"),
        DayFilter("until", _("Until day"), "at", until=True),
    )
    export_name = "account-history.csv"

    class Meta(ListTable.Meta):
        model = HistoryEntry
        fields = ("when", "who", "origin", "what", "kind", "thing", "changes", "reason")
        order_by = "-when"

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.links: dict[tuple[str, int], str] = {}
        self.names: dict[int, str] = {}

    @classmethod
    def anywhere(cls, word: str) -> Q:
        return super().anywhere(word) | history.verbs_with(word)

    def on_page(self, request: HttpRequest, records: list[HistoryEntry]) -> None:
        self.names = history.names(records)
        self.links = history.links(records, request.user)  # type: ignore[arg-type]  # nobody anonymous gets here

    def order_when(self, rows: QuerySet, is_descending: bool) -> tuple[QuerySet, bool]:
        """By number, which is the order of writing: many rows have the same moment."""
        return rows.order_by("-pk" if is_descending else "pk"), True

    def value_who(self, record: HistoryEntry) -> str:
        return history.line(record).who

    def render_who(self, record: HistoryEntry) -> SafeString:
        line = history.line(record)
        name = "" if line.is_veiled else self.names.get(record.actor_id or 0, "")
        return render_to_string("accounts/_who.html", {"who": line.who, "name": name})

    def value_origin(self, record: HistoryEntry) -> str:
        return history.line(record).origin

    render_origin = value_origin

    def value_what(self, record: HistoryEntry) -> str:
        return history.line(record).says

    render_what = value_what

    def value_kind(self, record: HistoryEntry) -> str:
        return history.line(record).kind

    render_kind = value_kind

    def value_thing(self, value: str) -> str:
        return value

    def render_thing(self, record: HistoryEntry) -> Any:
        link = self.links.get((record.subject_type, record.subject_id))
        return format_html('<a href="{}">{}</a>', link, record.subject) if link else record.subject

    def value_changes(self, record: HistoryEntry) -> str:
        return "; ".join(f"{what}: {before} → {after}" for what, before, after in history.line(record).changes)

    def render_changes(self, record: HistoryEntry) -> SafeString:
        return render_to_string("accounts/_changes.html", {"changes": history.line(record).changes})
