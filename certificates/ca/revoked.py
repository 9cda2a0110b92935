"""A certificate that is not to be trusted, as CRLs and OCSP tell of it."""

from dataclasses import dataclass
from datetime import datetime

from cryptography.x509 import ReasonFlags

# CRLReason (RFC 5280, 5.3.1) by its number. Unspecified, 0, is no reason to write; 8 stands in delta CRLs only.
REASONS = {
    1: ReasonFlags.key_compromise,
    2: ReasonFlags.ca_compromise,
    3: ReasonFlags.affiliation_changed,
    4: ReasonFlags.superseded,
    5: ReasonFlags.cessation_of_operation,
    6: ReasonFlags.certificate_hold,
    9: ReasonFlags.privilege_withdrawn,
    10: ReasonFlags.aa_compromise,
}


@dataclass(frozen=True, slots=True)
class Revoked:
    """Since when, aware and in whole seconds, and why: the number of a CRLReason."""

    serial: int
    since: datetime
    reason: int
