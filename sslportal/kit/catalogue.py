"""The catalogue of notices: each is declared once, with when it is given, how urgent it is, who gets mail, and its words."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from sslportal.kit.mail import File, Letter
from sslportal.kit.moves import Text

Words = Mapping[str, Any]


class Priority(TextChoices):
    """How urgent: critical ones go to all Primary Administrators of the profile, others if the profile says so (I2)."""

    INFORMATIONAL = "informational", _("Informational")
    CRITICAL = "critical", _("Critical")


class To(StrEnum):
    """Who gets a notice by mail, in the words of docs/notices.md. Each person gets it once, whoever he is besides."""

    REQUESTER = "who asked for it"
    RECIPIENTS = "the order's notification recipients"
    APPROVER = "who approved it, if the profile says so"
    APPROVERS = "whoever may approve it"
    PROFILE_LIST = "the profile's further recipients"
    PRIMARIES = "all Primary Administrators of the profile"
    PRIMARIES_IF_INFORMED = "all Primary Administrators of the profile, if the profile says so"
    PERSON = "the person themselves"
    ADDRESS = "the address that was chosen"
    SIGNER = "the contract signer"
    EV_APPROVER = "the Certificate Requester/Approver of the EV request"
    GLOBALS = "all Global Administrators of the account"
    READERS = "the recipients of the report"
    OWNER = "the owner of the report, or all Global Administrators of the account once that person has left"
    OUTSIDER = "who asked for it by the request portal, in the language of the browser"
    SCHEDULER = "who has set the schedule up, or all Global Administrators of the account once that person has left"


@dataclass(frozen=True)
class Kind:
    """One notice of the catalogue; `when` is for docs/notices.md. Its words have named places, filled in when it is given.

    `lines` are the words before the facts: one paragraph each, left out where nothing comes of it. `attached` is about the
    files that go with the mail; `after` stands below the button that `action` names. What `is_listed` is on the page
    Notifications and goes to the account's webhook; the rest are mails to one person, with a link that nobody else should
    have.
    """

    key: str
    when: str
    priority: Priority
    to: tuple[To, ...]
    subject: Text
    lines: tuple[Text, ...]
    action: Text = ""
    after: tuple[Text, ...] = ()
    attached: Text = ""
    is_listed: bool = True

    def letter(
        self,
        words: Words,
        *,
        facts: Sequence[tuple[str, str]] = (),
        links: Sequence[tuple[str, str, str]] = (),
        url: str = "",
        files: Sequence[File] = (),
    ) -> Letter:
        """Its words in the language in use now."""
        return Letter(
            subject=str(self.subject) % words,
            paragraphs=_filled(self.lines, words),
            facts=list(facts),
            links=list(links),
            action=(str(self.action) % words, url) if url and self.action else None,
            after=_filled(self.after, words),
            files=list(files),
            attached=str(self.attached) if files else "",
        )


def _filled(lines: Iterable[Text], words: Words) -> list[str]:
    return [said for line in lines if (said := str(line) % words)]


CATALOGUE: dict[str, Kind] = {}


def notice(key: str, priority: Priority, *, to: Iterable[To], lines: Iterable[Text], **more: Any) -> Kind:
    """Declare a notice. Raises ValueError where the key stands twice."""
    if key in CATALOGUE:
        raise ValueError(f"The notice {key} stands twice in the catalogue.")
    CATALOGUE[key] = Kind(key, priority=priority, to=tuple(to), lines=tuple(lines), **more)
    return CATALOGUE[key]


def each_language() -> list[str]:
    return [code for code, _name in settings.LANGUAGES]


def addresses(kind: Kind, known: Mapping[To, Callable[[], Iterable[str]]]) -> list[str]:
    """To whom it goes, each once. Raises KeyError where the notice names somebody who is not known here."""
    return list(dict.fromkeys(address.strip().lower() for to in kind.to for address in known[to]()))


def in_each_language(write: Callable[[], Letter]) -> dict[str, Letter]:
    """The letter by language code, for what is read by several people."""
    letters = {}
    for language in each_language():
        with override(language):
            letters[language] = write()
    return letters
