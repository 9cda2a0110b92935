"""Signing in by OpenID Connect: the code flow with PKCE, state and nonce, and an ID token that is verified in full."""

import hmac
import secrets
from typing import Any, cast

import jwt
from allauth.socialaccount.models import SocialLogin, SocialToken
from allauth.socialaccount.providers.base import AuthProcess, Provider
from allauth.socialaccount.providers.oauth2.client import OAuth2Client, OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import HttpRequest, HttpResponse

from accounts.sso.addresses import absolute
from accounts.sso.bridge import as_allauth
from accounts.sso.fetching import get_json
from accounts.sso.models import SignOnProvider

ALGORITHMS = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"}
CLOCKS_DIFFER = 60  # seconds


def begin(request: HttpRequest, provider: SignOnProvider, next_url: str | None) -> str:
    """Keep state, nonce and PKCE's verifier in the session; return where the person shall go."""
    conversation = Conversation(request, provider)
    asking = conversation.get_provider()
    nonce, pkce = secrets.token_urlsafe(32), asking.get_pkce_params()
    client = conversation.get_client(request, asking.app)
    client.state = asking.stash_redirect_state(
        request, AuthProcess.LOGIN, next_url, nonce=nonce, pkce_code_verifier=pkce.pop("code_verifier")
    )
    return str(client.get_redirect_url(conversation.authorize_url, asking.get_scope(), {"nonce": nonce, **pkce}))


def finish(request: HttpRequest, provider: SignOnProvider) -> HttpResponse:
    """Take the code that the person brings back, ask for the ID token, and sign the person in, or refuse."""
    return cast(HttpResponse, Callback.adapter_view(Conversation(request, provider))(request))


class Conversation(OpenIDConnectOAuth2Adapter):
    """One sign-in. The server's addresses are those that were found when the operator configured it."""

    nonce: str = ""

    def __init__(self, request: HttpRequest, provider: SignOnProvider) -> None:
        super().__init__(request, provider.slug)
        self.provider = provider

    @property
    def openid_config(self) -> dict[str, Any]:
        return cast(dict[str, Any], self.provider.configuration)

    def get_provider(self) -> Provider:
        return as_allauth(self.provider, self.request)

    def get_callback_url(self, request: HttpRequest, app: object) -> str:
        return absolute("accounts:oidc-callback", self.provider.slug)

    def get_access_token_data(
        self, request: HttpRequest, app: object, client: OAuth2Client, pkce_code_verifier: str | None = None
    ) -> dict[str, Any]:
        try:
            answer = super().get_access_token_data(request, app, client, pkce_code_verifier=pkce_code_verifier)
        except (KeyError, TypeError, ValueError) as error:
            raise OAuth2Error("The token endpoint answers something else than tokens.") from error
        if not isinstance(answer, dict):
            raise OAuth2Error("The token endpoint answers something else than tokens.")
        return answer

    def parse_token(self, data: dict[str, Any]) -> SocialToken:
        return SocialToken(token=str(data["access_token"]))

    def complete_login(
        self, request: HttpRequest, app: object, token: SocialToken, *, response: dict[str, Any]
    ) -> SocialLogin:
        claims = self._verified(str(response.get("id_token") or ""))
        if "email" not in claims:
            claims |= self._told_of_person(token.token, claims["sub"])
        verified = claims.get("email_verified") in (True, "true")  # some servers write it as a text
        identity = {"sub": claims["sub"], "email": str(claims.get("email") or ""), "email_verified": verified}
        return self.get_provider().sociallogin_from_response(request, {"id_token": identity})

    def _verified(self, id_token: str) -> dict[str, Any]:
        """The claims of an ID token that the server signed for us and for this very sign-in. Raises OAuth2Error."""
        try:
            key = self._key_of(id_token)
            claims = jwt.decode(
                id_token,
                key,
                algorithms=[key.algorithm_name],
                audience=self.provider.client_id,
                issuer=self.provider.issuer,
                leeway=CLOCKS_DIFFER,
                options={"require": ["iss", "sub", "aud", "exp", "iat"]},
            )
        except jwt.PyJWTError as error:
            raise OAuth2Error(f"The ID token is not valid: {error}") from error
        if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), self.nonce.encode()):
            raise OAuth2Error("The ID token is not for this sign-in.")
        if claims.get("azp", self.provider.client_id) != self.provider.client_id:
            raise OAuth2Error("The ID token was made for another party.")
        return claims

    def _key_of(self, id_token: str) -> jwt.PyJWK:
        """The key that the token says it is signed with, if it is one for signatures with a public key."""
        header = jwt.get_unverified_header(id_token)
        told = get_json(self.provider.configuration["jwks_uri"]).get("keys")
        for data in told if isinstance(told, list) else []:
            if _may_be(data, header):
                return jwt.PyJWK(data, algorithm=header["alg"])
        raise jwt.InvalidKeyError("the server has no such key")

    def _told_of_person(self, access_token: str, subject: str) -> dict[str, Any]:
        """What the userinfo endpoint says, for servers that keep the address out of the ID token."""
        endpoint = self.provider.configuration.get("userinfo_endpoint")
        if not endpoint:
            return {}
        told = get_json(endpoint, {"Authorization": f"Bearer {access_token}"})
        if told.get("sub") != subject:
            raise OAuth2Error("The userinfo endpoint tells of somebody else.")
        return {name: told[name] for name in ("email", "email_verified") if name in told}


def _may_be(key: Any, header: dict[str, Any]) -> bool:
    """Whether a key of the server's is a public one for signatures that the token's header can mean."""
    families = {"RSA": ("RS", "PS"), "EC": ("ES",)}
    told = str(header.get("alg"))
    return (
        isinstance(key, dict)
        and told in ALGORITHMS
        and told.startswith(families.get(str(key.get("kty")), ("none",)))
        and key.get("alg", told) == told
        and key.get("use", "sig") == "sig"
        and header.get("kid") in (None, key.get("kid"))
    )


class Callback(OAuth2CallbackView):
    """allauth's callback, which finds the nonce beside the state."""

    adapter: Conversation

    def _get_state(self, request: HttpRequest, provider: Provider) -> tuple[dict[str, Any] | None, HttpResponse | None]:
        state, answer = super()._get_state(request, provider)
        if state:
            self.adapter.nonce = state["nonce"]
        return state, answer
