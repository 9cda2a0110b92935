"""What a certificate shall say, decided and written down before anything is signed."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

MAX_COMMON_NAME = 64  # characters, BR 7.1.4.2
BACKDATED = timedelta(minutes=10)


@dataclass(frozen=True)
class Subject:
    """The organization, vetted. Empty fields stay out of the certificate.

    Those from `business_category` on stand in EV certificates only (EVG 7.1.4.2); OV leaves them out, filled or not.
    There is no organizational unit: BR 7.1.2.7.4 forbids it.
    """

    organization: str
    country: str
    locality: str = ""
    state: str = ""
    business_category: str = ""
    jurisdiction_country: str = ""
    jurisdiction_state: str = ""
    jurisdiction_locality: str = ""
    registration_number: str = ""


@dataclass(frozen=True)
class Plan:
    """Everything in a server certificate that is not its issuer's: signing a plan twice gives the same bytes.

    `not_before` and `not_after` are aware, in UTC and whole seconds, both within the validity. `level` is "OV" or "EV".
    `dns_names` are A-labels, the common name first. `spki` is a DER SubjectPublicKeyInfo. `hash_algorithm` is "sha256"
    or "sha384" and speaks to RSA issuers; for ECDSA ones their curve decides. `own_policy` is our own policy's object
    identifier, in digits and dots, beside the CA/Browser Forum's. `crl_shard` is the number of the list, of the issuer's
    several, on which it would be revoked.
    """

    serial: int
    not_before: datetime
    not_after: datetime
    level: str
    subject: Subject
    common_name: str
    dns_names: tuple[str, ...]
    spki: bytes
    hash_algorithm: str = "sha256"
    own_policy: str | None = None
    crl_shard: int = 0

    @property
    def subject_common_name(self) -> str | None:
        """The common name where it fits into the subject. A longer one stands among the names only: BR 7.1.2.7.4 does
        not ask for a common name, and no more than 64 characters may be written there."""
        return self.common_name if len(self.common_name) <= MAX_COMMON_NAME else None


def new_serial() -> int:
    """A random serial number of up to 127 bits, above zero: at most 16 octets, never negative in DER (BR 7.1.2.7)."""
    return 1 + secrets.randbelow(2**127 - 1)


def validity(now: datetime, days: int) -> tuple[datetime, datetime]:
    """(not_before, not_after): from ten minutes before `now` (E11), for just so many days of 86,400 s.

    Both ends count (RFC 5280 4.1.2.5), hence the second less: one second more would be another day (BR 6.3.2).
    """
    not_before = now.replace(microsecond=0) - BACKDATED
    return not_before, not_before + timedelta(days=days) - timedelta(seconds=1)
