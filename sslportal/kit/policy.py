"""Rules with dates: which hash algorithms, validity periods, names, methods and reuse periods hold at a moment.

The rows stand in sslportal/policy/*.toml, one file a policy, and are read by policy_rows. `at(moment)` answers for the
policy of the settings; `changes_after(moment)` tells what will be answered differently, and from when on.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import ngettext, pgettext

from sslportal.kit.policy_rows import KINDS, METHODS, Method, PolicyError, Row, day_of, load, read, row_on, rows_of

__all__ = [
    "KINDS",
    "METHODS",
    "Change",
    "Method",
    "PolicyError",
    "Row",
    "Rules",
    "Validity",
    "at",
    "changes_after",
    "day_of",
    "domain_evidence_ends",
    "load",
    "read",
]


@dataclass(frozen=True)
class Change:
    """On the day `on` (from 00:00 UTC) the rule `what` changes to `row`, or ends where `row` is None."""

    on: date
    what: str
    row: Row | None


@dataclass(frozen=True)
class Validity:
    """One choice of how long a certificate is valid: a number of days, or a fixed day at whose end (UTC) it expires."""

    key: str
    days: int | None = None
    expires_on: date | None = None

    @property
    def label(self) -> str:
        """The choice in the language in use now: "1 year", "199 days", "31-Dec-2015"."""
        if self.expires_on:
            return date_format(self.expires_on, pgettext("date format of a fixed expiry date", "j-M-Y"))
        days = self.days or 0
        if days % 365 == 0:
            return ngettext("%(count)d year", "%(count)d years", days // 365) % {"count": days // 365}
        return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}

    def expires_at(self, not_before: datetime) -> datetime:
        """The last second of the validity, which RFC 5280 4.1.2.5 and BR 6.3.2 count in."""
        if self.expires_on:
            return datetime.combine(self.expires_on, time(23, 59, 59), UTC)
        return not_before + timedelta(days=self.days or 0, seconds=-1)


@dataclass(frozen=True)
class Rules:
    """What one policy says at one moment. Numbers are days unless the name says otherwise."""

    policy: str
    moment: datetime
    rows: tuple[Row, ...] = field(repr=False, compare=False)

    def hash_algorithms(self) -> list[str]:
        """The choices for the certificate's signature, the one to prefer first."""
        return list(self._value("hash-algorithms"))

    def validity_choices(self, hash_algorithm: str) -> list[Validity]:
        """The choices for a certificate with this hash, in the order of the policy file; none where it is not offered.

        A fixed expiry date is offered until the day before.
        """
        if hash_algorithm not in self.hash_algorithms():
            return []
        fixed = self.row("sha-1-expiry-dates") if hash_algorithm == "SHA-1" else None
        if fixed:
            today = day_of(self.moment)
            return [Validity(f"until-{day}", expires_on=day) for day in fixed.value if day > today]
        return [Validity(f"{days}-days", days=days) for days in self._value("validity-days")]

    def find_validity(self, hash_algorithm: str, key: str) -> Validity | None:
        """The choice of that key, or None where it is not on offer at this moment."""
        return next((choice for choice in self.validity_choices(hash_algorithm) if choice.key == key), None)

    @property
    def max_validity_days(self) -> int:
        """The longest validity in days; it does not bind the choices with a fixed expiry date."""
        return int(self._value("max-validity-days"))

    @property
    def min_rsa_bits(self) -> int:
        return int(self._value("min-rsa-bits"))

    @property
    def ec_curves(self) -> tuple[str, ...]:
        """Names as in FIPS 186: "P-256"."""
        return tuple(self._value("ec-curves"))

    @property
    def internal_names_allowed_until(self) -> date | None:
        """The day before which a certificate with an internal name must expire; None where there may be none."""
        row = self.row("internal-names-expire-before")
        return row.value if row else None

    @property
    def ev_wildcards_allowed(self) -> bool:
        return bool(self._value("ev-wildcards-allowed"))

    @property
    def max_sans(self) -> int:
        """How many names a person may add beside the common name."""
        return int(self._value("max-sans"))

    @property
    def domain_reuse_days(self) -> int:
        """How old the evidence for a domain may be when a certificate is issued."""
        return int(self._value("domain-reuse-days"))

    @property
    def domain_revet_days_before(self) -> int:
        """How long before its end a domain begins to be Expiring."""
        return int(self._value("domain-revet-days-before"))

    @property
    def profile_reuse_days(self) -> int:
        """How old the evidence for an organization may be when a certificate is issued."""
        return int(self._value("profile-reuse-days"))

    @property
    def profile_revet_days_before(self) -> int:
        """How long before its end a profile begins to be Expiring."""
        return int(self._value("profile-revet-days-before"))

    @property
    def ev_reuse_days(self) -> int:
        """How old evidence for EV may be; where another period is shorter, that binds EV too."""
        return int(self._value("ev-reuse-days"))

    @property
    def ev_domain_reuse_days(self) -> int:
        return min(self.domain_reuse_days, self.ev_reuse_days)

    @property
    def ev_profile_reuse_days(self) -> int:
        return min(self.profile_reuse_days, self.ev_reuse_days)

    def evidence_days(self, level: str) -> int:
        """How old the evidence for an organization may be when a certificate of the level, "OV" or "EV", is issued."""
        return {"OV": self.profile_reuse_days, "EV": self.ev_profile_reuse_days}[level]

    def domain_evidence_days(self, level: str) -> int:
        """The same of the evidence for a domain."""
        return {"OV": self.domain_reuse_days, "EV": self.ev_domain_reuse_days}[level]

    @property
    def ev_needs_two_people(self) -> bool:
        """Must whoever approves for EV be somebody else than whoever checked the evidence?"""
        return bool(self._value("ev-two-people"))

    @property
    def signer_link_lifetime_days(self) -> int:
        """How long the Contract Signer may use the link in the mail that asks for the agreement to EV."""
        return int(self._value("signer-link-lifetime-days"))

    @property
    def dns_record_renews(self) -> bool:
        """Does the record that confirmed a domain confirm it again when it is still there at the end?"""
        return bool(self._value("dns-record-renews"))

    @property
    def confirmation_lifetime_days(self) -> int:
        """How long a link, record or file with a random value may still confirm a domain."""
        return int(self._value("confirmation-lifetime-days"))

    @property
    def hold_allowed(self) -> bool:
        """May a certificate be put on hold (X.509 certificateHold) and be taken off it again?"""
        return bool(self._value("hold-allowed"))

    @property
    def methods(self) -> tuple[Method, ...]:
        """The ways to confirm a domain. One that is missing is not offered, nor does earlier evidence by it count."""
        return tuple(method for key in METHODS if (method := self.method(key)))

    def method(self, key: str) -> Method | None:
        """The method of that key, or None where it does not count now. Raises KeyError for an unknown key."""
        row = self.row(f"method.{key}")
        return row.value if row else None

    def row(self, what: str) -> Row | None:
        """The row that holds at this moment, with its source and note. Raises KeyError for an unknown `what`."""
        return row_on(self.rows, what, day_of(self.moment))

    def last_row(self, what: str) -> Row | None:
        """The row that holds, or where none does the last that did; None for a rule that did not begin yet."""
        today = day_of(self.moment)
        begun = [row for row in rows_of(self.rows, what) if row.since is None or row.since <= today]
        return max(begun, key=lambda row: row.since or date.min, default=None)

    def next_change(self, what: str) -> Change | None:
        """The first change of the rule on a day after this one; None where none is planned. Raises KeyError."""
        return next(iter(self.changes(what)), None)

    def changes(self, what: str) -> list[Change]:
        """Every change of the rule on a day after this one, the soonest first. Raises KeyError."""
        today, rows = day_of(self.moment), rows_of(self.rows, what)
        days = {day for row in rows for day in (row.since, row.until) if day and day > today}
        return [Change(day, what, row_on(self.rows, what, day)) for day in sorted(days)]

    def _value(self, what: str) -> Any:
        row = self.row(what)
        if row is None:  # the loader lets no such file pass
            raise PolicyError(f"{self.policy}.toml", None, f"nothing holds for {what} on {day_of(self.moment)}")
        return row.value


