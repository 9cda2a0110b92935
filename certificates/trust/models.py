"""What is published of the certificates' status, and what of it is to be signed anew."""

from typing import TYPE_CHECKING, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

if TYPE_CHECKING:
    from certificates.models import Certificate


class Responder(models.Model):
    """A certificate that a CA gave for signing OCSP answers, and for nothing else. Its key is in the key store."""

    authority = models.ForeignKey(
        "certificates.CertificateAuthority", on_delete=models.PROTECT, related_name="responders"
    )
    name = models.SlugField(unique=True, help_text="The name in the key store, such as ocsp-issuing-1-4.")
    der = models.BinaryField()
    not_before = models.DateTimeField()
    not_after = models.DateTimeField()

    class Meta:
        ordering = ["-not_after"]

    def __str__(self) -> str:
        return self.name


class HashName(models.TextChoices):
    """By what digest a client names the issuer (RFC 6960, 4.1.1): an answer must name it by the same."""

    SHA1 = "sha1"
    SHA256 = "sha256"


class OcspAnswer(models.Model):
    """A ready-made answer to who asks about a certificate. None is there from a revocation to the new one's signing."""

    certificate = models.ForeignKey(
        "certificates.Certificate", on_delete=models.PROTECT, related_name="ocsp_answers", db_index=False
    )
    authority = models.ForeignKey(
        "certificates.CertificateAuthority", on_delete=models.PROTECT, related_name="+", db_index=False,
        help_text="The certificate's, by which answers that grow old are found.",
    )  # fmt: skip
    hash_name = models.CharField(max_length=6, choices=HashName)
    der = models.BinaryField()
    this_update = models.DateTimeField()
    next_update = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["certificate", "hash_name"], name="one_answer_a_question")]
        indexes = [models.Index(fields=["authority", "this_update"], name="answers_by_age")]

    def __str__(self) -> str:
        return f"OCSP {self.certificate}"


class OcspQuestion(models.Model):
    """Several certificates asked about at once: who asked waits for the `ca` worker to join their answers."""

    answers = ArrayField(models.BigIntegerField(), help_text="Which answers, in the order of the request.")
    der = models.BinaryField(null=True)
    asked_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"about {len(self.answers)} certificates"


class Crl(models.Model):
    """A revocation list. Of an issuing CA there are as many as its certificates name, one for some thousand of them."""

    authority = models.ForeignKey("certificates.CertificateAuthority", on_delete=models.PROTECT, related_name="crls")
    shard = models.PositiveIntegerField(default=0)
    number = models.PositiveBigIntegerField(default=0, help_text="Goes up with each list (RFC 5280, 5.2.3).")
    der = models.BinaryField(null=True)
    urls = ArrayField(models.TextField(), default=list, help_text="Each address by which a certificate names the list.")
    entries = models.PositiveIntegerField(default=0)
    this_update = models.DateTimeField(null=True)
    next_update = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["authority", "shard"], name="one_list_a_shard")]

    def __str__(self) -> str:
        return f"{self.authority.name}{f'-{self.shard}' if self.shard else ''}"


class Service(models.TextChoices):
    """Who is to tell of a change."""

    OCSP = "ocsp"
    CRL = "crl"


class StatusChange(models.Model):
    """A certificate's status has changed, which is not published yet: written in the transaction of the change itself."""

    certificate = models.ForeignKey("certificates.Certificate", on_delete=models.PROTECT, related_name="+")
    authority = models.ForeignKey(
        "certificates.CertificateAuthority", on_delete=models.PROTECT, related_name="+", db_index=False,
        help_text="The certificate's: each CA is published for by itself, however much waits of another.",
    )  # fmt: skip
    service = models.CharField(max_length=4, choices=Service)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["authority", "service", "id"], name="changes_by_ca")]

    def __str__(self) -> str:
        return f"{self.service}: {self.certificate}"

    @classmethod
    def of(cls, certificate: "Certificate", service: str) -> Self:
        """That the service is to tell of the certificate anew."""
        return cls(certificate=certificate, authority_id=certificate.authority_id, service=service)
