"""What is read of certificates, as tests ask for it."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from discovery.analysis import facts
from discovery.analysis.facts import Facts
from tests import der
from tests.discovery import handmade
from tests.discovery.handmade import alternative_names, certificate, extension, name

SHA_384 = hashes.SHA384()
BEGIN, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)


def read(**changes):
    return facts.read(certificate(**changes))


def sealed(**changes):
    """A certificate of another CA, so that it is not self-signed."""
    wanted = {"issuer": name("Issuing"), "signer": handmade.key("issuing"), "extensions": [alternative_names("a.test")]}
    return certificate(**{**wanted, **changes})


PLAIN = Facts(
    sha256="", serial="1267", subject="CN=www.example.com", issuer="CN=Issuing", common_name="www.example.com",
    issuer_name="Issuing", names=("a.test",), not_before=BEGIN, not_after=END, key_type="ECDSA", key_bits=256,
    hash="SHA-256",
)  # fmt: skip


def assert_read(content, **differences):
    """It says what the plain one says, but for the differences."""
    assert facts.read(content) == replace(PLAIN, sha256=hashlib.sha256(content).hexdigest(), **differences)


def policies(*dotted):
    return extension("2.5.29.32", der.sequence(*(der.sequence(der.oid(each)) for each in dotted)))


def library_signs(private_key, algorithm=None, **options):
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")])
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).serial_number(1)
    builder = builder.not_valid_before(BEGIN).not_valid_after(END).public_key(private_key.public_key())
    return builder.sign(private_key, algorithm, **options).public_bytes(Encoding.DER)


EV_SUBJECT = {"2.5.4.15": "Private Organization", "2.5.4.5": "0100-01-034571", "1.3.6.1.4.1.311.60.2.1.3": "JP"}
