"""Weak or unusable elliptic-curve keys: the curve, and whether the point lies on it (BR 6.1.5, 6.1.6)."""

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_der_public_key

from certificates.keycheck import der
from certificates.keycheck.spki import KeyInfo
from certificates.keycheck.weakness import Weakness

CURVES = {bytes.fromhex("2a8648ce3d030107"): "P-256", bytes.fromhex("2b81040022"): "P-384"}
OTHER_CURVES = {
    bytes.fromhex("2b81040023"): "P-521",
    bytes.fromhex("2b81040021"): "P-224",
    bytes.fromhex("2a8648ce3d030101"): "P-192",
    bytes.fromhex("2b8104000a"): "secp256k1",
    bytes.fromhex("2b2403030208010107"): "brainpoolP256r1",
    bytes.fromhex("2b240303020801010b"): "brainpoolP384r1",
    bytes.fromhex("2b240303020801010d"): "brainpoolP512r1",
    bytes.fromhex("2a811ccf5501822d"): "SM2",
}
COMPRESSED_EVEN, COMPRESSED_ODD, UNCOMPRESSED, HYBRID_EVEN, HYBRID_ODD = b"\2", b"\3", b"\4", b"\6", b"\7"


def weaknesses(info: KeyInfo, spki: bytes) -> list[Weakness]:
    """What is wrong with the key. Curves must be named: explicit parameters can hide a curve of one's own making."""
    if not info.parameters.startswith(bytes([der.OID])):
        return [Weakness("explicit-curve")]
    curve = info.parameters[2:]
    if curve not in CURVES:
        return [Weakness("unsupported-curve", OTHER_CURVES.get(curve, ""))]
    return [] if _is_on_curve(spki) else [Weakness("ec-point")]


def x_coordinate(info: KeyInfo) -> int:
    """The x of a point in any encoding (SEC 1, section 2.3.3), be it on its curve or not. Raises der.Malformed."""
    form, coordinates = info.key[:1], info.key[1:]
    if form in (COMPRESSED_EVEN, COMPRESSED_ODD):
        return int.from_bytes(coordinates)
    if form not in (UNCOMPRESSED, HYBRID_EVEN, HYBRID_ODD) or len(coordinates) % 2:
        raise der.Malformed
    return int.from_bytes(coordinates[: len(coordinates) // 2])


def _is_on_curve(spki: bytes) -> bool:
    try:
        load_der_public_key(spki)  # checks the point, RFC 5480
    except (ValueError, UnsupportedAlgorithm):
        return False
    return True
