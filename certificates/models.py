"""Certificate authorities, orders, what CAA records say of them, what is about to be signed, and certificates."""

import uuid
from typing import Any

from cryptography import x509
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Account
from certificates import listing
from certificates.ca.revoked import Revoked
from certificates.caa import Verdict
from certificates.csr import refused_as
from certificates.outside.models import Outsider, RequestPortal, SpentCaptcha, Visit
from certificates.queries import IssuanceQuerySet, OrderQuerySet
from certificates.states import BADGES, CRL_REASONS, EVENTS, FAILED, MOVES, Hold, Kind, Reason, Status
from certificates.trust.models import Crl, OcspAnswer, OcspQuestion, Responder, StatusChange
from domains.models import Domain
from profiles.models import OrganizationProfile
from profiles.states import Level
from sslportal.kit import clock

__all__ = [
    "CaaCheck", "Certificate", "CertificateAuthority", "CompromisedKey", "Crl", "Issuance", "OcspAnswer", "OcspQuestion",
    "Order", "Outsider", "RequestPortal", "Responder", "Revocation", "SpentCaptcha", "StatusChange", "Visit",
]  # fmt: skip


class CertificateAuthority(models.Model):
    """The public half of one of our CAs. The private half is in the key store of the `ca` worker."""

    class Role(models.TextChoices):
        ROOT = "root"
        POLICY = "policy"
        ISSUING = "issuing"

    name = models.SlugField(unique=True, help_text="The name in addresses and in the key store, such as issuing-1.")
    role = models.CharField(max_length=10, choices=Role)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="children")
    der = models.BinaryField()
    not_after = models.DateTimeField()
    is_current = models.BooleanField(default=True, help_text="Whether new certificates are signed by it.")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name_plural = "certificate authorities"
        constraints = [
            models.UniqueConstraint(fields=["role"], condition=models.Q(is_current=True), name="one_current_ca_a_role")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def certificate(self) -> x509.Certificate:
        return x509.load_der_x509_certificate(bytes(self.der))

    def chain(self) -> list["CertificateAuthority"]:
        """This CA, its parent, and so on up to the root."""
        return [self, *self.parent.chain()] if self.parent else [self]


class Order(models.Model):
    """A request for a certificate, with the organization's data as they were vetted at the time of the request."""

    MOVES, EVENTS, BADGES = MOVES, EVENTS, BADGES

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="orders", db_index=False)
    profile = models.ForeignKey(
        OrganizationProfile, on_delete=models.PROTECT, related_name="orders", verbose_name=_("Profile")
    )
    status = models.CharField(_("Status"), max_length=10, choices=Status)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.NEW)
    source = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        related_name="successors",
        verbose_name=_("Follows on"),
        help_text="The order whose certificate it copies or renews.",
    )
    level = models.CharField(_("Type"), max_length=2, choices=Level)
    hash_algorithm = models.CharField(_("Hash"), max_length=10)
    validity = models.CharField(_("Validity Period"), max_length=20, help_text="The key of the policy's choice.")

    csr = models.TextField(help_text="The request as read, in PEM.")
    key_label = models.CharField(_("Key length"), max_length=20)
    key_sha256 = models.CharField(max_length=64, db_index=True)  # certificates.keycheck.identity
    common_name = models.CharField(_("Common Name"), max_length=253)
    sans = ArrayField(
        models.CharField(max_length=253),
        default=list,
        verbose_name=_("SANs"),
        help_text="The added ones, in A-label form.",
    )

    organization = models.CharField(_("Organization"), max_length=64)
    locality = models.CharField(_("City/Locality"), max_length=128)
    state = models.CharField(_("State/Province"), max_length=128)
    country = models.CharField(_("Country"), max_length=2)
    ev_subject = models.JSONField(default=dict, blank=True)

    requester = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("Requester")
    )
    outsider = models.OneToOneField(
        Outsider,
        on_delete=models.PROTECT,
        null=True,
        help_text="Who asked by the request portal, in the requester's place.",
    )
    approver = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("Approver")
    )
    recipients = ArrayField(models.EmailField(), default=list, blank=True, verbose_name=_("Notification Recipients"))
    comments = models.TextField(_("Comments"), blank=True)
    hold = models.CharField(max_length=10, choices=Hold, blank=True)
    hold_detail = models.TextField(blank=True)
    reject_reason = models.TextField(_("Reason for rejecting"), blank=True)
    submission = models.UUIDField(unique=True, help_text="The draft that it was submitted from: one order a draft.")
    seal = models.UUIDField(
        unique=True, default=uuid.uuid4, db_default=RandomUUID(), help_text="By what its site seal is asked for."
    )
    created_at = models.DateTimeField(_("Ordered"), default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)

    # For lists and reports: copies of the certificate's data and of the address of who asked, which never changes; and what
    # a search looks at (certificates/listing.py)
    asked_by = models.EmailField(_("Requester"), max_length=254)
    serial_number = models.CharField(_("Serial Number"), max_length=40, null=True)
    not_before = models.DateTimeField(pgettext_lazy("date", "Issued"), null=True)
    not_after = models.DateTimeField(_("Expires"), null=True)
    dns_names = ArrayField(models.CharField(max_length=253), null=True)
    search_text = models.GeneratedField(expression=listing.TEXT, output_field=models.TextField(), db_persist=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=models.Q(status__in=Status.values), name="order_status_known"),
            models.CheckConstraint(
                condition=models.Q(kind=Kind.NEW, source=None)
                | (~models.Q(kind=Kind.NEW) & models.Q(source__isnull=False)),
                name="order_of_a_kind",
            ),
            models.CheckConstraint(
                condition=models.Q(requester__isnull=False, outsider=None)
                | models.Q(requester=None, outsider__isnull=False),
                name="somebody_asked",
            ),
            models.UniqueConstraint(
                fields=["source"],
                condition=models.Q(kind=Kind.RENEWAL) & ~models.Q(status__in=sorted(FAILED)),
                name="renewed_once",
            ),
        ]
        indexes = [
            models.Index(fields=["status", "updated_at"], name="orders_by_status"),
            *listing.INDEXES,
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.common_name}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self.asked_by and (who := self.requester or self.outsider):
            self.asked_by = who.email
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("certificates:details", args=[self.pk])

    @property
    def edition(self) -> str:
        """By what a form tells which state of the order it was shown with: another one after each change."""
        return self.updated_at.isoformat()

    @property
    def is_from_outside(self) -> bool:
        """Whether somebody without an account asked for it, by the request portal."""
        return self.outsider_id is not None

    @cached_property
    def issued(self) -> "Certificate | None":
        """The certificate, where there is one."""
        return getattr(self, "certificate", None)

    @cached_property
    def revocation(self) -> "Revocation | None":
        """Why its certificate is not to be trusted, where it is not: it was revoked, or is marked as unused."""
        return getattr(self.issued, "revocation", None)

    @cached_property
    def renewal(self) -> "Order | None":
        """The order that renews it, where there is one of which something came or may come (E15)."""
        return self.successors.filter(kind=Kind.RENEWAL).exclude(status__in=FAILED).first()

    @cached_property
    def caa(self) -> "CaaCheck | None":
        """What the DNS said last of who may issue it."""
        return self.caa_checks.first()

    @cached_property
    def domains(self) -> list[Domain]:
        """Those of its profile to which its names could belong."""
        return list(self.profile.domains.above(self.names))

    @cached_property
    def is_key_reported(self) -> bool:
        """Whether its key was reported as compromised, be it with another certificate."""
        return CompromisedKey.objects.filter(key_sha256=self.key_sha256).exists()

    @property
    def names(self) -> list[str]:
        """The common name and the added SANs, each once."""
        return list(dict.fromkeys([self.common_name, *self.sans]))

    @property
    def held_for(self) -> str:
        """Why a person must do something about it, in the language in use now; empty where nobody need."""
        if self.hold == Hold.KEY:
            return str(refused_as(self.hold_detail).message)
        return self.get_hold_display() % {"detail": self.hold_detail} if self.hold else ""

    @property
    def awaited_csr(self) -> str:
        """Why a new CSR is waited for: the vetting team's words, or what is wrong with the key."""
        return self.hold_detail if self.hold == Hold.CSR else self.held_for

    @property
    def is_past_end(self) -> bool:
        """Whether its certificate is past its end, be it that no sweep has set the status yet."""
        return self.issued is not None and self.issued.not_after < clock.now()

    @property
    def subject(self) -> dict[str, Any]:
        """The organization's part of the certificate's subject."""
        own = {name: getattr(self, name) for name in ("organization", "locality", "state", "country")}
        return own | self.ev_subject


