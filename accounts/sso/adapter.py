"""allauth's hooks for single sign-on: who is let in, and how it is said to the others."""

from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.base import Provider
from django.db.models import Model
from django.http import HttpRequest

from accounts.sso import actions, pages
from accounts.sso.bridge import as_allauth
from accounts.sso.fetching import Session
from accounts.sso.models import SignOnProvider


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Nobody signs up; only an active administrator of the provider's own account comes in."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def get_provider(self, request: HttpRequest, provider: str, client_id: str | None = None) -> Provider:
        """The provider that a sign-in began with. Raises ValueError, which ends that sign-in, where it was switched off."""
        found = SignOnProvider.objects.in_use(provider).first()
        if found is None:
            raise ValueError(f"There is no provider {provider} in use.")
        return as_allauth(found, request)

    def get_requests_session(self) -> Session:
        return Session()

    def serialize_instance(self, instance: Model) -> dict[str, Any]:
        """What waits in the session for the second factor: no password's hash, only which rows."""
        return {"pk": instance.pk}

    def deserialize_instance(self, model: type[Model], data: dict[str, Any]) -> Model:
        """Raises ValueError, which ends the sign-in, where the row is gone."""
        found = model._default_manager.filter(pk=data["pk"]).first()
        if found is None:
            raise ValueError(f"{model.__name__} is gone.")
        return found

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Let the person in, or answer with the refusal."""
        provider = SignOnProvider.objects.select_related("account").get(slug=sociallogin.account.provider)
        email = next((address.email.lower() for address in sociallogin.email_addresses if address.verified), "")
        link = actions.admit(provider, sociallogin.account.uid, email)
        if link is None:
            told = [address.email for address in sociallogin.email_addresses]
            actions.refuse(provider, ", ".join(told))
            raise ImmediateHttpResponse(pages.refused(request, provider, "nobody who may come in"))
        sociallogin.account, sociallogin.user = link, link.user
        sociallogin.token, sociallogin.email_addresses = None, []  # they would be put into the session

    def on_authentication_error(self, request: HttpRequest, provider: Provider, **told: Any) -> None:
        """What did not get as far as a person."""
        found = SignOnProvider.objects.select_related("account").get(slug=provider.app.provider_id)
        why = f"{told.get('error')} {told.get('exception') or ''}"
        raise ImmediateHttpResponse(pages.refused(request, found, why))
