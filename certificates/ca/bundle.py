"""The formats in which certificates are downloaded (E12)."""

import io
import zipfile
from collections.abc import Iterable, Sequence

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip file can hold: the same certificates give the same file
_UNIX = 3
_READABLE = 0o100644 << 16  # an ordinary file, rw-r--r--


def pem(certificate: x509.Certificate) -> bytes:
    """One certificate in PEM (RFC 7468)."""
    return certificate.public_bytes(Encoding.PEM)


def der(certificate: x509.Certificate) -> bytes:
    """One certificate in DER."""
    return certificate.public_bytes(Encoding.DER)


def chain_pem(leaf: x509.Certificate, intermediates: Sequence[x509.Certificate]) -> bytes:
    """What a server sends: its certificate, then each one's issuer, without the root (RFC 8446 4.4.2)."""
    return _joined([leaf, *intermediates])


def ca_bundle(intermediates: Sequence[x509.Certificate], root: x509.Certificate) -> bytes:
    """The CAs of a chain in PEM, the root last."""
    return _joined([*intermediates, root])


def pkcs7_pem(leaf: x509.Certificate, intermediates: Sequence[x509.Certificate]) -> bytes:
    """A certs-only PKCS#7 in PEM, without the root."""
    return pkcs7.serialize_certificates([leaf, *intermediates], Encoding.PEM)


def pkcs7_der(leaf: x509.Certificate, intermediates: Sequence[x509.Certificate]) -> bytes:
    """A certs-only PKCS#7 in DER. Its certificates are a SET: importers put them into order (RFC 5652 5.1)."""
    return pkcs7.serialize_certificates([leaf, *intermediates], Encoding.DER)


def zipped(certificates: Iterable[tuple[str, x509.Certificate]]) -> bytes:
    """A zip file of PEM files, each under the file name given with it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for file_name, certificate in certificates:
            archive.writestr(_entry(file_name), pem(certificate), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _entry(file_name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(file_name, _EPOCH)
    entry.create_system = _UNIX
    entry.external_attr = _READABLE
    return entry


def _joined(certificates: Iterable[x509.Certificate]) -> bytes:
    return b"".join(pem(certificate) for certificate in certificates)
