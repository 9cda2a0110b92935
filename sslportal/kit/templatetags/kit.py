"""What templates need everywhere: badges, moments, icons by name."""

import re
from datetime import date, datetime
from typing import Any

from django import template
from django.template.defaultfilters import stringfilter
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from heroicons.templatetags.heroicons import heroicon_micro

from sslportal.kit import clock, names
from sslportal.kit.tables import badge_of

register = template.Library()
WEB_ADDRESS = re.compile(r"https?://[A-Za-z0-9./:%_~-]+")


@register.inclusion_tag("components/badge.html")
def badge(record: Any, field: str = "status") -> dict[str, Any]:
    """The badge of the record's status, or of another of its fields."""
    return badge_of(record, field)


@register.inclusion_tag("components/moment.html")
def moment(value: datetime | date | None, with_time: bool = False) -> dict[str, Any]:
    """A moment: the day, or the day and the time, in the reader's way of writing; the exact moment on hover.

    A date without a time is the same day wherever the reader is.
    """
    is_day = isinstance(value, date) and not isinstance(value, datetime)
    return {"moment": value, "with_time": with_time, "is_day": is_day}


@register.inclusion_tag("components/fact.html")
def fact(word: str, value: Any, wide: bool = False) -> dict[str, Any]:
    """A line of a list of facts: a word and what it is; `wide` takes the whole width."""
    return {"word": word, "value": value, "wide": wide}


@register.inclusion_tag("components/copy.html")
def copy(text: str, what: str = "", label: str = "") -> dict[str, str]:
    """A button that copies the text, where there is JavaScript; `what` names it for who does not see what is beside it."""
    return {"text": text, "label": label or f"{_('Copy')} {what or text}"}


@register.simple_tag
def icon(name: str) -> str:
    """A 16-pixel icon of heroicons; always beside a word, so hidden from screen readers."""
    return heroicon_micro(name, size=16, **{"class": "icon", "aria-hidden": "true"})


@register.filter
def tone(record: Any) -> str:
    """The tone of the record's status: what its badge is coloured by."""
    return badge_of(record)["badge"].tone


@register.inclusion_tag("components/steps.html")
def steps(stages: list[tuple[str, Any]], current: str) -> dict[str, Any]:
    """The steps of a wizard: which are done, which one is now, which are left."""
    now = [key for key, _word in stages].index(current)
    states = ["done"] * now + ["now"] + ["left"] * (len(stages) - now - 1)
    return {"steps": [(word, state) for (_key, word), state in zip(stages, states, strict=True)]}


@register.filter(is_safe=True)
@stringfilter
def trimmed(text: str) -> str:
    """Without white space around it, so that a cell that shows nothing is empty."""
    return text.strip()


@register.filter
def unicode_name(ascii_name: str) -> str:
    """A DNS name as people read it, beside its A-label form where they differ."""
    return names.display(ascii_name)


@register.filter
def days_left(value: datetime) -> int:
    """Days until the moment, as mails count them: by the calendar of the reader's zone; negative after it."""
    return clock.days_left(value, clock.now(), timezone.get_current_timezone())


@register.filter
def link_addresses(text: str) -> SafeString:
    """The text with its web addresses as links; `urlize` would take what follows without a space, as in Japanese."""
    return mark_safe(WEB_ADDRESS.sub(r'<a href="\g<0>">\g<0></a>', escape(text)))  # noqa: S308  # escaped just before
