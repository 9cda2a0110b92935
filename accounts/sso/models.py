"""The identity provider of an account, as the operator configured it."""

from typing import Self

from django.db import models
from django.db.models import QuerySet
from django.urls import reverse

from accounts.sso.addresses import absolute
from sslportal.kit import clock
from sslportal.kit.sealing import seal, unseal


class Kind(models.TextChoices):
    """The protocols, by allauth's names for them."""

    OIDC = "openid_connect", "OIDC"
    SAML = "saml", "SAML"


class SignOnProviderQuerySet(models.QuerySet):
    """Identity providers."""

    def in_use(self, slug: str) -> Self:
        """The one of the slug, where it is switched on."""
        return self.filter(slug=slug, is_on=True).select_related("account")


class SignOnProvider(models.Model):
    """One account's identity provider. `configuration` holds what the protocol needs and nothing that is secret."""

    account = models.OneToOneField("accounts.Account", on_delete=models.PROTECT, related_name="sign_on")
    slug = models.SlugField(max_length=40, unique=True)
    kind = models.CharField(max_length=20, choices=Kind)
    client_id = models.CharField(max_length=200, blank=True)
    sealed_secret = models.TextField(blank=True)
    trusts_addresses = models.BooleanField(default=False)
    configuration = models.JSONField(default=dict)
    is_on = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=clock.now)

    objects = SignOnProviderQuerySet.as_manager()

    class Meta:
        ordering = ["slug"]
        constraints = [models.CheckConstraint(condition=models.Q(kind__in=Kind.values), name="sign_on_kind_known")]

    def __str__(self) -> str:
        return self.slug

    def get_absolute_url(self) -> str:
        return reverse("accounts:sign-in-with", args=[self.slug])

    @property
    def issuer(self) -> str:
        """How the identity provider names itself; its people are known by their subject there."""
        return str(self.configuration["issuer"])

    @property
    def client_secret(self) -> str:
        return unseal(self.sealed_secret) if self.sealed_secret else ""

    @client_secret.setter
    def client_secret(self, secret: str) -> None:
        self.sealed_secret = seal(secret) if secret else ""

    @property
    def sign_in_url(self) -> str:
        return absolute("accounts:sign-in-with", self.slug)

    @property
    def links(self) -> "QuerySet":
        """Which subject of the identity provider is which person here."""
        from allauth.socialaccount.models import SocialAccount  # its tables stand on ours

        return SocialAccount.objects.filter(provider=self.slug)
