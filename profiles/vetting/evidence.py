"""The store of evidence: files that prove a check, judged by their content, kept outside the static tree."""

import hashlib
import os
import re
import unicodedata
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.utils.translation import gettext as _

from sslportal.kit.moves import Refused

MOST_BYTES = 10 * 1024 * 1024
PNG = b"\x89PNG\r\n\x1a\n"
PNG_END = b"\x00\x00\x00\x00IEND\xaeB`\x82"
PADDING = b"\x00\t\n\x0c\r "
NOT_TEXT = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")


@dataclass(frozen=True)
class Received:
    """A file that may be kept."""

    name: str
    content_type: str
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


class Lost(Refused):
    """The file is not in the store, or is no longer what was put there."""


def receive(upload: UploadedFile) -> Received:
    """Judge the upload by its bytes; its name and the type that the browser says count for nothing. Raises Refused."""
    if not upload.size:
        raise Refused(_("The file is empty. Choose another one."))
    if upload.size > MOST_BYTES:
        raise Refused(too_large())
    content = upload.read()
    return Received(_clean_name(upload.name or ""), _type_of(content), content)


def too_large() -> str:
    return _("The file is larger than %(size)d MB. Scan it with fewer colours, or split it.") % {
        "size": MOST_BYTES // 1024 // 1024
    }


def _clean_name(name: str) -> str:
    """The last part of the name as one line of text, for show only."""
    last = unicodedata.normalize("NFC", name.replace("\\", "/").rsplit("/", 1)[-1])
    visible = "".join(one for one in last if unicodedata.category(one)[0] != "C")
    return " ".join(visible.split())[-150:] or _("without a name")


def _type_of(content: bytes) -> str:
    """The type that the whole content has: with something else hidden behind its end it has none. Raises Refused."""
    for content_type, begins, is_whole in (
        ("application/pdf", b"%PDF-", _is_whole_pdf),
        ("image/png", PNG, _is_whole_png),
        ("image/jpeg", b"\xff\xd8\xff", _is_whole_jpeg),
    ):
        if content.startswith(begins):
            if not is_whole(content):
                raise Refused(_("The file is damaged, or has something else behind its end. Save it anew, as PDF."))
            return content_type
    if not _is_text(content):
        raise Refused(_("The file is no PDF, PNG, JPEG or plain text. Save or print it as PDF."))
    return "text/plain"


def _is_whole_pdf(content: bytes) -> bool:
    return content.rstrip(PADDING).endswith(b"%%EOF")


def _is_whole_png(content: bytes) -> bool:
    """Walk from part to part: the first IEND must be the end of the file (PNG specification, 5.3)."""
    at = len(PNG)
    while at + 12 <= len(content):
        length = int.from_bytes(content[at : at + 4], "big")
        if content[at + 4 : at + 8] == b"IEND":
            return content[at:] == PNG_END
        at += 12 + length
    return False


def _is_whole_jpeg(content: bytes) -> bool:
    return content.rstrip(b"\x00").endswith(b"\xff\xd9")


def _is_text(content: bytes) -> bool:
    """UTF-8 without control characters, and no page or picture written in text: those begin with a bracket."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return not NOT_TEXT.search(text) and bool(text.strip()) and not text.lstrip().startswith("<")


def keep(received: Received) -> str:
    """Write the file under a name of our own; its place below EVIDENCE_ROOT. Raises Refused where the disk fails."""
    name = uuid.uuid4().hex
    place = f"{name[:2]}/{name}"
    try:
        _write(_path(place), received.content)
    except OSError as error:
        raise Refused(_("The file could not be stored. Try again; if it fails again, tell the operators.")) from error
    return place


def _write(path: Path, content: bytes) -> None:
    """Onto the disk, for this user only; a file that was written in part is removed."""
    for folder in (path.parent.parent, path.parent):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(number)
    except OSError:
        path.unlink(missing_ok=True)
        raise


def discard(place: str) -> None:
    """Remove a file whose check was not recorded after all."""
    _path(place).unlink(missing_ok=True)


class Stored(Protocol):
    """A row that names a file of the store."""

    stored: str
    sha256: str
    content_type: str

    @property
    def file_name(self) -> str: ...


EXTENSIONS = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg", "text/plain": "txt"}


def as_download(evidence: Stored) -> HttpResponse:
    """The file, to be saved and never shown by the browser. Raises Lost."""
    response = HttpResponse(content_of(evidence), content_type=evidence.content_type)
    response["Content-Disposition"] = f'attachment; filename="{evidence.file_name}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    return response


def content_of(evidence: Stored) -> bytes:
    """The bytes that were stored, and no others. Raises Lost."""
    try:
        content = _path(evidence.stored).read_bytes()
    except OSError as error:
        raise Lost(
            _("“%(name)s” is missing in the store of evidence. Record the check anew.") % {"name": evidence}
        ) from error
    if hashlib.sha256(content).hexdigest() != evidence.sha256:
        raise Lost(_("“%(name)s” was altered in the store of evidence. Record the check anew.") % {"name": evidence})
    return content


def _path(place: str) -> Path:
    return Path(settings.EVIDENCE_ROOT) / place
