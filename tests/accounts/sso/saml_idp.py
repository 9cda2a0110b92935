"""A SAML identity provider on this machine: it reads requests, and signs responses that may be wrong in any one way."""

import base64
import zlib
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from lxml import etree

ENTITY_ID = "https://idp.example.com/metadata"
SSO_URL = "https://idp.example.com/sso"
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol"
NS = {"saml": SAML, "samlp": SAMLP, "ds": xmlsec.constants.DSigNs}

RESPONSE = """<samlp:Response xmlns:samlp="{SAMLP}" xmlns:saml="{SAML}" ID="_response" Version="2.0"
 IssueInstant="{now}" Destination="{acs}" {irt}>
<saml:Issuer>{issuer}</saml:Issuer>
<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>
<saml:Assertion ID="{id}" Version="2.0" IssueInstant="{now}"><saml:Issuer>{issuer}</saml:Issuer>
<saml:Subject><saml:NameID Format="{format}">{subject}</saml:NameID>
<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">
<saml:SubjectConfirmationData {sirt} {recipient} {until}/></saml:SubjectConfirmation></saml:Subject>
<saml:Conditions NotBefore="{before}" NotOnOrAfter="{after}">{audience}</saml:Conditions>
<saml:AuthnStatement AuthnInstant="{now}"><saml:AuthnContext>
<saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef>
</saml:AuthnContext></saml:AuthnStatement>
<saml:AttributeStatement><saml:Attribute Name="email"><saml:AttributeValue>{email}</saml:AttributeValue>
</saml:Attribute></saml:AttributeStatement></saml:Assertion></samlp:Response>"""

METADATA = """<?xml version="1.0"?>
<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#"
 entityID="{ENTITY_ID}"><md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
<md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate>
</ds:X509Data></ds:KeyInfo></md:KeyDescriptor>
<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="{SSO_URL}"/>
</md:IDPSSODescriptor></md:EntityDescriptor>"""


class SamlIdp:
    """An identity provider with a key of its own."""

    def __init__(self, *, bits=2048, days=365):
        self.key = rsa.generate_private_key(65537, bits)
        self.certificate = certificate_of(self.key, days)

    @property
    def certificate_text(self):
        return base64.b64encode(self.certificate.public_bytes(Encoding.DER)).decode()

    def metadata(self):
        return METADATA.format(certificate=self.certificate_text, ENTITY_ID=ENTITY_ID, SSO_URL=SSO_URL).encode()

    def respond(self, address, **wrong):
        """The form that the person's browser posts back, for the address that the portal sent it to."""
        request = read_request(address)
        document = self.document(request, **wrong)
        if wrong.get("signs", True):
            self.sign(document.find("saml:Assertion", NS), **wrong.get("signature", {}))
        return encode(document)

    def document(self, request, **wrong):
        now = datetime.now(UTC)
        acs, audience = request.get("AssertionConsumerServiceURL"), request.findtext("saml:Issuer", namespaces=NS)
        told = {
            "now": stamp(now), "before": stamp(now - timedelta(minutes=5)), "after": stamp(now + timedelta(minutes=5)),
            "acs": acs, "issuer": ENTITY_ID, "id": "_assertion", "format": PERSISTENT,
            "irt": f'InResponseTo="{request.get("ID")}"', "sirt": f'InResponseTo="{request.get("ID")}"',
            "recipient": f'Recipient="{acs}"', "until": f'NotOnOrAfter="{stamp(now + timedelta(minutes=5))}"',
            "audience": restriction(audience), "subject": "subject-of-paul", "email": "paul@example.com",
        }  # fmt: skip
        text = RESPONSE.format(SAML=SAML, SAMLP=SAMLP, **{**told, **wrong})
        return etree.fromstring(text.replace("\n", ""))

    def sign(self, element, *, method=xmlsec.constants.TransformRsaSha256, digest=xmlsec.constants.TransformSha256):
        xmlsec.tree.add_ids(element, ["ID"])
        node = xmlsec.template.create(element, xmlsec.constants.TransformExclC14N, method, ns="ds")
        element.insert(1, node)
        reference = xmlsec.template.add_reference(node, digest, uri=f"#{element.get('ID')}")
        xmlsec.template.add_transform(reference, xmlsec.constants.TransformEnveloped)
        xmlsec.template.add_transform(reference, xmlsec.constants.TransformExclC14N)
        context = xmlsec.SignatureContext()
        pem = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        context.key = xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatPem)
        context.sign(node)


def certificate_of(key, days):
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "idp.example.com")]), datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=400))
        .not_valid_after(now + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )


def read_request(address):
    """The AuthnRequest in the address of the redirect."""
    packed = base64.b64decode(parse_qs(urlsplit(address).query)["SAMLRequest"][0])
    return etree.fromstring(zlib.decompress(packed, -15))


def restriction(*audiences):
    inside = "".join(f"<saml:Audience>{one}</saml:Audience>" for one in audiences)
    return f"<saml:AudienceRestriction>{inside}</saml:AudienceRestriction>"


def stamp(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def encode(document):
    return {"SAMLResponse": base64.b64encode(etree.tostring(document)).decode(), "RelayState": "https://evil.example/"}


def decode(form):
    return etree.fromstring(base64.b64decode(form["SAMLResponse"]))
