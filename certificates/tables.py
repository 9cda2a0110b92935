"""The list of orders."""

from collections.abc import Iterable
from typing import Any

import django_tables2 as tables
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, F, Func, Q, QuerySet
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import Administrator
from certificates import listing
from certificates.models import Order, Outsider
from certificates.notices import requester_words
from certificates.states import Status
from sslportal.kit.tables import BadgeColumn, ListTable, MomentColumn


class OrderTable(ListTable):
    """Orders, the newest first (E9)."""

    number = tables.Column(_("Order"), accessor="pk", linkify=True)
    common_name = tables.Column(_("Common Name"), linkify=True)
    level = tables.Column(_("Type"))
    serial = tables.TemplateColumn(
        '{% include "components/serial.html" with serial=value %}',
        verbose_name=_("Serial Number"),
        accessor="serial_number",
        default="",
    )
    ordered = MomentColumn(_("Ordered"), accessor="created_at")
    issued = MomentColumn(pgettext_lazy("date", "Issued"), accessor="not_before", default="")
    expires = tables.TemplateColumn(
        template_name="certificates/_expires.html",
        verbose_name=_("Expires"),
        accessor="not_after",
        default="",
    )
    requester = tables.TemplateColumn(
        template_name="certificates/_requester.html", accessor="asked_by", verbose_name=_("Requester")
    )
    profile = tables.Column(accessor="profile__name", verbose_name=_("Profile"))
    status = BadgeColumn(_("Status"))

    statuses = Status
    export_name = "export-orders.csv"

    class Meta(ListTable.Meta):
        model = Order
        fields = ("number", "common_name", "level")
        sequence = (
            "number", "common_name", "level", "serial", "ordered", "issued", "expires", "requester", "profile", "status"
        )  # fmt: skip
        order_by = "-number"

    @classmethod
    def search(cls, rows: QuerySet, words: list[str], person: Administrator) -> QuerySet:
        """Those with each of the words in their text, or in a name that stands elsewhere and is found there first."""
        if not words:
            return rows
        profiles = list(person.accesses.values_list("profile", "profile__name"))
        people = list(Administrator.objects.filter(account=person.account_id).values_list("email", "email"))
        for word in words:
            rows = rows.filter(
                listing.has_word(word)
                | Q(level=word.upper())
                | Q(status__in=cls.labelled(word))
                | Q(profile__in=_with(word, profiles))
                | Q(asked_by__in=_with(word, people))
                | Q(_is_outsider(person.account_id, word))
            )
        return rows

    @classmethod
    def advice(cls, words: list[str]) -> str:
        short = [word for word in words if listing.is_too_short(word)]
        told = gettext(
            "“%(word)s” is too short to be looked for inside names and numbers. Please give three letters or more."
        )
        return told % {"word": short[0]} if short else ""

    def value_serial(self, value: str) -> str:
        return value

    def value_requester(self, record: Order) -> str:
        return requester_words(record)

    def value_expires(self, value: Any) -> str:
        return MomentColumn().value(value)


def _with(word: str, named: Iterable[tuple[Any, str]]) -> list[Any]:
    """Those that have the word in their name."""
    return [key for key, name in named if word.lower() in name.lower()]


def _is_outsider(account: int | None, word: str) -> Func:
    """Whether it was asked for by the request portal, with the word in the address.

    An array of keys, where IN would not let PostgreSQL use the indexes of what stands beside it.
    """
    found = Outsider.objects.filter(account=account, email__contains=word.lower()).values("pk")
    sql = {"template": "%(expressions)s)", "arg_joiner": " = ANY("}
    return Func(F("outsider"), ArraySubquery(found), output_field=BooleanField(), **sql)
