"""The list of reports."""

import django_tables2 as tables
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from reporting import making
from reporting.models import Report
from reporting.subjects import SUBJECTS
from sslportal.kit.tables import ListTable, MomentColumn, PickColumn


class ReportTable(ListTable):
    """Reports by name (G1)."""

    pick = PickColumn()
    name = tables.Column(_("Report Name"))
    type = tables.Column(_("Report Type"))
    schedule = tables.Column(_("Schedule"), accessor="every", empty_values=())
    due = MomentColumn(_("Next run"), accessor="due_at", with_time=True, default="")
    last_run = MomentColumn(_("Last Run"), accessor="last_run_at", with_time=True, default="")
    owner = tables.Column(_("Owner"), accessor="owner__email")
    details = tables.TemplateColumn(
        template_name="reporting/_to_details.html",
        verbose_name=pgettext_lazy("column", "Details"),
        orderable=False,
        exclude_from_export=True,
    )

    searched = ("name", "description", "owner__email")
    export_name = "Reports.csv"

    class Meta(ListTable.Meta):
        model = Report
        fields = ()
        sequence = ("pick", "name", "type", "schedule", "due", "last_run", "owner", "details")
        order_by = "name"

    def render_name(self, record: Report) -> SafeString:
        return render_to_string("reporting/_name.html", {"report": record})

    def value_name(self, value: str) -> str:
        return value

    def render_type(self, value: str) -> str:
        return str(SUBJECTS[value].label) if value in SUBJECTS else value

    def value_type(self, value: str) -> str:
        return self.render_type(value)

    def render_schedule(self, record: Report) -> SafeString:
        return render_to_string("reporting/_schedule.html", {"report": record})

    def value_schedule(self, record: Report) -> str:
        if not record.every:
            return gettext("Disabled")
        return f"{record.get_every_display()} ({gettext('paused')})" if record.is_paused else record.get_every_display()

    def render_owner(self, record: Report) -> str:
        return making.owner(record)

    def value_owner(self, record: Report) -> str:
        return making.owner(record)
