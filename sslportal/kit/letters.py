"""Letters: what a mail says, how that is kept in its row, and how it becomes text, HTML and a message."""

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.encoding import iri_to_uri
from django.utils.translation import override

if TYPE_CHECKING:
    from sslportal.kit.models import OutgoingMail

MOST_SUBJECT = 300
MOST_NAME = 200
_NO_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")  # PostgreSQL keeps no NUL and no half of a pair
_NO_NAME = re.compile(r"[\\/\"<>|:*?]")
_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]+")


class File(NamedTuple):
    """A file to go with a mail."""

    name: str
    content_type: str
    content: bytes


@dataclass
class Letter:
    """What a mail says; the same letter becomes its text and its HTML part."""

    subject: str
    paragraphs: list[str]
    facts: list[tuple[str, str]] = field(default_factory=list)
    links: list[tuple[str, str, str]] = field(default_factory=list)  # a word, the words of the link, and where it leads
    action: tuple[str, str] | None = None  # the words on the button, and where it leads
    after: list[str] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    attached: str = ""  # a sentence about the files, which whoever reads the letter elsewhere does not have


def kept(letter: Letter) -> dict[str, Any]:
    """What the row keeps of the letter, in the language of this moment; the subject and the files have places of their own."""
    return {
        "paragraphs": [_clean(paragraph) for paragraph in letter.paragraphs],
        "facts": [[_clean(word), _clean(fact)] for word, fact in letter.facts],
        "links": [[_clean(part) for part in link] for link in letter.links],
        "action": [_clean(part) for part in letter.action] if letter.action else None,
        "attached": _clean(letter.attached),
        "after": [_clean(paragraph) for paragraph in letter.after],
    }


def one_line(text: Any) -> str:
    """The text as it may stand in a header."""
    return " ".join(_clean(text).split())


def safe_file(file: File) -> File:
    """The file under a name that is one in every system and ends no header, and with a type that is one."""
    name = _NO_NAME.sub("_", one_line(file.name))[-MOST_NAME:].strip(". ") or "file"
    is_type = _TYPE.fullmatch(file.content_type)
    return File(name, file.content_type if is_type else "application/octet-stream", file.content)


def address_of_page(url: str) -> str:
    """An absolute URL as it may stand between angle brackets in a header."""
    return iri_to_uri(one_line(url)).translate({ord(" "): "%20", ord("<"): "%3C", ord(">"): "%3E"})


def render(template: str, mail: "OutgoingMail") -> str:
    """The text or the HTML part; empty where what was sent is no longer kept."""
    if not mail.letter:
        return ""
    with override(mail.language):
        return render_to_string(
            template,
            {"mail": mail, "letter": mail.letter, "brand": settings.PORTAL_BRAND, "portal_url": settings.PORTAL_URL},
        )


def message(mail: "OutgoingMail") -> EmailMultiAlternatives:
    """The whole mail. Its Message-ID is the same at every try, so that a mail server knows it again."""
    headers = {"Message-ID": mail.message_id, "Content-Language": mail.language, "Auto-Submitted": "auto-generated"}
    if mail.unsubscribe:  # RFC 2369 3.2, RFC 8058
        headers["List-Unsubscribe"] = f"<{mail.unsubscribe}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    whole = EmailMultiAlternatives(mail.subject, mail.text, to=[mail.to], headers=headers)
    whole.attach_alternative(mail.html, "text/html")
    for file in mail.attachments.order_by("pk"):
        whole.attach(file.name, bytes(file.content), file.content_type)
    return whole


def _clean(text: Any) -> str:
    return _NO_TEXT.sub("\ufffd", str(text).replace("\r\n", "\n"))
