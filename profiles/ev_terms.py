"""The Extended Validation terms: which version signers accept now. The text is templates/profiles/_ev_terms.html."""

from django.conf import settings
from django.utils.translation import get_language

VERSION = "2026-11"


def edition() -> str:
    """The exact text as the reader sees it now: its version and its language, such as 2026-11/en."""
    return f"{VERSION}/{get_language() or settings.LANGUAGE_CODE}"


def editions() -> list[str]:
    """All texts that may be accepted now."""
    return [f"{VERSION}/{code}" for code, _name in settings.LANGUAGES]


def version_of(edition: str) -> str:
    return edition.partition("/")[0]


def language_of(edition: str) -> str:
    return edition.partition("/")[2] or settings.LANGUAGE_CODE
