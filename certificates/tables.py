"""The list of orders."""

import django_tables2 as tables
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from certificates.models import Order
from certificates.states import Status
from sslportal.kit.tables import BadgeColumn, ListTable, MomentColumn


class OrderTable(ListTable):
    """Orders, the newest first (E9)."""

    number = tables.Column(_("Order"), accessor="pk", linkify=True)
    common_name = tables.Column(_("Common Name"), linkify=True)
    level = tables.Column(_("Type"))
    serial = tables.TemplateColumn(
        '{% include "components/serial.html" with serial=record.issued.serial_number %}',
        verbose_name=_("Serial Number"),
        accessor="certificate__serial_number",
        default="",
    )
    ordered = MomentColumn(_("Ordered"), accessor="created_at")
    issued = MomentColumn(pgettext_lazy("date", "Issued"), accessor="certificate__not_before", default="")
    expires = tables.TemplateColumn(
        template_name="certificates/_expires.html",
        verbose_name=_("Expires"),
        accessor="certificate__not_after",
        default="",
    )
    requester = tables.Column(accessor="requester__email", verbose_name=_("Requester"))
    profile = tables.Column(accessor="profile__name", verbose_name=_("Profile"))
    status = BadgeColumn(_("Status"))

    searched = (
        "pk", "common_name", "sans", "level", "certificate__serial_number", "requester__email", "profile__name", "status"
    )  # fmt: skip
    statuses = Status
    export_name = "export-orders.csv"

    class Meta(ListTable.Meta):
        model = Order
        fields = ("number", "common_name", "level")
        sequence = (
            "number", "common_name", "level", "serial", "ordered", "issued", "expires", "requester", "profile", "status"
        )  # fmt: skip
        order_by = "-number"

    def value_serial(self, record: Order) -> str:
        return record.issued.serial_number if record.issued else ""

    def value_expires(self, record: Order) -> str:
        return MomentColumn().value(record.issued.not_after) if record.issued else ""
