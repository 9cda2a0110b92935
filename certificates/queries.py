"""What is asked of orders."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from django.apps import apps
from django.db import models
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from certificates import rules
from certificates.outside import rules as outside
from certificates.states import AWAIT_CSR, LIVE, UNDER_WAY, Status
from domains.queries import uncovered_by
from sslportal.kit import clock, names

if TYPE_CHECKING:
    from accounts.models import Administrator
    from certificates.models import Order
    from certificates.outside.models import Visit
    from domains.models import Domain
    from profiles.models import OrganizationProfile


SHOWN_IN_LIST = (
    "common_name", "level", "serial_number", "created_at", "not_before", "not_after", "status", "profile__name",
    "asked_by", "outsider_id",
)  # fmt: skip


class OrderQuerySet(models.QuerySet):
    """Certificate orders."""

    def visible_to(self, person: "Administrator") -> Self:
        """Those of the profiles in which the person has a role."""
        return self.filter(rules.seen_by(person))

    def visible_outside(self, visit: "Visit") -> Self:
        """The visitor's own, where the address is proved."""
        return self.filter(outside.owned_by(visit))

    def for_list(self) -> Self:
        """With what a row of the list shows, and nothing of the CSR and the like."""
        return self.select_related("profile").only(*SHOWN_IN_LIST)

    def under_way(self) -> Self:
        """Those for which a worker has something to do, or to look whether it has, oldest first."""
        return self.filter(status__in=UNDER_WAY).order_by("pk")

    def needing_domains(self) -> Self:
        """Those whose domains must stay: they wait for approval, or a worker has something to do for them (D12)."""
        return self.filter(status__in=UNDER_WAY | {Status.APPROVE}).order_by("pk")

    def to_process(self) -> Self:
        """Those of them at which a sweep looks.

        What CAA records keep waiting is left alone until its next try, and what is to be signed until that was tried.
        """
        orders = self.under_way().exclude(status=Status.PENDING, caa_checks__next_try_at__gt=clock.now())
        return orders.exclude(status=Status.PENDING, issuance__due_at__isnull=False)

    def awaiting_vetting(self) -> Self:
        """Those that wait for a person of the vetting team, oldest first: before issuing, or with a compromised key."""
        orders = self.model._default_manager
        held = orders.filter(status=Status.PENDING).exclude(hold__in=["", *AWAIT_CSR])
        endangered = orders.filter(status__in=LIVE, key_sha256__in=_reports().values("key_sha256"))
        found = held.values("pk").union(endangered.values("pk"))  # not by OR, for which all orders would be read
        return self.filter(pk__in=found).order_by("pk")

    def with_key_reports(self) -> Self:
        """With `key_reported_at`: when the key was reported as compromised, be it with another certificate."""
        reports = _reports().filter(key_sha256=models.OuterRef("key_sha256"))
        return self.annotate(key_reported_at=models.Subquery(reports.values("at")))

    def outlived(self) -> Self:
        """Those whose certificate is past its end, though the status does not say so yet."""
        return self.filter(status__in=[Status.ISSUED, Status.UNUSED], certificate__not_after__lt=clock.now())


class IssuanceQuerySet(models.QuerySet):
    """What was planned."""

    def due(self) -> Self:
        """What is to be signed now, what waits longest first."""
        return self.filter(due_at__lte=clock.now()).order_by("due_at")


def _reports() -> models.QuerySet:
    """The keys that are never certified again."""
    return apps.get_model("certificates", "CompromisedKey")._default_manager.all()


def wanted_names(order: "Order") -> list[names.Name]:
    """The common name and the added SANs. Raises NameRefused where one has become a public suffix since it was ordered."""
    return [names.parse(text) for text in order.names]


@dataclass(frozen=True)
class Reach:
    """How far the domains of a profile reach now: those of the wanted names that none of them proves, and the base domain.

    That is the registrable domain of the common name, where it is not asked for and a domain proves it (E4).
    """

    wanted: list[names.Name]
    missing: list[names.Name]
    base: str | None

    @property
    def dns_names(self) -> list[str]:
        """What is to stand in the certificate, in A-label form: the common name, the added SANs, the base domain (E4)."""
        return [*(name.ascii for name in self.wanted), *([self.base] if self.base else [])]


def reach(wanted: list[names.Name], known: "list[Domain]", level: str) -> Reach:
    """Of the names of a request, the common name first, by those domains of the profile to which they could belong."""
    base = _base(wanted)
    missing = uncovered_by(known, [*wanted, *base], level)
    proved = [name.ascii for name in base if name not in missing]
    return Reach(wanted, [name for name in wanted if name in missing], next(iter(proved), None))


def _base(wanted: list[names.Name]) -> list[names.Name]:
    """The registrable domain of the common name, if it can stand in a certificate and is not asked for."""
    try:
        base = names.parse(wanted[0].registrable)
    except names.NameRefused:
        return []
    return [] if base.ascii in {name.ascii for name in wanted} else [base]


def reach_of(order: "Order") -> Reach:
    """Of an order. Raises NameRefused where a name has become a public suffix since it was ordered."""
    return reach(wanted_names(order), order.domains, order.level)


def base_domain(order: "Order") -> str | None:
    """The base domain that is to stand in the certificate beside what is asked for, if there is one (E4)."""
    try:
        return reach_of(order).base
    except names.NameRefused:
        return None


def base_of(wanted: list[names.Name], profile: "OrganizationProfile", level: str) -> str | None:
    """The same for the names of a request, the common name first."""
    return reach(wanted, list(profile.domains.above(name.ascii for name in wanted)), level).base


def dns_names(order: "Order") -> list[str]:
    """What is to stand in the certificate. Raises NameRefused as reach_of does."""
    return reach_of(order).dns_names


def san_names(order: "Order") -> tuple[list[str], list[str]]:
    """The SANs of the order as (system-generated, asked for): out of the certificate once there is one."""
    asked = order.names
    if order.issued:
        return [name for name in order.issued.dns_names if name not in asked], asked
    base = base_domain(order)
    return ([base] if base else []), asked


def why_not(order: "Order", deed: str) -> str:
    """Why an order can be neither copied nor renewed now, for somebody who may request certificates."""
    if deed == "renew" and order.renewal:
        return _("This certificate is renewed already, by order %(number)d.") % {"number": order.renewal.pk}
    if deed == "renew" and order.status == Status.ISSUED and order.issued:
        day = date_format(localtime(order.issued.not_after - rules.RENEWAL_WINDOW), "DATE_FORMAT")
        return _("This certificate can be renewed from %(day)s on, 90 days before it expires.") % {"day": day}
    if deed == "renew":
        return _("Only a certificate that is issued or has expired can be renewed; this order is: %(status)s.") % {
            "status": order.get_status_display()
        }
    return _("There is no certificate that could be issued again: this order is: %(status)s.") % {
        "status": order.get_status_display()
    }
