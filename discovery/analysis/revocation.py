"""Has a certificate been revoked? Which questions to ask of whom, and what the answers say."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from discovery.analysis import certificate as certificates
from discovery.analysis import crl, extensions, ocsp, verdicts
from discovery.analysis.certificate import Certificate
from discovery.analysis.guard import attempt
from discovery.analysis.verdicts import Verdict

__all__ = ["Kind", "Question", "Verdict", "judge", "questions"]

Kind = Literal["ocsp", "crl"]

MOST_OF_A_KIND = 2
JUDGES: dict[str, Callable[[bytes, Certificate, Certificate, datetime], Verdict]] = {
    "ocsp": ocsp.judge,
    "crl": crl.judge,
}


@dataclass(frozen=True)
class Question:
    """What to fetch: by POST of the body, or by GET where it is empty."""

    kind: Kind
    url: str
    body: bytes = b""


def questions(leaf: bytes, issuer: bytes | None) -> list[Question]:
    """At most four, OCSP first, for which the issuer must be known. Never raises."""
    child, parent = _opened(leaf), _opened(issuer)
    if child is None:
        return []
    body = attempt(lambda: ocsp.question(child, parent), b"") if parent else b""
    responders = extensions.addresses_of_ocsp(child.extensions.get(extensions.AUTHORITY_ACCESS, b"")).found
    lists = extensions.addresses_of_lists(child.extensions.get(extensions.CRL_POINTS, b"")).found
    return [
        *(Question("ocsp", url, body) for url in responders[:MOST_OF_A_KIND] if body),
        *(Question("crl", url) for url in lists[:MOST_OF_A_KIND]),
    ]


def judge(kind: Kind, answer: bytes, leaf: bytes, issuer: bytes | None, now: datetime) -> Verdict:
    """What the answer says of the leaf at this moment. Never raises. `issuer` is who signed the leaf, as `chains` finds.

    An OCSP answer counts if it is about the leaf, in time, and signed by the issuer or by a responder that the issuer made;
    a revocation list if it is the issuer's, in time, and does not leave the leaf out. All else is unknown.
    """
    child, parent = _opened(leaf), _opened(issuer)
    if child is None or parent is None:
        return verdicts.unknown("no-issuer")
    return attempt(lambda: JUDGES[kind](answer, child, parent, now), verdicts.unknown("unreadable"))


def _opened(content: bytes | None) -> Certificate | None:
    return attempt(lambda: certificates.opened(content), None) if content else None
