"""Somebody who checks a certificate: asks what answers in front of Django, and knows nothing of the portal."""

import base64
import io
from urllib.parse import quote, unquote

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from tests import der

HASHES = {"sha1": hashes.SHA1(), "sha256": hashes.SHA256(), "sha384": hashes.SHA384()}  # noqa: S303
OIDS = {"sha1": "1.3.14.3.2.26", "sha256": "2.16.840.1.101.3.4.2.1", "sha384": "2.16.840.1.101.3.4.2.2"}


class Reply:
    """What came back."""

    def __init__(self, status, headers, content, read):
        self.status, self.headers, self.content = int(status.split()[0]), dict(headers), content
        self.read = read  # how many bytes of what was sent

    @property
    def ocsp(self):
        """The OCSP response in it."""
        assert (self.status, self.headers["Content-Type"]) == (200, "application/ocsp-response")
        return ocsp.load_der_ocsp_response(self.content)

    @property
    def refusal(self):
        """Why there is no answer."""
        return self.ocsp.response_status.name

    @property
    def says(self):
        """GOOD or REVOKED, or the refusal."""
        answer = self.ocsp
        is_answer = answer.response_status == ocsp.OCSPResponseStatus.SUCCESSFUL
        return answer.certificate_status.name if is_answer else answer.response_status.name

    @property
    def crl(self):
        """The revocation list in it."""
        assert (self.status, self.headers["Content-Type"]) == (200, "application/pkix-crl")
        return x509.load_der_x509_crl(self.content)


def ask(path, method="GET", body=b"", length=None, **headers):
    """One request to the WSGI application; `path` as it is written in an address, `length` as the client says it."""
    from sslportal.wsgi import application  # which reads settings that pytest_configure changes first

    said, sent = {}, io.BytesIO(body)
    environ = {
        "REQUEST_METHOD": method, "PATH_INFO": unquote(path, "latin-1"), "QUERY_STRING": "", "SCRIPT_NAME": "",
        "SERVER_NAME": "pki.example.com", "SERVER_PORT": "80", "HTTP_HOST": "pki.example.com",
        "wsgi.url_scheme": "http", "wsgi.input": sent, "CONTENT_LENGTH": str(len(body)) if length is None else length,
        **{f"HTTP_{name.upper()}": value for name, value in headers.items()},
    }  # fmt: skip
    content = b"".join(application(environ, lambda status, headers: said.update(status=status, headers=headers)))
    return Reply(said["status"], said["headers"], content, sent.tell())


def request_for(certificate, issuer, hash_name="sha1", nonce=b""):
    """An OCSP request in DER."""
    builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, HASHES[hash_name])
    if nonce:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    return builder.build().public_bytes(Encoding.DER)


def cert_id(certificate, issuer, hash_name="sha1", *, parameters=der.NULL, serial=None):
    """How a request names one certificate, or another of its issuer; the hash with the parameters NULL, or with none."""
    named = ocsp.load_der_ocsp_request(request_for(certificate, issuer, hash_name))
    return der.sequence(
        der.sequence(der.oid(OIDS[hash_name]), parameters),
        der.octets(named.issuer_name_hash),
        der.octets(named.issuer_key_hash),
        der.integer(named.serial_number if serial is None else serial),
    )


def cert_ids(orders, issuer, hash_name="sha1"):
    """The same of each order's certificate."""
    return [cert_id(order.certificate.x509, issuer, hash_name) for order in orders]


def request_of(*cert_ids, before=b"", after=b"", signature=b""):
    """A request about several certificates, or with what libraries do not write before and after the questions."""
    questions = der.sequence(*(der.sequence(one) for one in cert_ids))
    return der.sequence(der.sequence(before, questions, after), signature)


def directory_name(name):
    """The field requestorName: who asks."""
    return der.tagged(1, der.tagged(4, name.public_bytes()))


def signature(content=b"signed"):
    """The field optionalSignature, with something for a signature."""
    return der.tagged(0, der.sequence(der.sequence(der.oid("1.2.840.10045.4.3.2")), der.bits(content)))


def get(request, ca="issuing-1", **headers):
    """Ask by GET, the request in the address."""
    return ask(address(request, ca), **headers)


def address(request, ca="issuing-1"):
    """Where to ask by GET, as RFC 6960 has it: in Base64, with what is special in an address escaped."""
    return f"/pki/ocsp/{ca}/{quote(base64.b64encode(request), safe='')}"


def post(request, ca="issuing-1", **more):
    """Ask by POST."""
    return ask(f"/pki/ocsp/{ca}/", "POST", request, **more)


def assert_signed_for(answer, issuer):
    """The answer is signed by a responder that the CA named itself (RFC 6960, 4.2.2.2)."""
    (responder,) = answer.certificates
    responder.verify_directly_issued_by(issuer)
    assert answer.responder_key_hash == x509.SubjectKeyIdentifier.from_public_key(responder.public_key()).digest
    key = responder.public_key()
    key.verify(answer.signature, answer.tbs_response_bytes, ec.ECDSA(answer.signature_hash_algorithm))


def get_list(name="issuing-1"):
    """A revocation list, as it is at its address."""
    return ask(f"/pki/crl/{name}.crl").crl


def list_number(crl):
    """The number that stands in it."""
    return crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number


def entry_of(order, crl):
    """What the list says of the order's certificate, None where it says nothing."""
    return crl.get_revoked_certificate_by_serial_number(int(order.serial_number, 16))


def is_listed(order):
    """Whether the first list of the CA has the order's certificate."""
    return entry_of(order, get_list()) is not None
