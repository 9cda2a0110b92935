"""Reading what the operator was given about an identity provider: discovery, metadata, certificates."""

import base64
from datetime import datetime
from typing import Any

import requests
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from accounts.sso.addresses import is_safe
from accounts.sso.fetching import get_json
from sslportal.kit import clock

LARGEST = 1024 * 1024
WELL_KNOWN = "/.well-known/openid-configuration"
REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
NS = {"md": "urn:oasis:names:tc:SAML:2.0:metadata", "ds": "http://www.w3.org/2000/09/xmldsig#"}


class NotUsable(ValueError):
    """What was given about the identity provider cannot be used; the text says why and what to do."""


def discover(server_url: str) -> dict[str, Any]:
    """What an OIDC server says of itself, as the configuration of a provider. Raises NotUsable."""
    issuer = server_url.removesuffix(WELL_KNOWN)
    _require_safe(issuer)
    try:
        told = get_json(issuer.rstrip("/") + WELL_KNOWN)
    except requests.RequestException as error:
        raise NotUsable(f"The discovery document of {issuer} cannot be read: {error}") from error
    if str(told.get("issuer")).rstrip("/") != issuer.rstrip("/"):
        raise NotUsable(f"{issuer} calls itself “{told.get('issuer')}”. Give that address, if it is the right server.")
    return _oidc_configuration(told)


def _oidc_configuration(told: dict[str, Any]) -> dict[str, Any]:
    needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    for name in needed:
        if not isinstance(told.get(name), str):
            raise NotUsable(f"The discovery document names no {name}.")
    endpoints = {name: told[name] for name in (*needed, "userinfo_endpoint") if told.get(name)}
    for url in endpoints.values():
        _require_safe(url)
    methods = told.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    return {"issuer": told["issuer"], **endpoints, "token_endpoint_auth_methods_supported": methods}


def read_metadata(data: bytes, entity_id: str = "") -> dict[str, Any]:
    """What SAML metadata say of an identity provider, as the configuration of a provider. Raises NotUsable."""
    found = [entity for entity in _entities(_parse(data)) if entity_id in ("", entity.get("entityID"))]
    if len(found) != 1:
        raise NotUsable(f"The metadata describe {len(found)} identity providers. Name one by --entity-id.")
    role = found[0].find("md:IDPSSODescriptor", NS)
    if role.get("WantAuthnRequestsSigned") in ("true", "1"):
        raise NotUsable("The identity provider wants signed requests, which the portal does not make. Switch that off.")
    places = role.findall(f"md:SingleSignOnService[@Binding='{REDIRECT}']", NS)
    if not places:
        raise NotUsable("The metadata name no SingleSignOnService with the binding HTTP-Redirect.")
    keys = [key for key in role.findall("md:KeyDescriptor", NS) if key.get("use") != "encryption"]
    texts = [text.text or "" for key in keys for text in key.findall(".//ds:X509Certificate", NS)]
    certificates = [_load(_der(text)) for text in texts]
    return saml_configuration(found[0].get("entityID", ""), places[0].get("Location", ""), certificates)


def saml_configuration(issuer: str, sso_url: str, certificates: list[x509.Certificate]) -> dict[str, Any]:
    """The configuration of a provider. Raises NotUsable."""
    if not issuer:
        raise NotUsable("The identity provider has no entity ID.")
    _require_safe(sso_url)
    valid = [one for one in certificates if one.not_valid_after_utc > clock.now()]
    if not valid:
        raise NotUsable("There is no certificate for signing that is still valid.")
    for certificate in valid:
        _require_strong(certificate)
    ders = [base64.b64encode(one.public_bytes(Encoding.DER)).decode() for one in valid]
    return {"issuer": issuer, "sso_url": sso_url, "certificates": ders}


def read_certificate(data: bytes) -> x509.Certificate:
    """A certificate in PEM or DER. Raises NotUsable."""
    if len(data) > LARGEST:
        raise NotUsable("The file is too large for a certificate.")
    return _load(data)


def _load(data: bytes) -> x509.Certificate:
    load = x509.load_pem_x509_certificate if b"-----BEGIN" in data else x509.load_der_x509_certificate
    try:
        return load(data)
    except ValueError as error:
        raise NotUsable(f"This is not a certificate: {error}") from error


def _der(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except ValueError as error:
        raise NotUsable("A certificate in the metadata is not in base64.") from error


def _require_safe(url: str) -> None:
    if not is_safe(url):
        raise NotUsable(f"“{url}” is not an https address.")


def _require_strong(certificate: x509.Certificate) -> None:
    key = certificate.public_key()
    if not ((isinstance(key, rsa.RSAPublicKey) and key.key_size >= 2048) or isinstance(key, ec.EllipticCurvePublicKey)):
        raise NotUsable("The certificate's key must be RSA with 2048 bits at least, or on an elliptic curve.")


def _parse(data: bytes) -> Any:
    """The root of an XML document that brings no entities and fetches nothing."""
    if len(data) > LARGEST:
        raise NotUsable(f"The metadata are larger than {LARGEST // 1024} kB.")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise NotUsable(f"The metadata are not XML: {error}") from error
    if root.getroottree().docinfo.doctype:
        raise NotUsable("The metadata have a document type declaration, which is not accepted.")
    return root


def _entities(root: Any) -> list[Any]:
    entities = root.xpath("descendant-or-self::md:EntityDescriptor[md:IDPSSODescriptor]", namespaces=NS)
    return list(entities)


def until(certificate: str) -> datetime:
    """The end of a certificate that is kept in a configuration."""
    return x509.load_der_x509_certificate(base64.b64decode(certificate)).not_valid_after_utc
