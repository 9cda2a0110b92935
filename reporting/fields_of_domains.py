"""What a report can tell of domains: the columns of their list, and what their details say (D1)."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from domains.states import Method, Status
from profiles.states import Level
from reporting.fields import Field, Kind, days_left
from sslportal.kit import names

TOLD_DAYS = (Status.READY, Status.EXPIRING)  # of which the list tells how many days are left

FIELDS = (
    Field("name", _("Domain Name"), Kind.TEXT, "name", as_stored=names.to_ascii, shows=names.display),
    Field("added", pgettext_lazy("date", "Added"), Kind.MOMENT, "added_at"),
    Field("requester", _("Requester"), Kind.TEXT, "requester__email", may_be_empty=True),
    Field("level", _("Type"), Kind.STATUS, "level", choices=tuple(Level.choices)),
    Field("status", _("Status"), Kind.STATUS, "status", choices=tuple(Status.choices)),
    Field("profile", _("Organization Profile"), Kind.TEXT, "profile__name"),
    Field("expires", _("Expires"), Kind.MOMENT, "expires_at", may_be_empty=True),
    Field("days_left", _("Days left"), Kind.NUMBER, days_left("expires_at", status__in=TOLD_DAYS), may_be_empty=True),
    Field("revet", _("Re-Vetting"), Kind.MOMENT, "revet_at", may_be_empty=True),
    Field("method", _("Confirmed by"), Kind.STATUS, "method", choices=tuple(Method.choices)),
    Field("confirmed", _("Confirmed"), Kind.MOMENT, "confirmed_at", may_be_empty=True),
    Field("reason", _("Reason"), Kind.TEXT, "reason", sortable=False),
)
