"""Encrypted PKCS#8 whose passphrase is stretched by scrypt, which the library reads but does not write."""

import base64
import secrets
import textwrap

from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import ObjectIdentifier

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

PBES2 = ObjectIdentifier("1.2.840.113549.1.5.13")  # RFC 8018 A.4
SCRYPT = ObjectIdentifier("1.3.6.1.4.1.11591.4.11")  # RFC 7914 7
AES_256_CBC = ObjectIdentifier("2.16.840.1.101.3.4.1.42")  # RFC 8018 B.2.5 names the family, NIST the number

# About 0.2 s and 16 MiB a guess. More memory would be better, but `openssl pkey` reads no more than 32 MiB; five passes
# (OWASP's figure for this memory) make up for it. BestAvailableEncryption stops at 2,048 rounds of PBKDF2: under 1 ms.
COST, BLOCK_SIZE, PASSES = 2**14, 8, 5
SALT_BYTES = 16


@asn1.sequence
class _ScryptParameters:
    salt: bytes
    cost: int
    block_size: int
    passes: int


@asn1.sequence
class _KeyDerivation:
    algorithm: ObjectIdentifier
    parameters: _ScryptParameters


@asn1.sequence
class _Encryption:
    algorithm: ObjectIdentifier
    initial_vector: bytes


@asn1.sequence
class _Pbes2Parameters:
    derivation: _KeyDerivation
    encryption: _Encryption


@asn1.sequence
class _Scheme:
    algorithm: ObjectIdentifier
    parameters: _Pbes2Parameters


@asn1.sequence
class _EncryptedPrivateKeyInfo:
    scheme: _Scheme
    encrypted: bytes


def encrypted_pem(key: PrivateKey, passphrase: bytes) -> bytes:
    """The key as an ENCRYPTED PRIVATE KEY block: PBES2 of scrypt and AES-256-CBC (RFC 5958 3, RFC 8018, RFC 7914)."""
    salt, vector = secrets.token_bytes(SALT_BYTES), secrets.token_bytes(algorithms.AES.block_size // 8)
    stretched = Scrypt(salt=salt, length=32, n=COST, r=BLOCK_SIZE, p=PASSES).derive(passphrase)
    plain = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    info = _EncryptedPrivateKeyInfo(scheme=_scheme(salt, vector), encrypted=_encrypt(plain, stretched, vector))
    return _armored(asn1.encode_der(info))


def _scheme(salt: bytes, vector: bytes) -> _Scheme:
    scrypt = _ScryptParameters(salt=salt, cost=COST, block_size=BLOCK_SIZE, passes=PASSES)
    parameters = _Pbes2Parameters(
        derivation=_KeyDerivation(algorithm=SCRYPT, parameters=scrypt),
        encryption=_Encryption(algorithm=AES_256_CBC, initial_vector=vector),
    )
    return _Scheme(algorithm=PBES2, parameters=parameters)


def _encrypt(plain: bytes, key: bytes, vector: bytes) -> bytes:
    padder = PKCS7(algorithms.AES.block_size).padder()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(vector)).encryptor()
    return encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()


def _armored(der: bytes) -> bytes:
    """PEM with lines of 64 characters (RFC 7468 11)."""
    lines = textwrap.wrap(base64.b64encode(der).decode(), 64)
    return "\n".join(
        ["-----BEGIN ENCRYPTED PRIVATE KEY-----", *lines, "-----END ENCRYPTED PRIVATE KEY-----", ""]
    ).encode()
