"""How this CA signs: the same bytes give the same signature, save by an ECDSA key in a PKCS#11 token."""

from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from certificates.ca.pkcs8 import PrivateKey

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey
HASHES: dict[str, hashes.SHA256 | hashes.SHA384] = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384()}
CURVES: dict[str, tuple[type[ec.EllipticCurve], str]] = {
    "secp256r1": (ec.SECP256R1, "sha256"),
    "secp384r1": (ec.SECP384R1, "sha384"),
}


def sign(builder: x509.CertificateBuilder, key: PrivateKey, hash_name: str = "sha256") -> x509.Certificate:
    """Sign: RSASSA-PKCS1-v1_5 by the hash given (BR 7.1.3.2.1), or ECDSA with deterministic k (RFC 6979).

    For an ECDSA key the curve decides the hash, whatever was asked for: BR 7.1.3.2.2 allows one for each.
    """
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return builder.sign(key, _hash_of(key), ecdsa_deterministic=True)
    return builder.sign(key, HASHES[hash_name])


def sign_crl(builder: x509.CertificateRevocationListBuilder, key: PrivateKey) -> x509.CertificateRevocationList:
    """Sign a revocation list, by SHA-256, or for an ECDSA key by the hash of its curve."""
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return builder.sign(key, _hash_of(key), ecdsa_deterministic=True)
    return builder.sign(key, HASHES["sha256"])


def sign_request(builder: x509.CertificateSigningRequestBuilder, key: PrivateKey) -> x509.CertificateSigningRequest:
    """Sign a PKCS#10 request, by the same hash."""
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return builder.sign(key, _hash_of(key), ecdsa_deterministic=True)
    return builder.sign(key, HASHES["sha256"])


def _hash_of(key: ec.EllipticCurvePrivateKey) -> hashes.SHA256 | hashes.SHA384:
    _curve, hash_name = CURVES[key.curve.name]
    return HASHES[hash_name]


def throw_away_key(like: PublicKey) -> PrivateKey:
    """A key of the same kind and size that no CA certificate is for, to sign what shall be linted (BR 4.3.1.2)."""
    if isinstance(like, rsa.RSAPublicKey):
        return _throw_away_rsa(like.key_size)
    return _throw_away_ec(like.curve.name)


@cache
def _throw_away_rsa(bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


@cache
def _throw_away_ec(curve_name: str) -> ec.EllipticCurvePrivateKey:
    curve, _hash_name = CURVES[curve_name]
    return ec.generate_private_key(curve())
