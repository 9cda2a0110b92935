"""The rows of the dated rules: read out of sslportal/policy/*.toml, and checked so that no file is half understood."""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

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
class Method:
    """A way to confirm control of a domain, and what it proves.

    `covers_below`: names and wildcards below the confirmed name too. `discouraged`: still allowed, on its way out.
    `by_another_method`: proves nothing by itself; whoever confirms names the method used, and that one's reach counts.
    """

    key: str
    covers_below: bool
    discouraged: bool = False
    by_another_method: bool = False


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
    "ev-two-people": _FLAG,
    "signer-link-lifetime-days": _COUNT,
    "confirmation-lifetime-days": Kind(
        lambda value: _is_count(value) and value <= MAX_CONFIRMATION_DAYS,
        f"a number of days up to {MAX_CONFIRMATION_DAYS}",
    ),
    "dns-record-renews": _FLAG,
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
    ordered = sorted(rows_of(rows, what), key=lambda row: row.since or date.min)
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
        one, two = row_on(rows, small, day), row_on(rows, large, day)
        if one and two:
            yield one, two


def rows_of(rows: tuple[Row, ...], what: str) -> list[Row]:
    if what not in KINDS:
        raise KeyError(what)
    return [row for row in rows if row.what == what]


def row_on(rows: tuple[Row, ...], what: str, day: date) -> Row | None:
    return next((row for row in rows_of(rows, what) if row.holds_on(day)), None)


def day_of(moment: datetime) -> date:
    """The day in UTC, by which rules change. Raises ValueError for a moment without a time zone."""
    if moment.tzinfo is None:
        raise ValueError("The moment has no time zone.")
    return moment.astimezone(UTC).date()
