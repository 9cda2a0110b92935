"""The log of deliveries."""

import django_tables2 as tables
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.webhooks import words
from accounts.webhooks.models import Delivery
from accounts.webhooks.states import Status
from sslportal.kit.tables import BadgeColumn, ListTable, MomentColumn


class DeliveryTable(ListTable):
    """Deliveries, the newest first. Those of `with_next_try`."""

    event = tables.Column(_("Event"), linkify=True)
    when = MomentColumn(_("When"), accessor="created_at", with_time=True)
    status = BadgeColumn(_("Status"))
    outcome = tables.Column(_("Answer"), accessor="http_status", orderable=False)
    tries = tables.Column(_("Tries"))
    next_try = MomentColumn(_("Next try"), with_time=True, default="")

    searched = ("event", "body")
    statuses = Status
    export_name = "webhook-deliveries.csv"

    class Meta(ListTable.Meta):
        model = Delivery
        fields = ("event", "when", "status", "outcome", "tries", "next_try")
        order_by = "-when"

    def order_when(self, rows: QuerySet, is_descending: bool) -> tuple[QuerySet, bool]:
        """By number, which is the order of writing: many rows have the same moment."""
        return rows.order_by("-pk" if is_descending else "pk"), True

    def value_outcome(self, record: Delivery) -> str:
        return words.outcome(record)

    render_outcome = value_outcome
