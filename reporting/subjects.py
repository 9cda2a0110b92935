"""What reports can be about: certificates and domains, each with its fields and what a person may see of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from certificates.models import Order
from domains.models import Domain
from reporting import fields_of_certificates, fields_of_domains
from reporting.fields import Field, Text

if TYPE_CHECKING:
    from accounts.models import Administrator


@dataclass(frozen=True)
class Subject:
    """A type of reports. Where a report says nothing of sorting, it is sorted as the list is: by `sorted_by`."""

    key: str
    label: Text
    fields: tuple[Field, ...]
    visible_to: Callable[["Administrator"], QuerySet]
    sorted_by: tuple[str, bool]  # and whether descending

    def field(self, key: str) -> Field | None:
        return next((field for field in self.fields if field.key == key), None)


def _orders(person: "Administrator") -> QuerySet:
    return Order.objects.visible_to(person)


def _domains(person: "Administrator") -> QuerySet:
    """Their own query makes rows distinct, which would compare all that a report shows."""
    return Domain.objects.filter(pk__in=Domain.objects.visible_to(person).values("pk"))


SUBJECTS = {
    subject.key: subject
    for subject in (
        Subject("certificate", _("Certificate"), fields_of_certificates.FIELDS, _orders, ("number", True)),
        Subject("domain", _("Domain"), fields_of_domains.FIELDS, _domains, ("name", False)),
    )
}
