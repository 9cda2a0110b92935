"""The account's provider as allauth takes it: an app that is in no table of allauth's, and a provider that reads little."""

import hashlib
from typing import Any

from allauth.socialaccount import app_settings
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base import Provider
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.saml.provider import SAMLProvider
from django.http import HttpRequest

from accounts.sso.models import Kind, SignOnProvider

MAIL_ATTRIBUTES = [
    "email",
    "mail",
    "urn:oid:0.9.2342.19200300.100.1.3",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
]
SUBJECT_ATTRIBUTES = ["urn:oasis:names:tc:SAML:attribute:subject-id"]


class _OnlyWhoItIs:
    """Of an identity only the subject and the address are used, and nothing of it is kept but the subject."""

    app: SocialApp

    def extract_uid(self, data: Any) -> str:
        subject = str(super().extract_uid(data) or "")  # type: ignore[misc]
        if len(subject) <= app_settings.UID_MAX_LENGTH:
            return subject
        return f"sha256:{hashlib.sha256(subject.encode()).hexdigest()}"

    def extract_extra_data(self, data: Any) -> dict[str, Any]:
        return {}

    def extract_common_fields(self, data: Any) -> dict[str, Any]:
        email = str(super().extract_common_fields(data).get("email") or "")  # type: ignore[misc]
        return {"email": email} if email.isascii() else {}  # in lower case, the Kelvin sign is the letter k

    def serialize(self) -> dict[str, Any]:
        """Found again by the slug: two accounts may have the same client ID at different servers."""
        return {"id": self.app.provider_id}


class OidcProvider(_OnlyWhoItIs, OpenIDConnectProvider):
    """OpenID Connect. What it reads are the claims that accounts/sso/oidc.py has verified."""

    def extract_email_addresses(self, data: Any) -> list[Any]:
        return [address for address in super().extract_email_addresses(data) if address.email.isascii()]


class SamlProvider(_OnlyWhoItIs, SAMLProvider):
    """SAML. What it reads is the response that accounts/sso/saml.py has verified."""


CLASSES: dict[str, type[Provider]] = {Kind.OIDC: OidcProvider, Kind.SAML: SamlProvider}


def as_allauth(provider: SignOnProvider, request: HttpRequest) -> Provider:
    """The account's provider for one request of allauth's."""
    app = SocialApp(
        provider=provider.kind,
        provider_id=provider.slug,
        name=provider.account.name,
        client_id=provider.client_id or provider.slug,
        secret=provider.client_secret,
        settings={
            "oauth_pkce_enabled": True,
            "scope": ["openid", "email"],
            "attribute_mapping": {"uid": SUBJECT_ATTRIBUTES, "email": MAIL_ATTRIBUTES},
            "verified_email": provider.kind == Kind.SAML or provider.trusts_addresses,
        },
    )
    return CLASSES[provider.kind](request, app=app)
