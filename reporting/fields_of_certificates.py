"""What a report can tell of certificates: the columns of their list, and what their details say (E9, E10)."""

import re

from django.db.models import BooleanField, Case, CharField, Exists, ExpressionWrapper, F, Func, OuterRef, Q, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from certificates import listing
from certificates.models import Order
from certificates.states import CHOSEN_REASONS, FAILED, Reason, Status
from certificates.states import Kind as OrderKind
from profiles.states import Level
from reporting.fields import At, Field, Kind, days_left, joined
from sslportal.kit import names

REVOCATION = "revoked_as"


def _by_search_text(text: str) -> Q:
    """Orders with each part of the text in what their list is searched by: the names, the numbers."""
    parts = [part for part in re.split(r"[\s,]+", text) if part and not listing.is_too_short(part)]
    return Q(*(listing.has_word(part) for part in parts))


def _sans(at: At) -> Combinable:
    """The names in the certificate; until there is one, those that were asked for. The common name is among both."""
    others = Func(F("sans"), F("common_name"), function="array_remove")
    asked = Func(F("common_name"), others, function="array_prepend")
    return Coalesce(joined(F("dns_names")), joined(asked))


def _name(text: str) -> str:
    """As names are stored: A-labels in lower case."""
    return names.to_ascii(text).lower()


def _shown_names(text: str) -> str:
    return ", ".join(map(names.display, text.split(", ")))


def _renewed(at: At) -> Combinable:
    """As Order.renewal has it."""
    return Exists(Order.objects.filter(source=OuterRef("pk"), kind=OrderKind.RENEWAL).exclude(status__in=FAILED))


def _from_outside(at: At) -> Combinable:
    """As Order.is_from_outside has it."""
    return ExpressionWrapper(Q(outsider__isnull=False), output_field=BooleanField())


def _recipients(at: At) -> Combinable:
    return joined(F("recipients"))


def _moment_of(*reasons: Reason) -> Combinable:
    return Case(When(**{f"{REVOCATION}__reason__in": reasons}, then=F(f"{REVOCATION}__at")))


def _revoked(at: At) -> Combinable:
    return _moment_of(*CHOSEN_REASONS)


def _unused(at: At) -> Combinable:
    return _moment_of(Reason.UNUSED)


def _revoked_by(at: At) -> Combinable:
    """Of the vetting team no names are told, nor can they be asked for."""
    team = When(**{f"{REVOCATION}__by__is_vetter": True}, then=Value(gettext("The vetting team")))
    return Case(team, default=F(f"{REVOCATION}__by__email"), output_field=CharField())


FIELDS = (
    Field("number", _("Order"), Kind.NUMBER, "pk"),
    Field(
        "common_name",
        _("Common Name"),
        Kind.TEXT,
        "common_name",
        as_stored=_name,
        one_case=True,
        shows=names.display,
    ),
    Field(
        "sans",
        _("SANs"),
        Kind.TEXT,
        _sans,
        as_stored=_name,
        one_case=True,
        shows=_shown_names,
        found_by=_by_search_text,  # the base domain, which the portal adds, is the end of the common name
        sortable=False,
    ),
    Field("level", _("Type"), Kind.STATUS, "level", choices=tuple(Level.choices)),
    Field(
        "serial_number",
        _("Serial Number"),
        Kind.TEXT,
        "serial_number",
        may_be_empty=True,
        as_stored=str.upper,
        one_case=True,
    ),
    Field("ordered", _("Ordered"), Kind.MOMENT, "created_at"),
    Field("issued", pgettext_lazy("date", "Issued"), Kind.MOMENT, "not_before", may_be_empty=True),
    Field("expires", _("Expires"), Kind.MOMENT, "not_after", may_be_empty=True),
    Field("days_left", _("Days left"), Kind.NUMBER, days_left("not_after", status=Status.ISSUED), may_be_empty=True),
    Field("status", _("Status"), Kind.STATUS, "status", choices=tuple(Status.choices)),
    Field("renewed", _("Renewed"), Kind.TRUTH, _renewed),
    Field("requester", _("Requester"), Kind.TEXT, "asked_by"),
    Field("request_portal", _("By the request portal"), Kind.TRUTH, _from_outside),
    Field("approver", _("Approver"), Kind.TEXT, "approver__email", may_be_empty=True),
    Field("profile", _("Profile"), Kind.TEXT, "profile__name"),
    Field("organization", _("Organization"), Kind.TEXT, "organization"),
    Field("locality", _("City/Locality"), Kind.TEXT, "locality"),
    Field("state", _("State/Province"), Kind.TEXT, "state"),
    Field("country", _("Country"), Kind.TEXT, "country"),
    Field("key_length", _("Key length"), Kind.TEXT, "key_label"),
    Field("hash", _("Hash"), Kind.TEXT, "hash_algorithm"),
    Field("revoked", _("Revoked"), Kind.MOMENT, _revoked, may_be_empty=True),
    Field("unused", _("Marked as unused"), Kind.MOMENT, _unused, may_be_empty=True),
    Field("revoked_by", _("Revoked by"), Kind.TEXT, _revoked_by, may_be_empty=True),
    Field(
        "revocation_reason",
        _("Revocation Reason"),
        Kind.STATUS,
        f"{REVOCATION}__reason",
        choices=tuple(Reason.choices),
        may_be_empty=True,
    ),
    Field(
        "revocation_detail",
        _("Details of the revocation"),
        Kind.TEXT,
        f"{REVOCATION}__detail",
        may_be_empty=True,
        sortable=False,
    ),
    Field("reject_reason", _("Reason for rejecting"), Kind.TEXT, "reject_reason", sortable=False),
    Field("recipients", _("Notification Recipients"), Kind.TEXT, _recipients, sortable=False),
    Field("comments", _("Comments"), Kind.TEXT, "comments", sortable=False),
)
