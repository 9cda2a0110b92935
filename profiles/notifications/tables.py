"""The list of notices."""

from typing import Any

import django_tables2 as tables
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from profiles.notifications.models import Notice
from sslportal.kit.catalogue import Priority
from sslportal.kit.tables import BadgeColumn, Filter, ListTable, MomentColumn


class PeriodFilter(Filter):
    """Those of the last 30, 60 or 90 days."""

    CHOICES = {"30": _("Last 30 days"), "60": _("Last 60 days"), "90": _("Last 90 days")}
    default = "30"

    def options(self, rows: QuerySet, request: HttpRequest) -> list[tuple[str, Any]]:
        return list(self.CHOICES.items())

    def narrow(self, rows: Any, value: str) -> Any:
        return rows.of_last(int(value if value in self.CHOICES else self.default))


class PriorityFilter(Filter):
    """Those of one priority."""

    def options(self, rows: QuerySet, request: HttpRequest) -> list[tuple[str, Any]]:
        return list(Priority.choices)

    def narrow(self, rows: QuerySet, value: str) -> QuerySet:
        return rows.filter(priority=value) if value in Priority.values else rows


class NoticeTable(ListTable):
    """Notices, the newest first (I1). Those of `with_subject`."""

    date = MomentColumn(pgettext_lazy("column", "Date"), accessor="created_at", with_time=True)
    profile = tables.Column(_("Profile"), accessor="profile__name", default="")
    priority = BadgeColumn(_("Priority"), of="priority")
    subject = tables.Column(_("Subject"), order_by="subject_here")

    searched = ("subject_here", "profile__name")
    filters = (PeriodFilter("period", _("Show")), PriorityFilter("priority", _("Priority")))
    export_name = "notifications.csv"

    class Meta(ListTable.Meta):
        model = Notice
        fields = ("date", "profile", "priority", "subject")
        order_by = "-date"

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.unread: set[int] = set()

    def on_page(self, request: HttpRequest, records: list[Notice]) -> None:
        person: Any = request.user
        rows = Notice.objects.filter(pk__in=[notice.pk for notice in records])
        self.unread = set(rows.unread_by(person).values_list("pk", flat=True))

    def value_subject(self, value: str) -> str:
        return value

    def render_subject(self, record: Notice) -> SafeString:
        context = {"notice": record, "is_unread": record.pk in self.unread}
        return render_to_string("profiles/notifications/_subject.html", context)
