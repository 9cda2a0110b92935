"""The parts of a SubjectPublicKeyInfo (RFC 5280, section 4.1.2.7), read without judging them."""

from dataclasses import dataclass

from certificates.keycheck import der

RSA = bytes.fromhex("2a864886f70d010101")
EC = bytes.fromhex("2a8648ce3d0201")

# Names of what is not certified here, so that the refusal can say what was found.
OTHER_ALGORITHMS = {
    bytes.fromhex("2a864886f70d01010a"): "RSASSA-PSS",
    bytes.fromhex("2a864886f70d010107"): "RSAES-OAEP",
    bytes.fromhex("2a864886f70d010301"): "Diffie-Hellman",
    bytes.fromhex("2a8648ce3e0201"): "Diffie-Hellman",
    bytes.fromhex("2a8648ce380401"): "DSA",
    bytes.fromhex("2b656e"): "X25519",
    bytes.fromhex("2b656f"): "X448",
    bytes.fromhex("2b6570"): "Ed25519",
    bytes.fromhex("2b6571"): "Ed448",
    bytes.fromhex("2a8503020213"): "GOST R 34.10-2001",
    bytes.fromhex("2a85030701010101"): "GOST R 34.10-2012",
    bytes.fromhex("2a85030701010102"): "GOST R 34.10-2012",
    bytes.fromhex("608648016503040311"): "ML-DSA-44",
    bytes.fromhex("608648016503040312"): "ML-DSA-65",
    bytes.fromhex("608648016503040313"): "ML-DSA-87",
}


@dataclass(frozen=True)
class KeyInfo:
    """The algorithm's OID, the parameters as encoded (empty if absent), and the key's bits."""

    algorithm: bytes
    parameters: bytes
    key: bytes


def parse(spki: bytes) -> KeyInfo:
    """The parts of a DER SubjectPublicKeyInfo. Raises der.Malformed."""
    parts = der.inside(spki)
    if len(parts) != 2 or parts[1].tag != der.BIT_STRING or parts[1].content[:1] != b"\0":
        raise der.Malformed
    algorithm = der.inside(parts[0].whole)
    if not 1 <= len(algorithm) <= 2:
        raise der.Malformed
    parameters = algorithm[1].whole if len(algorithm) == 2 else b""
    return KeyInfo(der.oid(algorithm[0]), parameters, parts[1].content[1:])
