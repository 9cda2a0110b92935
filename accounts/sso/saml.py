"""Signing in by SAML: a request by redirect, an answer by POST, and everything in it verified."""

from typing import Any, cast
from urllib.parse import urlsplit

from allauth.socialaccount.helpers import complete_social_login
from allauth.socialaccount.internal import statekit
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.sessions import LoginSession
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from lxml import etree
from onelogin.saml2.auth import OneLogin_Saml2_Auth
from onelogin.saml2.constants import OneLogin_Saml2_Constants as Saml
from onelogin.saml2.errors import OneLogin_Saml2_Error, OneLogin_Saml2_ValidationError
from onelogin.saml2.response import OneLogin_Saml2_Response
from onelogin.saml2.settings import OneLogin_Saml2_Settings

from accounts.sso.addresses import absolute
from accounts.sso.bridge import as_allauth
from accounts.sso.models import SignOnProvider
from accounts.sso.pages import refused

LARGEST = 256 * 1024  # characters of base64
WAITS = 300  # seconds between the answer and the page that takes it
SUBJECT_ID = "urn:oasis:names:tc:SAML:attribute:subject-id"
DS = {"ds": Saml.NS_DS}
ALGORITHMS = {
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512",
    "http://www.w3.org/2001/04/xmlenc#sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512",
    "http://www.w3.org/2000/09/xmldsig#enveloped-signature",
    "http://www.w3.org/2001/10/xml-exc-c14n#",
    "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
}  # SAML core, 5.4: what a signature consists of; everything else could make the reader do work, or read something else


class NotValid(Exception):
    """The response is not one that the account's identity provider gave us, now, for this."""


def begin(request: HttpRequest, provider: SignOnProvider, next_url: str | None) -> str:
    """Keep the request's ID in the session; return where the person shall go."""
    auth = OneLogin_Saml2_Auth(_here(provider), _configuration(provider))
    address = str(auth.login(return_to=""))
    asking = as_allauth(provider, request)
    asking.stash_redirect_state(request, AuthProcess.LOGIN, next_url, state_id=auth.get_last_request_id())
    return address


def receive(request: HttpRequest, provider: SignOnProvider) -> HttpResponse:
    """Take the answer, posted by another site and therefore without our session, to the page that has the session."""
    text = request.POST.get("SAMLResponse", "")
    try:
        read(provider, text)
    except NotValid as error:
        return refused(request, provider, str(error))
    response = HttpResponseRedirect(reverse("accounts:saml-finish", args=[provider.slug]))
    waiting = _waiting(request)
    waiting.store.set_expiry(WAITS)
    waiting.store["response"] = text
    waiting.save(response)
    return response


def finish(request: HttpRequest, provider: SignOnProvider) -> HttpResponse:
    """Sign the person in whose browser has asked for the answer, or refuse. An answer is taken once."""
    waiting = _waiting(request)
    text = waiting.store.get("response", "")
    waiting.delete()
    try:
        response = read(provider, text)
        state = statekit.unstash_state(request, provider_id=provider.slug, state_id=response.get_in_response_to())
        if state is None:
            raise NotValid("it answers nothing that this browser has asked, or was used already")
    except NotValid as error:
        return refused(request, provider, str(error))
    login = as_allauth(provider, request).sociallogin_from_response(request, response)
    login.state = state
    return cast(HttpResponse, complete_social_login(request, login))


def _waiting(request: HttpRequest) -> LoginSession:
    return LoginSession(request, "sso_waiting", "sslportal_sso")


def metadata(provider: SignOnProvider) -> bytes:
    """What the identity provider must know of the portal."""
    return cast(bytes, OneLogin_Saml2_Settings(_configuration(provider), sp_validation_only=True).get_sp_metadata())


def read(provider: SignOnProvider, text: str) -> OneLogin_Saml2_Response:
    """The response, valid but for whether this browser has asked for it. Raises NotValid."""
    if not text or len(text) > LARGEST:
        raise NotValid("there is no response, or it is too long")
    configuration = OneLogin_Saml2_Settings(_configuration(provider))
    try:
        response = OneLogin_Saml2_Response(configuration, text)
        _check_signatures(response.document)
        if not response.is_valid(_here(provider)):
            raise NotValid(response.get_error())
        _check_what_the_library_leaves_open(response, provider)
    except (OneLogin_Saml2_Error, OneLogin_Saml2_ValidationError, etree.LxmlError, ValueError) as error:
        raise NotValid(str(error)) from error
    return response


def _check_signatures(document: Any) -> None:
    """Before anything is computed: each signature is over its own element, by algorithms that SAML means."""
    for signature in document.iterfind(".//ds:Signature", DS):
        told = {node.get("Algorithm") for node in signature.iterfind(".//*[@Algorithm]")}
        targets = [node.get("URI") for node in signature.iterfind(".//ds:Reference", DS)]
        if not told <= ALGORITHMS:
            raise NotValid(f"signed by {', '.join(sorted(map(str, told - ALGORITHMS)))}")
        if targets != [f"#{signature.getparent().get('ID')}"]:
            raise NotValid("a signature is not over its own element")


def _check_what_the_library_leaves_open(response: OneLogin_Saml2_Response, provider: SignOnProvider) -> None:
    """The library looks at these only where they are there; and they may be outside of what is signed."""
    asked, here = response.get_in_response_to(), absolute("accounts:saml-acs", provider.slug)
    if not asked:
        raise NotValid("nobody has asked for it")
    if not response.get_audiences():  # the library looks who they are
        raise NotValid("it does not say for whom it is")
    confirmations = response._query_assertion("/saml:Subject/saml:SubjectConfirmation/saml:SubjectConfirmationData")
    if [(one.get("InResponseTo"), one.get("Recipient")) for one in confirmations] != [(asked, here)]:
        raise NotValid("it is not for this request")
    if confirmations[0].get("NotOnOrAfter") is None:
        raise NotValid("it does not say until when it holds")
    if response.get_nameid_format() == Saml.NAMEID_TRANSIENT and SUBJECT_ID not in response.get_attributes():
        raise NotValid("its name for the person is a new one every time; the identity provider must send a lasting one")


def _here(provider: SignOnProvider) -> dict[str, Any]:
    """The request as the library wants it, at the address that is ours whatever the request says."""
    parts = urlsplit(absolute("accounts:saml-acs", provider.slug))
    return {
        "https": "on" if parts.scheme == "https" else "off",
        "http_host": parts.netloc,
        "script_name": parts.path,
        "get_data": {},
        "post_data": {},
    }


def _configuration(provider: SignOnProvider) -> dict[str, Any]:
    told = provider.configuration
    return {
        "strict": True,
        "debug": False,
        "sp": {
            "entityId": absolute("accounts:saml-metadata", provider.slug),
            "assertionConsumerService": {"url": absolute("accounts:saml-acs", provider.slug)},
            "NameIDFormat": Saml.NAMEID_UNSPECIFIED,
        },
        "idp": {
            "entityId": told["issuer"],
            "singleSignOnService": {"url": told["sso_url"]},
            "x509certMulti": {"signing": told["certificates"]},
        },
        "security": {
            "wantAssertionsSigned": True,
            "wantNameId": True,
            "wantAttributeStatement": False,
            "requestedAuthnContext": False,
            "rejectDeprecatedAlgorithm": True,
            "allowRepeatAttributeName": True,
            "allowSingleLabelDomains": urlsplit(settings.PORTAL_URL).hostname == "localhost",
        },
    }
