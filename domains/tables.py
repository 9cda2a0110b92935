"""The list of domains."""

import django_tables2 as tables
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from domains.models import Domain
from domains.states import Status
from sslportal.kit.tables import BadgeColumn, ListTable, MomentColumn


class DomainTable(ListTable):
    """Domains by name (D1)."""

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
        fields = ("name", "added", "requester", "level", "status", "profile", "expires", "revet")
        order_by = "name"
