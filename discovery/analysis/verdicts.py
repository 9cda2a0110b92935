"""What an answer about a certificate comes to.

Why a verdict is unknown, as codes:

    no-issuer           without the issuer's certificate nothing can be proved
    unreadable          no OCSP answer, no revocation list, or one that breaks the rules of its encoding
    malformed-request, internal-error, try-later, signature-required, unauthorized
                        what an OCSP responder says instead of an answer
    other-certificate   an OCSP answer about others
    unknown             the responder does not know the certificate
    other-issuer        the revocation list is another CA's
    scope               the list leaves out certificates, or reasons, that this one may be among
    signature           signed by somebody who may not speak for the issuer, or by a hash that anybody can forge
    too-early, too-old  the answer is not of now
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from certificates.keycheck import der

CLOCKS = timedelta(minutes=5)  # that clocks may differ
LONGEST_LIFE = timedelta(days=7)  # of an answer that does not say when the next one is due
REASONS = {  # CRLReason, RFC 5280, 5.3.1
    0: "unspecified", 1: "keyCompromise", 2: "cACompromise", 3: "affiliationChanged", 4: "superseded",
    5: "cessationOfOperation", 6: "certificateHold", 8: "removeFromCRL", 9: "privilegeWithdrawn", 10: "aACompromise",
}  # fmt: skip
FORGED = frozenset({"MD5", "MD4", "MD2"})


@dataclass(frozen=True)
class Verdict:
    """Good, revoked (since when, and why if that was said: the name of a CRLReason), or unknown, for which problem."""

    status: Literal["good", "revoked", "unknown"]
    at: datetime | None = None
    reason: str = ""
    problem: str = ""


def unknown(problem: str) -> Verdict:
    """Nothing is known, and why."""
    return Verdict("unknown", problem=problem)


def revoked(at: datetime | None, reason: int | None) -> Verdict:
    """Whatever the reason: one that is on hold, or about to be taken off the list, is on it."""
    return Verdict("revoked", at, REASONS.get(reason, "") if reason is not None else "")


def reason_in(element: der.Element) -> int:
    """The value of an ENUMERATED."""
    return int.from_bytes(element.content)


def untimely(begin: datetime | None, end: datetime | None, now: datetime) -> str:
    """The problem with an answer's dates, if there is one. Without an end, it lives a week."""
    if begin is None or begin > now + CLOCKS:
        return "too-early"
    if (end or begin + LONGEST_LIFE) < now - CLOCKS:
        return "too-old"
    return ""
