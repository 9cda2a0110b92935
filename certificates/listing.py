"""What a list of a million orders is searched and sorted by: one column of text, and an index for each way of sorting."""

import re

from django.contrib.postgres.indexes import GinIndex
from django.db.models import F, Func, Index, Q, TextField, Value
from django.db.models.expressions import OrderBy
from django.db.models.functions import Concat, Lower

from sslportal.kit import names

SHORTEST = 3  # characters that an index of trigrams needs

# Profiles and requesters are not in it: they are few enough to be looked at one by one, and profiles have other names tomorrow
TEXT = Lower(
    Concat(
        "id",
        Value(" "),
        "common_name",
        Value(" "),
        Func("sans", function="certificates_words", output_field=TextField()),  # made by migration 0004
        Value(" "),
        "serial_number",
        output_field=TextField(),
    )
)


def has_word(word: str) -> Q:
    """Orders with the word in their text, a name also by its A-labels; a word too short for that: the order of this number."""
    form = names.to_ascii(word).lower()
    if not form.isascii():  # no name, and nothing else in the text is beyond ASCII
        return Q(pk__in=[])
    if is_too_short(word):
        return Q(pk=int(form)) if form.isdigit() else Q(pk__in=[])
    return Q(search_text__contains=form)


def is_too_short(word: str) -> bool:
    """Whether the index does not lead to the word, so that the texts of all orders of an account would have to be read.

    It knows of each run of letters and digits the beginning, and any three in a row: it knows "co.jp", but not "a.b".
    """
    form = names.to_ascii(word).lower()
    return form.isascii() and (len(form) < SHORTEST or not re.search(r"[a-z0-9]{2}", form))


def _by(name: str, *sorting: str | OrderBy, include: tuple[str, ...] = ("profile", "status")) -> Index:
    """Pages of an account's orders, sorted; of equal ones the newest first. What lists are narrowed by is in the index too."""
    return Index(F("account"), *sorting, F("id").desc(), name=f"orders_by_{name}", include=include)


def _last(field: str) -> OrderBy:
    """The latest first, and those that have none at the end, where they are in the other direction too."""
    return F(field).desc(nulls_last=True)


INDEXES = [
    _by("number"),
    _by("name", "common_name"),
    _by("level", F("level").desc()),
    _by("serial", "serial_number"),
    _by("serial_backwards", _last("serial_number")),
    _by("ordered", "created_at"),
    _by("issued", "not_before"),
    _by("issued_backwards", _last("not_before")),
    _by("expires", "not_after"),
    _by("expires_backwards", _last("not_after")),
    _by("requester", "asked_by"),
    _by("profile", "profile", include=("status",)),
    _by("account_status", "status", include=("profile",)),
    GinIndex(  # kept up to date at once: orders are few a second, and searches should not wait for what was put off
        name="orders_by_text",
        fields=["account", "search_text"],
        opclasses=["int8_ops", "gin_trgm_ops"],
        fastupdate=False,
    ),
]
