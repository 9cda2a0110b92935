"""Rules with dates: which hash algorithms, validity periods, names, methods and reuse periods hold at a moment.

The rows stand in sslportal/policy/*.toml, one file a policy. `at(moment)` answers for the policy of the settings.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import ngettext, pgettext

FOLDER = Path(__file__).resolve().parent.parent / "policy"
HASHES = ("SHA-256", "SHA-1")
CURVES = ("P-256", "P-384", "P-521")
METHODS = ("mail", "dns-contact", "whois", "dns", "file", "manual")
MAX_CONFIRMATION_DAYS = 30  # of a random value, BR 3.2.2.4


class PolicyError(Exception):
    """A policy file cannot be used: `file` is its name, `row` counts from 1 (None: the whole file), and the reason."""

    def __init__(self, file: str, row: int | None, reason: str) -> None:
        super().__init__(file, row, reason)
        self.file, self.row, self.reason = file, row, reason

    def __str__(self) -> str:
        place = self.file if self.row is None else f"{self.file}, row {self.row}"
        return f"{place}: {self.reason}"


@dataclass(frozen=True)
class Row:
    """One rule: `value` holds from the day `since` up to, not including, the day `until`; None is open.

    Days begin at 00:00 UTC. A list in the file is a tuple here, a "method." table a Method.
    """

    number: int
    what: str
    value: Any
    since: date | None
    until: date | None
    source: str
    note: str = ""

    def holds_on(self, day: date) -> bool:
        return (self.since is None or self.since <= day) and (self.until is None or day < self.until)


@dataclass(frozen=True)
class Change:
    """On the day `on` a rule changes to `row`, or ends where `row` is None."""

    on: date
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
class Method:
    """A way to confirm control of a domain, and what it proves.

    `covers_below`: names and wildcards below the confirmed name too. `discouraged`: still allowed, on its way out.
    `by_another_method`: proves nothing by itself; whoever confirms names the method used, and that one's reach counts.
    """

    key: str
    covers_below: bool
    discouraged: bool = False
    by_another_method: bool = False


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
            today = _day(self.moment)
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
    def ev_domain_reuse_days(self) -> int:
        return min(self.domain_reuse_days, int(self._value("ev-reuse-days")))

    @property
    def ev_profile_reuse_days(self) -> int:
        return min(self.profile_reuse_days, int(self._value("ev-reuse-days")))

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
        return _row_on(self.rows, what, _day(self.moment))

    def changes_after(self, moment: datetime, what: str) -> Change | None:
        """The first change of the rule on a day after the moment's; None where none is planned. Raises KeyError."""
        today = _day(moment)
        days = [day for row in _rows_of(self.rows, what) for day in (row.since, row.until) if day and day > today]
        return Change(min(days), _row_on(self.rows, what, min(days))) if days else None

    def _value(self, what: str) -> Any:
        row = self.row(what)
        if row is None:  # the loader lets no such file pass
            raise PolicyError(f"{self.policy}.toml", None, f"nothing holds for {what} on {_day(self.moment)}")
        return row.value


def at(moment: datetime, policy: str | None = None) -> Rules:
    """The rules at the moment (with a time zone), by the named policy or else by settings.PORTAL_POLICY.

    Raises ValueError for a moment without a time zone, PolicyError for a policy that is unknown or unusable.
    """
    _day(moment)
    name = policy if policy is not None else str(getattr(settings, "PORTAL_POLICY", "private"))
    return Rules(name, moment, load(name))


@lru_cache(maxsize=8)
def load(policy: str) -> tuple[Row, ...]:
    """The rows of a policy, read once. Raises PolicyError."""
    file = f"{policy}.toml"
    if not re.fullmatch(r"[a-z0-9-]+", policy) or not (FOLDER / file).is_file():
        raise PolicyError(file, None, "there is no such policy")
    return read(FOLDER / file)


