"""A private key in a PKCS#11 token, for whatever takes one of cryptography's: it signs, and nothing of it can be read out."""

from collections.abc import Callable
from typing import Any, Generic, NoReturn, Self, TypeVar

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from pkcs11 import Attribute, KeyType, Mechanism

from certificates.ca.keys import KeyStoreError

PublicKey = TypeVar("PublicKey", rsa.RSAPublicKey, ec.EllipticCurvePublicKey)
Sign = Callable[[Mechanism, bytes], bytes]

# By the name of the algorithm: the curve, and its name as a token has it (an object identifier in DER, RFC 5480 2.1.1.1)
CURVES: dict[str, tuple[ec.EllipticCurve, bytes]] = {
    "ecdsa-p256": (ec.SECP256R1(), bytes.fromhex("06082a8648ce3d030107")),
    "ecdsa-p384": (ec.SECP384R1(), bytes.fromhex("06052b81040022")),
}
# What stands before the digest in a DigestInfo (RFC 8017 9.2, note 1)
_DIGEST_INFO = {
    "sha256": bytes.fromhex("3031300d060960864801650304020105000420"),
    "sha384": bytes.fromhex("3041300d060960864801650304020205000430"),
    "sha512": bytes.fromhex("3051300d060960864801650304020305000440"),
}


class _KeyInToken(Generic[PublicKey]):
    """What keys in tokens have in common."""

    def __init__(self, public: PublicKey, sign: Sign) -> None:
        self._public: PublicKey = public
        self._sign = sign

    @property
    def key_size(self) -> int:
        return self._public.key_size

    def public_key(self) -> PublicKey:
        return self._public

    def private_bytes(self, *args: object, **kwargs: object) -> NoReturn:
        raise KeyStoreError("A private key in a PKCS#11 token cannot be read out.")

    def private_numbers(self) -> NoReturn:
        raise KeyStoreError("A private key in a PKCS#11 token cannot be read out.")

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[Any, Any]) -> Self:
        return self


class RsaKeyInToken(_KeyInToken[rsa.RSAPublicKey], rsa.RSAPrivateKey):
    """An RSA key."""

    def sign(self, data: Any, padding: Any, algorithm: Any) -> bytes:
        """RSASSA-PKCS1-v1_5 by SHA-2, the only one that certificates have (BR 7.1.3.2.1).

        Hashed here: a revocation list of megabytes need not travel to an HSM.
        """
        if not isinstance(padding, PKCS1v15) or getattr(algorithm, "name", "") not in _DIGEST_INFO:
            raise KeyStoreError(
                "RSA keys in a PKCS#11 token sign by PKCS#1 v1.5 with SHA-256, SHA-384 or SHA-512 only."
            )
        return self._sign(Mechanism.RSA_PKCS, _DIGEST_INFO[algorithm.name] + _digest(algorithm, data))

    def decrypt(self, ciphertext: bytes, padding: Any) -> NoReturn:
        raise KeyStoreError("The CA's keys sign; they decrypt nothing.")


class EcKeyInToken(_KeyInToken[ec.EllipticCurvePublicKey], ec.EllipticCurvePrivateKey):
    """An ECDSA key."""

    @property
    def curve(self) -> ec.EllipticCurve:
        return self._public.curve

    def sign(self, data: Any, signature_algorithm: ec.EllipticCurveSignatureAlgorithm) -> bytes:
        """ECDSA. Asked for a deterministic k (RFC 6979), a token draws a random one all the same: PKCS#11 has no such k.

        The signature is another each time, and as good (docs/decisions/0001).
        """
        algorithm = signature_algorithm.algorithm
        if not isinstance(algorithm, hashes.HashAlgorithm):
            raise KeyStoreError("ECDSA keys in a PKCS#11 token sign data, and no digests that others made.")
        size = self.key_size // 8
        signature = self._sign(Mechanism.ECDSA, _digest(algorithm, data)[:size])  # the leftmost bits, FIPS 186-5 6.4.1
        return encode_dss_signature(int.from_bytes(signature[:size]), int.from_bytes(signature[size:]))

    def exchange(self, algorithm: ec.ECDH, peer_public_key: ec.EllipticCurvePublicKey) -> NoReturn:
        raise KeyStoreError("The CA's keys sign; they agree on no secrets.")


def key_in_token(name: str, public: Any, sign: Sign) -> RsaKeyInToken | EcKeyInToken:
    """The key whose public half is this object of the token. Raises KeyStoreError for other kinds of keys."""
    if public[Attribute.KEY_TYPE] == KeyType.RSA:
        modulus, exponent = (int.from_bytes(public[one]) for one in (Attribute.MODULUS, Attribute.PUBLIC_EXPONENT))
        return RsaKeyInToken(rsa.RSAPublicNumbers(exponent, modulus).public_key(), sign)
    if public[Attribute.KEY_TYPE] == KeyType.EC:
        for curve, parameters in CURVES.values():
            if public[Attribute.EC_PARAMS] == parameters:
                # Most tokens give the point as an OCTET STRING in DER, some give it bare: its end is the same
                point = public[Attribute.EC_POINT][-(1 + 2 * (curve.key_size // 8)) :]
                return EcKeyInToken(ec.EllipticCurvePublicKey.from_encoded_point(curve, point), sign)
    raise KeyStoreError(f"The key “{name}” is neither RSA nor ECDSA on P-256 or P-384.")


def _digest(algorithm: hashes.HashAlgorithm, data: bytes) -> bytes:
    hasher = hashes.Hash(algorithm)
    hasher.update(data)
    return hasher.finalize()
