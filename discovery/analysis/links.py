"""Which certificate signed which: proved, and kept in mind."""

from discovery.analysis import signatures
from discovery.analysis.certificate import Certificate

MOST_KEPT = 50_000  # pairs; about 12 MB

_kept: dict[bytes, bool | None] = {}


def is_issued(child: Certificate, issuer: Certificate) -> bool:
    """Whether the issuer is named in the child, be it but for case and spaces, and signed it. Never raises."""
    return has_name_of_issuer(child, issuer) and bool(_is_signed(child, issuer))


def has_name_of_issuer(child: Certificate, issuer: Certificate) -> bool:
    return child.issuer == issuer.subject or child.issuer_name.key == issuer.subject_name.key


def is_self_signed(certificate: Certificate) -> bool:
    """Whether its own key signed it, or where that cannot be told, whether it is its own issuer by name. Never raises."""
    signed = _is_signed(certificate, certificate)
    return certificate.subject == certificate.issuer if signed is None else signed


def _is_signed(child: Certificate, issuer: Certificate) -> bool | None:
    """None where it cannot be told. The same intermediates are under thousands of leaves."""
    pair = child.digest + issuer.digest
    try:
        return _kept[pair]
    except KeyError:
        found = signatures.is_signature(child.signature, child.signed, child.algorithm, issuer.spki)
    if len(_kept) >= MOST_KEPT:
        _kept.clear()
    _kept[pair] = found
    return found
