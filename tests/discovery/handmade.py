"""Certificates, lists and answers by hand, so that each part can be as odd as a test wants it; signed by real keys."""

from datetime import UTC, datetime
from functools import cache

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric import rsa as rsa_keys
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests import der

UTF8, PRINTABLE, TELETEX, IA5, UNIVERSAL, BMP = 12, 19, 20, 22, 28, 30
UTC_TIME, GENERALIZED_TIME = 0x17, 0x18
HASHES = {"md5": hashes.MD5(), "sha1": hashes.SHA1(), "sha256": hashes.SHA256(), "sha384": hashes.SHA384()}  # noqa: S303
RSA_WITH = {"md5": "1.2.840.113549.1.1.4", "sha1": "1.2.840.113549.1.1.5", "sha256": "1.2.840.113549.1.1.11"}
ECDSA_WITH = {"sha1": "1.2.840.10045.4.1", "sha256": "1.2.840.10045.4.3.2", "sha384": "1.2.840.10045.4.3.3"}
COMMON_NAME, ORGANIZATION = "2.5.4.3", "2.5.4.10"


@cache
def key(label=""):
    """The same for the same label."""
    return ec.generate_private_key(ec.SECP256R1())


@cache
def rsa_key(label="", bits=2048):
    return rsa_keys.generate_private_key(65537, bits)


def spki(private_key):
    return private_key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def rsa_spki(modulus, exponent=65537):
    """Of any numbers."""
    algorithm = der.sequence(der.oid("1.2.840.113549.1.1.1"), der.NULL)
    return der.sequence(algorithm, der.bits(der.sequence(der.integer(modulus), der.integer(exponent))))


def attribute(kind, value, tag=UTF8):
    """One group of a name with one attribute in it; the value is text, or bytes in that type of string."""
    content = value if isinstance(value, bytes) else value.encode()
    return der.tlv(0x31, der.sequence(der.oid(kind), der.tlv(tag, content)))


def name(common_name="www.example.com", organization=None):
    wanted = [(ORGANIZATION, organization), (COMMON_NAME, common_name)]
    return der.sequence(*(attribute(kind, value) for kind, value in wanted if value))


def time(text):
    return der.tlv(UTC_TIME if len(text) == 13 else GENERALIZED_TIME, text.encode())


WITHIN = datetime(2026, 6, 1, tzinfo=UTC)
VALIDITY = der.sequence(time("260101000000Z"), time("261231235959Z"))


def extension(kind, content, *flags):
    return der.sequence(der.oid(kind), *flags, der.octets(content))


CRITICAL = der.tlv(0x01, b"\xff")


def alternative_names(*names):
    """Text is a DNS name, bytes an IP address."""
    parts = (der.tlv(0x82, each.encode()) if isinstance(each, str) else der.tlv(0x87, each) for each in names)
    return extension("2.5.29.17", der.sequence(*parts))


def ocsp_at(*urls):
    access = (der.sequence(der.oid("1.3.6.1.5.5.7.48.1"), der.tlv(0x86, url.encode())) for url in urls)
    return extension("1.3.6.1.5.5.7.1.1", der.sequence(*access))


def lists_at(*urls):
    points = (der.sequence(der.tagged(0, der.tagged(0, der.tlv(0x86, url.encode())))) for url in urls)
    return extension("2.5.29.31", der.sequence(*points))


CA = extension("2.5.29.19", der.sequence(der.tlv(0x01, b"\xff")), CRITICAL)
RESPONDER = extension("2.5.29.37", der.sequence(der.oid("1.3.6.1.5.5.7.3.9")))


def certificate(
    subject=None, issuer=None, *, own=None, signer=None, hash_name="sha256", serial=None, validity=VALIDITY, info=None,
    extensions=(), version=2, algorithm=None,
):  # fmt: skip
    """Of the key `own`, signed by `signer`, or by itself; `serial` and `info` (the public key) are DER."""
    subject = name() if subject is None else subject
    own = own or key("own")
    signer = signer or own
    content = der.sequence(
        der.tagged(0, der.integer(version)),
        der.integer(4711) if serial is None else serial,
        algorithm or algorithm_of(signer, hash_name),
        subject if issuer is None else issuer,
        validity,
        subject,
        spki(own) if info is None else info,
        *([der.tagged(3, der.sequence(*extensions))] if extensions else []),
    )
    return signed(content, signer, hash_name, algorithm)


def signed(content, signer, hash_name="sha256", algorithm=None, after=b""):
    """What is signed, how, the signature, and what stands after it."""
    algorithm = algorithm or algorithm_of(signer, hash_name)
    return der.sequence(content, algorithm, der.bits(signature(content, signer, hash_name)), after)


def algorithm_of(signer, hash_name):
    if isinstance(signer, rsa_keys.RSAPrivateKey):
        return der.sequence(der.oid(RSA_WITH[hash_name]), der.NULL)
    return der.sequence(der.oid(ECDSA_WITH[hash_name]))


def signature(content, signer, hash_name):
    if isinstance(signer, rsa_keys.RSAPrivateKey):
        return signer.sign(content, padding.PKCS1v15(), HASHES[hash_name])
    return signer.sign(content, ec.ECDSA(HASHES[hash_name]))


# Answers about certificates

BASIC = "1.3.6.1.5.5.7.48.1.1"
GOOD, UNKNOWN = der.tlv(0x80), der.tlv(0x82)
ALWAYS = der.sequence(time("200101000000Z"), time("491231235959Z"))


def enumerated(number):
    return der.tlv(0x0A, bytes([number]))


def revoked(at="20260503120000Z", reason=None):
    """The status of a certificate in an OCSP answer."""
    return der.tagged(1, time(at), *([] if reason is None else [der.tagged(0, enumerated(reason))]))


def single(cert_id, status=GOOD, begin="20260530000000Z", end="20260606000000Z"):
    """What an OCSP answer says of one certificate."""
    return der.sequence(cert_id, status, time(begin), *([der.tagged(0, time(end))] if end else []))


def ocsp_answer(*singles, signer, shown=(), hash_name="sha256", after=b""):
    """Signed by anybody; `shown` are certificates sent along, `after` the extensions of what is signed."""
    data = der.sequence(der.tagged(2, der.octets(bytes(20))), time("20260601000000Z"), der.sequence(*singles), after)
    certificates = der.tagged(0, der.sequence(*shown)) if shown else b""
    basic = signed(data, signer, hash_name, after=certificates)
    return der.sequence(enumerated(0), der.tagged(0, der.sequence(der.oid(BASIC), der.octets(basic))))


def refusal(number):
    """An OCSP responder says that it does not answer."""
    return der.sequence(enumerated(number))


def entry(serial, at="20260503120000Z", reason=None):
    """Of a revocation list."""
    reasons = [] if reason is None else [der.sequence(extension("2.5.29.21", enumerated(reason)))]
    return der.sequence(der.integer(serial), time(at), *reasons)


def crl(issuer, entries=(), *, signer, begin="20260530000000Z", end="20260606000000Z", extensions=(), version=1,
        hash_name="sha256"):  # fmt: skip
    """A revocation list. Without entries or extensions these parts are missing, as they should be."""
    content = der.sequence(
        der.integer(version) if version is not None else b"",
        algorithm_of(signer, hash_name),
        issuer,
        time(begin),
        time(end) if end else b"",
        der.sequence(*entries) if entries else b"",
        der.tagged(0, der.sequence(*extensions)) if extensions else b"",
    )
    return signed(content, signer, hash_name)