def read(path: Path) -> tuple[Row, ...]:
    """The rows of a policy file (an array of tables named "rule"), checked. Raises PolicyError."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PolicyError(path.name, None, f"not TOML: {error}") from None
    tables = content.get("rule")
    if set(content) != {"rule"} or not isinstance(tables, list):
        raise PolicyError(path.name, None, "a policy consists of [[rule]] rows only")
    rows = tuple(_row(path.name, number, table) for number, table in enumerate(tables, start=1))
    for what, kind in KINDS.items():
        _check_periods(path.name, what, kind, rows)
    _check_sense(path.name, rows)
    return rows


@dataclass(frozen=True)
class Kind:
    """What the value of a rule looks like, tested and in words, and whether the rule must hold on every day."""

    fits: Callable[[Any], bool]
    says: str
    always: bool = True


def _is_count(value: Any) -> bool:
    return type(value) is int and value > 0


def _is_date(value: Any) -> bool:
    return type(value) is date  # a datetime is a date too, and not meant


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool)


def _list_of(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """Is it a list, not empty, of such values, each once?"""
    return lambda value: (
        isinstance(value, list) and bool(value) and all(map(fits, value)) and all(value.count(v) == 1 for v in value)
    )


def _is_method(value: Any) -> bool:
    if not isinstance(value, dict) or "covers-below" not in value:
        return False
    return value.keys() <= {"covers-below", "discouraged", "by-another-method"} and all(map(_is_bool, value.values()))


_COUNT = Kind(_is_count, "a number above zero")
_FLAG = Kind(_is_bool, "true or false")
_METHOD = Kind(
    _is_method, "a table of covers-below, discouraged and by-another-method, each true or false", always=False
)
KINDS: Mapping[str, Kind] = {
    "hash-algorithms": Kind(_list_of(HASHES.__contains__), f"a list out of {', '.join(HASHES)}"),
    "validity-days": Kind(_list_of(_is_count), "a list of numbers of days"),
    "sha-1-expiry-dates": Kind(_list_of(_is_date), "a list of dates", always=False),
    "max-validity-days": _COUNT,
    "min-rsa-bits": Kind(lambda value: _is_count(value) and value >= 2048, "a number of bits, at least 2048"),
    "ec-curves": Kind(_list_of(CURVES.__contains__), f"a list out of {', '.join(CURVES)}"),
    "internal-names-expire-before": Kind(_is_date, "a date", always=False),
    "ev-wildcards-allowed": _FLAG,
    "max-sans": _COUNT,
    "domain-reuse-days": _COUNT,
    "domain-revet-days-before": _COUNT,
    "profile-reuse-days": _COUNT,
    "profile-revet-days-before": _COUNT,
    "ev-reuse-days": _COUNT,
    "confirmation-lifetime-days": Kind(
        lambda value: _is_count(value) and value <= MAX_CONFIRMATION_DAYS,
        f"a number of days up to {MAX_CONFIRMATION_DAYS}",
    ),
    "hold-allowed": _FLAG,
    **{f"method.{key}": _METHOD for key in METHODS},
}


def _row(file: str, number: int, table: Any) -> Row:
    """The row of one table. Raises PolicyError."""
    reason = _fault(table)
    if reason:
        raise PolicyError(file, number, reason)
    value = table["value"]
    if isinstance(value, list):
        value = tuple(value)
    elif isinstance(value, dict):
        key = table["what"].removeprefix("method.")
        value = Method(key, **{name.replace("-", "_"): flag for name, flag in value.items()})
    return Row(
        number=number,
        what=table["what"],
        value=value,
        since=table.get("from"),
        until=table.get("until"),
        source=table["source"].strip(),
        note=table.get("note", ""),
    )


def _fault(table: Any) -> str:
    """Why the table is no row, or nothing."""
    if not isinstance(table, dict):
        return "a row is a table"
    faults = (_fault_in_keys, _fault_in_value, _fault_in_words, _fault_in_dates)
    return next((reason for fault in faults if (reason := fault(table))), "")


def _fault_in_keys(table: dict[str, Any]) -> str:
    unknown = sorted(table.keys() - {"what", "value", "from", "until", "source", "note"})
    if unknown:
        return f"unknown key {unknown[0]}"
    missing = [key for key in ("what", "value", "source") if key not in table]
    return f"{missing[0]} is missing" if missing else ""


def _fault_in_value(table: dict[str, Any]) -> str:
    what = table["what"]
    if not isinstance(what, str) or what not in KINDS:
        return f"unknown what: {what}"
    return "" if KINDS[what].fits(table["value"]) else f"the value of {what} must be {KINDS[what].says}"


def _fault_in_words(table: dict[str, Any]) -> str:
    if not isinstance(table["source"], str) or not table["source"].strip():
        return "source is missing"
    return "" if isinstance(table.get("note", ""), str) else "note must be text"


def _fault_in_dates(table: dict[str, Any]) -> str:
    for key in ("from", "until"):
        if key in table and not _is_date(table[key]):
            return f"{key} must be a date"
    if "from" in table and "until" in table and table["from"] >= table["until"]:
        return "from must be before until"
    return ""


def _check_periods(file: str, what: str, kind: Kind, rows: tuple[Row, ...]) -> None:
    """Raise PolicyError where two rows of the rule overlap, or where it leaves a gap and must not."""
    ordered = sorted(_rows_of(rows, what), key=lambda row: row.since or date.min)
    for one, two in pairwise(ordered):
        if one.until is None or two.since is None or two.since < one.until:
            raise PolicyError(file, max(one.number, two.number), f"{what} overlaps row {min(one.number, two.number)}")
        if kind.always and two.since > one.until:
            raise PolicyError(file, two.number, f"nothing holds for {what} from {one.until} until {two.since}")
    if kind.always and not (ordered and ordered[0].since is None and ordered[-1].until is None):
        raise PolicyError(file, None, f"{what} must hold on every day, without a first or a last one")


def _check_sense(file: str, rows: tuple[Row, ...]) -> None:
    """Raise PolicyError where rows contradict one another on some day."""
    for day in sorted({date.min} | {row.since for row in rows if row.since}):
        for small, large in _pairs_on(rows, day):
            values = small.value if isinstance(small.value, tuple) else (small.value,)
            if max(values) > large.value:
                raise PolicyError(file, small.number, f"{small.what} exceeds {large.what} of row {large.number}")


def _pairs_on(rows: tuple[Row, ...], day: date) -> Iterator[tuple[Row, Row]]:
    """Rows of that day of which the first must not exceed the second."""
    for small, large in (
        ("validity-days", "max-validity-days"),
        ("domain-revet-days-before", "domain-reuse-days"),
        ("domain-revet-days-before", "ev-reuse-days"),
        ("profile-revet-days-before", "profile-reuse-days"),
        ("profile-revet-days-before", "ev-reuse-days"),
    ):
        one, two = _row_on(rows, small, day), _row_on(rows, large, day)
        if one and two:
            yield one, two


def _rows_of(rows: tuple[Row, ...], what: str) -> list[Row]:
    if what not in KINDS:
        raise KeyError(what)
    return [row for row in rows if row.what == what]


def _row_on(rows: tuple[Row, ...], what: str, day: date) -> Row | None:
    return next((row for row in _rows_of(rows, what) if row.holds_on(day)), None)


def _day(moment: datetime) -> date:
    """The day in UTC, by which rules change. Raises ValueError for a moment without a time zone."""
    if moment.tzinfo is None:
        raise ValueError("The moment has no time zone.")
    return moment.astimezone(UTC).date()
