"""Words as the history keeps them: in English, whoever did it in whatever language; shown through gettext."""

from typing import Any

from django.utils.translation import override


def english(text: Any) -> str:
    """The translatable text in its source language."""
    with override("en"):
        return str(text)
