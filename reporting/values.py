"""What a rule compares with, as a form sends it or a definition keeps it: read the same way, or refused in a sentence."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from reporting.fields import Field

LONGEST_TEXT = 200  # characters
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2999, 12, 31)  # far enough from the ends of time to count with
MOST_DAYS = 36_500
MOST_DIGITS = 12
NOT_LOOKED_FOR = {"Cc", "Cs"}  # control characters, of which PostgreSQL takes no NUL, and halves of characters

Value = None | str | int | tuple[str, ...] | tuple[int, ...]


class Takes(StrEnum):
    """What a condition compares with; by that a page chooses its picker."""

    NOTHING = "nothing"
    TEXT = "text"
    CHOICES = "choices"
    DAY = "day"
    DAYS = "days"
    NUMBER = "number"
    RANGE = "range"


class BadValue(ValueError):
    """The value cannot be compared with; the message is for people, in the language in use."""


def read(takes: Takes, field: Field, given: Any) -> Value:
    """The value as a definition keeps it. Raises BadValue."""
    return READERS[takes](field, given)


def _nothing(field: Field, given: Any) -> None:
    if given not in (None, "", []):
        raise BadValue(_("This condition takes no value. Please leave it empty."))


def _text(field: Field, given: Any) -> str:
    text = given.strip() if isinstance(given, str) else ""
    if not text:
        raise BadValue(_("Please enter a text to compare with."))
    if len(text) > LONGEST_TEXT:
        raise BadValue(
            _("The text is too long: it has %(length)d characters. Please enter at most %(most)d.")
            % {"length": len(text), "most": LONGEST_TEXT}
        )
    if any(unicodedata.category(character) in NOT_LOOKED_FOR for character in text):
        raise BadValue(
            _("The text has an invisible control character, such as a line break. Please type it without that.")
        )
    return text


def _choices(field: Field, given: Any) -> tuple[str, ...]:
    chosen = [given] if isinstance(given, str) else given
    if not isinstance(chosen, list | tuple) or not chosen:
        raise BadValue(_("Please choose at least one value."))
    known = [value for value, _label in field.choices]
    if any(value not in known for value in chosen):
        raise BadValue(
            _("“%(field)s” has no such value. Please choose from: %(values)s.")
            % {"field": field.label, "values": ", ".join(str(label) for _value, label in field.choices)}
        )
    return tuple(value for value in known if value in chosen)


def _day(field: Field, given: Any) -> str:
    try:
        day = date.fromisoformat(given.strip() if isinstance(given, str) else "")
    except ValueError:
        raise BadValue(_("Please enter a day as year, month and day, such as 2027-03-31.")) from None
    if not FIRST_DAY <= day <= LAST_DAY:
        raise BadValue(
            _("Please enter a day from %(first)s to %(last)s.")
            % {"first": FIRST_DAY.isoformat(), "last": LAST_DAY.isoformat()}
        )
    return day.isoformat()


def _days(field: Field, given: Any) -> int:
    number = _whole(given)
    if number is None or not 1 <= number <= MOST_DAYS:
        raise BadValue(_("Please enter a whole number of days from 1 to %(most)d.") % {"most": MOST_DAYS})
    return number


def _number(field: Field, given: Any) -> int:
    number = _whole(given)
    if number is None:
        raise BadValue(
            _("Please enter a whole number, such as 30, of at most %(most)d digits.") % {"most": MOST_DIGITS}
        )
    return number


def _range(field: Field, given: Any) -> tuple[int, int]:
    ends = [_whole(end) for end in given] if isinstance(given, list | tuple) and len(given) == 2 else [None, None]
    low, high = ends
    if low is None or high is None or low > high:
        raise BadValue(_("Please enter two whole numbers, the smaller one first."))
    return low, high


def _whole(given: Any) -> int | None:
    """The whole number, also in digits of full width; None where it is none, or too long for a database."""
    text = str(given).strip() if type(given) in (int, str) else ""  # True is an int, too
    return int(text) if re.fullmatch(rf"-?\d{{1,{MOST_DIGITS}}}", text) else None


READERS: dict[Takes, Callable[[Field, Any], Value]] = {
    Takes.NOTHING: _nothing,
    Takes.TEXT: _text,
    Takes.CHOICES: _choices,
    Takes.DAY: _day,
    Takes.DAYS: _days,
    Takes.NUMBER: _number,
    Takes.RANGE: _range,
}