def at(moment: datetime, policy: str | None = None) -> Rules:
    """The rules at the moment (with a time zone), by the named policy or else by settings.PORTAL_POLICY.

    Raises ValueError for a moment without a time zone, PolicyError for a policy that is unknown or unusable.
    """
    day_of(moment)
    name = policy if policy is not None else str(getattr(settings, "PORTAL_POLICY", "private"))
    return Rules(name, moment, load(name))


def domain_evidence_ends(method: str, level: str, since: datetime, policy: str | None = None) -> datetime:
    """The first moment at which a domain's confirmation by the method, made at `since`, no longer counts.

    Looks ahead: a reuse period that becomes shorter, or a method that ends, binds evidence that is there by then. A method
    that does not count at `since` ends there. Raises KeyError for an unknown method or level.
    """
    what = ("domain-reuse-days", "ev-reuse-days", f"method.{method}")
    now = at(since, policy)
    turns = sorted({datetime.combine(change.on, time(), UTC) for key in what for change in now.changes(key)})
    for begins, ends in pairwise([since, *turns, None]):
        rules = at(begins or since, policy)
        last = since + timedelta(days=rules.domain_evidence_days(level)) if rules.method(method) else since
        if ends is None or last <= ends:
            return max(last, begins or since)
    raise AssertionError  # the last stretch has no end


def changes_after(moment: datetime, policy: str | None = None) -> list[Change]:
    """What changes after the day of the moment, the soonest first, then in the order of KINDS. Raises as `at` does."""
    rules = at(moment, policy)
    return sorted((change for what in KINDS for change in rules.changes(what)), key=lambda change: change.on)
