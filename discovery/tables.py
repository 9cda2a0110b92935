"""The lists of discovery: what was found, what was not, what has changed, and scans."""

import django_tables2 as tables
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from certificates.models import Order
from discovery import words
from discovery.filters import IssuerFilter, KeyFilter, WarningFilter
from discovery.models import Change, Finding, Miss, Scan, Schedule
from discovery.states import Changed, Status, Verdict, Warned
from sslportal.kit.tables import BadgeColumn, DayFilter, ListTable, MomentColumn

PLACE = ("place", "host", "port")  # of queries.by_place


class FindingTable(ListTable):
    """Certificates where they were found (F4)."""

    host = tables.Column(_("Addresses"), linkify=True, order_by=PLACE)
    port = tables.Column(_("Port"))
    common_name = tables.Column(_("Common Name"), accessor="certificate__common_name")
    status = BadgeColumn(_("Status"), accessor="status")
    expires = MomentColumn(_("Expires"), accessor="not_after", default="")
    issued = MomentColumn(pgettext_lazy("date", "Issued"), accessor="certificate__not_before", default="")
    issuer = tables.Column(_("Issuer"), accessor="certificate__issuer_name")
    validation = tables.Column(_("Validation"), accessor="certificate__is_ev")
    key_type = tables.Column(_("Key Type"), accessor="certificate__key_type")
    hash = tables.Column(_("Hash"), accessor="certificate__hash")
    key_length = tables.Column(_("Key Length"), accessor="certificate__key_bits")
    warnings = tables.Column(_("Warnings"), orderable=False)
    seen = MomentColumn(_("Last Scan"), accessor="seen_at")

    searched = ("host", "address", "certificate__common_name", "certificate__issuer_name", "certificate__sha256")
    statuses = Verdict
    filters = (
        WarningFilter("warning", _("Warning")),
        IssuerFilter("issued", _("Issued by")),
        KeyFilter("key", _("Key")),
        DayFilter("since", _("Expires from"), "not_after"),
        DayFilter("until", _("Expires until"), "not_after", until=True),
    )
    export_name = "Scan Results.csv"

    class Meta(ListTable.Meta):
        model = Finding
        fields = ()
        sequence = (
            "host", "port", "common_name", "status", "expires", "issued", "issuer", "validation", "key_type", "hash",
            "key_length", "warnings", "seen",
        )  # fmt: skip
        order_by = "expires"

    def render_validation(self, value: bool) -> str:
        return self.value_validation(value)

    def value_validation(self, value: bool) -> str:
        return gettext("EV") if value else gettext("Non-EV")

    def render_warnings(self, record: Finding) -> SafeString:
        return render_to_string("discovery/_warnings.html", {"warnings": [Warned(one).label for one in record.warned]})

    def value_warnings(self, record: Finding) -> str:
        return ", ".join(str(Warned(warning).label) for warning in record.warned)

    def value_status(self, record: Finding) -> str:
        return record.get_status_display()


class MissTable(ListTable):
    """Addresses and ports where no certificate was found."""

    host = tables.Column(pgettext_lazy("network", "Address"), order_by=PLACE)
    port = tables.Column(_("Port"))
    outcome = tables.Column(_("What happened"))
    detail = tables.Column(_("Details"), orderable=False)

    searched = ("host", "detail")
    filtered_by = "outcome"
    statuses = tuple(words.OUTCOMES.items())
    export_name = "Without Certificate.csv"

    class Meta(ListTable.Meta):
        model = Miss
        fields = ("host", "port", "outcome", "detail")
        order_by = "host"

    def render_outcome(self, value: str) -> str:
        return self.value_outcome(value)

    def value_outcome(self, value: str) -> str:
        return str(words.OUTCOMES.get(value, value))


class ChangeTable(ListTable):
    """What a scan found otherwise than it was before."""

    host = tables.Column(pgettext_lazy("network", "Address"), order_by=PLACE)
    port = tables.Column(_("Port"))
    kind = BadgeColumn(_("Change"), of="kind")
    before = tables.Column(_("Certificate before"), accessor="before__common_name", default="")
    before_expires = MomentColumn(_("Expires"), accessor="before__not_after", default="")
    after = tables.Column(_("Certificate now"), accessor="after__common_name", default="")
    after_expires = MomentColumn(_("Expires"), accessor="after__not_after", default="")

    searched = ("host", "before__common_name", "after__common_name")
    filtered_by = "kind"
    statuses = Changed
    export_name = "Changes.csv"

    class Meta(ListTable.Meta):
        model = Change
        fields = ()
        sequence = ("host", "port", "kind", "before", "before_expires", "after", "after_expires")
        order_by = "host"


class ScanTable(ListTable):
    """Scans of the account, the newest first."""

    number = tables.Column(_("Scan"), accessor="pk", linkify=True)
    include = tables.Column(_("Include Addresses"), orderable=False)
    status = BadgeColumn(_("Status"))
    place = tables.Column(_("Runs on"))
    by = tables.Column(_("Set up by"), accessor="by__email")
    created = MomentColumn(_("Set up"), accessor="created_at", with_time=True)
    finished = MomentColumn(pgettext_lazy("date", "Finished"), accessor="finished_at", with_time=True, default="")
    certificates = tables.Column(_("Certificates"))
    changes = tables.Column(_("Changes"), default="")

    searched = ("include", "by__email")
    statuses = Status
    export_name = "Scans.csv"

    class Meta(ListTable.Meta):
        model = Scan
        fields = ()
        sequence = (
            "number", "include", "status", "place", "by", "created", "finished", "certificates", "changes"
        )  # fmt: skip
        order_by = "-number"

    def render_include(self, value: str) -> str:
        return Truncator(value).chars(80)

    def value_include(self, value: str) -> str:
        return value


class ScheduleTable(ListTable):
    """Scans that the portal runs again and again."""

    include = tables.Column(_("Include Addresses"), orderable=False)
    ports = tables.Column(_("Scan Additional Ports"), orderable=False)
    every = tables.Column(_("Repeat"))
    due = MomentColumn(_("Next scan"), accessor="due_at", with_time=True)
    by = tables.Column(_("Set up by"), accessor="by__email")
    end = tables.TemplateColumn(
        template_name="discovery/_end_schedule.html",
        verbose_name=_("Action"),
        orderable=False,
        exclude_from_export=True,
    )

    searched = ("include", "by__email")
    export_name = "Scan Schedules.csv"

    class Meta(ListTable.Meta):
        model = Schedule
        fields = ()
        sequence = ("include", "ports", "every", "due", "by", "end")
        order_by = "due"

    render_include, value_include = ScanTable.render_include, ScanTable.value_include


class NotFoundTable(ListTable):
    """Orders whose certificate was issued by this portal, and that no scan has found anywhere."""

    number = tables.Column(_("Order"), accessor="pk", linkify=True)
    common_name = tables.Column(_("Common Name"), linkify=True)
    issued = MomentColumn(pgettext_lazy("date", "Issued"), accessor="not_before", default="")
    expires = MomentColumn(_("Expires"), accessor="not_after", default="")
    profile = tables.Column(accessor="profile__name", verbose_name=_("Profile"))

    searched = ("common_name", "serial_number", "profile__name")
    export_name = "Not Found.csv"

    class Meta(ListTable.Meta):
        model = Order
        fields = ("number", "common_name")
        sequence = ("number", "common_name", "issued", "expires", "profile")
        order_by = "expires"