class Reminder(models.Model):
    """When to see whether people are to be reminded of the end of an order's certificate; none after the last time.

    It stands beside the order because writing to an order takes long: all indexes of its list are written to as well.
    """

    order = models.OneToOneField(Order, on_delete=models.CASCADE, primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["account", "at"], name="reminders_due")]

    def __str__(self) -> str:
        return f"{self.order_id} {self.at:%Y-%m-%d}"


class CaaCheck(models.Model):
    """What the CAA records of an order's names said. One row for each finding, so that every denial is kept (BR 3.2.2.8)."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="caa_checks")
    names = ArrayField(models.CharField(max_length=253), help_text="Those that were to stand in the certificate.")
    issuers = ArrayField(models.CharField(max_length=253), help_text="The names by which records could let us issue.")
    allowed = models.BooleanField()
    results = models.JSONField(help_text="Name by name, see certificates/caa.py.")
    since = models.DateTimeField(help_text="When it was first found to be so.")
    at = models.DateTimeField(help_text="When the DNS was asked last.")
    valid_until = models.DateTimeField(null=True, help_text="Until when a permission may be used.")
    tries = models.PositiveIntegerField(
        default=0, help_text="How often this was found; a person who asks sets it back."
    )
    next_try_at = models.DateTimeField(null=True, help_text="Set for the last finding, where it is no permission.")

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(allowed=True, valid_until__isnull=False, next_try_at=None)
                | models.Q(allowed=False, valid_until=None),
                name="permission_ends",
            )
        ]

    def __str__(self) -> str:
        return f"{', '.join(self.names)}: {'allowed' if self.allowed else 'not allowed'}"

    @property
    def verdicts(self) -> list[Verdict]:
        return [Verdict.from_json(row) for row in self.results]

    def permits(self, names: list[str]) -> bool:
        """Whether a certificate with exactly these names may be issued now."""
        if self.valid_until is None or not self.is_about(names):
            return False
        return self.at <= clock.now() < self.valid_until

    def is_about(self, names: list[str]) -> bool:
        """Whether it was asked for these names, and by the names that the portal has now."""
        return self.names == names and self.issuers == settings.CAA_NAMES


class Issuance(models.Model):
    """What is about to be signed for an order, written down first: a worker that died signs the very same again."""

    order = models.OneToOneField(Order, on_delete=models.PROTECT)
    authority = models.ForeignKey(CertificateAuthority, on_delete=models.PROTECT, related_name="+")
    serial_number = models.CharField(max_length=40, help_text="Hexadecimal, upper case.")
    not_before = models.DateTimeField()
    not_after = models.DateTimeField()
    dns_names = ArrayField(models.CharField(max_length=253))
    crl_shard = models.PositiveIntegerField(default=0)
    findings = models.JSONField(default=list, blank=True, help_text="What the linter said.")
    due_at = models.DateTimeField(
        null=True, help_text="From when on the `ca` worker is to sign it; empty where nobody waits for that."
    )
    created_at = models.DateTimeField(default=clock.now)

    objects = IssuanceQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["authority", "serial_number"], name="planned_serial_once")]
        indexes = [models.Index(fields=["due_at"], name="plans_due", condition=models.Q(due_at__isnull=False))]

    def __str__(self) -> str:
        return self.serial_number


class Certificate(models.Model):
    """A certificate that was issued. Never changed, never deleted."""

    order = models.OneToOneField(Order, on_delete=models.PROTECT)
    authority = models.ForeignKey(CertificateAuthority, on_delete=models.PROTECT, related_name="certificates")
    serial_number = models.CharField(_("Serial Number"), max_length=40)
    not_before = models.DateTimeField(pgettext_lazy("date", "Issued"))
    not_after = models.DateTimeField(_("Expires"), db_index=True)
    dns_names = ArrayField(models.CharField(max_length=253))
    crl_shard = models.PositiveIntegerField(default=0, help_text="The revocation list that it names.")
    der = models.BinaryField()
    sha256 = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        constraints = [models.UniqueConstraint(fields=["authority", "serial_number"], name="serial_once")]
        indexes = [models.Index(fields=["authority", "crl_shard", "not_after"], name="certificates_by_crl")]

    def __str__(self) -> str:
        return self.serial_number

    @property
    def x509(self) -> x509.Certificate:
        return x509.load_der_x509_certificate(bytes(self.der))


class Revocation(models.Model):
    """Why a certificate is not to be trusted, as CRL and OCSP say it. Of an unused one it goes again when it is restored."""

    certificate = models.OneToOneField(Certificate, on_delete=models.PROTECT)
    order = models.OneToOneField(
        Order,
        on_delete=models.PROTECT,
        related_name="revoked_as",
        help_text="That of the certificate: reports get here from the order without reading all certificates.",
    )
    reason = models.CharField(_("Revocation Reason"), max_length=12, choices=Reason)
    detail = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)
    since = models.DateTimeField(
        default=clock.now,
        help_text="What a CRL gives: of an unused certificate that is then revoked, when it became unused.",
    )

    class Meta:
        indexes = [models.Index(fields=["since"], name="revocations_by_moment")]

    def __str__(self) -> str:
        return self.says

    @property
    def says(self) -> str:
        """The reason in the language in use now, with the details where there are some."""
        return f"{self.get_reason_display()}: {self.detail}" if self.detail else self.get_reason_display()

    @property
    def is_hold(self) -> bool:
        """Whether the certificate is set aside only, and was never revoked."""
        return self.reason == Reason.UNUSED

    def as_revoked(self, serial: int) -> Revoked:
        """As CRL and OCSP tell it."""
        return Revoked(serial, self.since.replace(microsecond=0), CRL_REASONS[Reason(self.reason)])


class CompromisedKey(models.Model):
    """A key that was reported as stolen or compromised, by whatever way it comes again: it is never certified again."""

    key_sha256 = models.CharField(max_length=64, unique=True)
    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, related_name="+", help_text="Where it was reported first."
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return self.key_sha256
