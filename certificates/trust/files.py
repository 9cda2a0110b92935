"""OCSP answers as files, found by the address of the request: the fastest store, for the web process or a server before it.

A file is gone before the change of a status is committed, and what is not there is asked of the database. Both who writes
and who removes hold the certificate's row, so that no older answer comes back. All processes must see the same folder.
"""

import base64
import logging
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings

from certificates.ca import ocsp_request
from certificates.models import Certificate
from certificates.trust.issuers import issuers_of
from certificates.trust.models import HashName, OcspAnswer

log = logging.getLogger(__name__)

USUAL = HashName.SHA1  # which all clients that ask by GET use; who asks by another gets the answer out of the database


def write(answers: Iterable[OcspAnswer]) -> None:
    """Put the answers where they are looked for, if they can be; does nothing where the operator has set no folder."""
    if settings.OCSP_FILES:
        for answer in answers:
            if answer.hash_name == USUAL:
                path = _path(answer.certificate)
                try:
                    _replace(path, bytes(answer.der), answer.this_update.timestamp())
                except OSError:
                    log.exception("The OCSP answer in %s cannot be written; the database has it", path)


def remove(certificates: Iterable[Certificate]) -> None:
    """Take away what is said of the certificates. A folder that cannot be written to keeps nobody from revoking."""
    if settings.OCSP_FILES:
        for certificate in certificates:
            path = _path(certificate)
            try:
                path.unlink(missing_ok=True)
            except OSError:
                log.exception("The OCSP answer in %s is no longer true, and cannot be removed", path)
            _remove_empty(path.parent)


def read(ca_name: str, encoded: str) -> bytes | None:
    """The answer of the CA to the request in Base64, where there is one."""
    name = f"{ca_name}/{encoded}"
    if not settings.OCSP_FILES or "." in name:  # no part of Base64, nor of a CA's name, but the way out of a folder
        return None
    try:
        with open(f"{settings.OCSP_FILES}/{name}", "rb", buffering=0) as file:  # noqa: PTH123  # a Path takes as long again
            return file.read()
    except (OSError, ValueError):
        return None


def _path(certificate: Certificate) -> Path:
    """A slash in Base64 makes a folder, as in the address."""
    authority = certificate.authority
    cert_id = ocsp_request.CertId(issuers_of(authority)[USUAL], int(certificate.serial_number, 16))
    return Path(settings.OCSP_FILES, authority.name, base64.b64encode(ocsp_request.write(cert_id)).decode())


def _remove_empty(folder: Path) -> None:
    """The folder and those around it, as far as nothing is in them."""
    while folder != Path(settings.OCSP_FILES):
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent


def _replace(path: Path, content: bytes, moment: float) -> None:
    """All or nothing: who reads meanwhile gets the old answer or the new."""
    try:
        _put(path, content, moment)
    except FileNotFoundError:
        _make(path.parent)
        _put(path, content, moment)


def _make(folder: Path) -> None:
    """As open as the folder that the operator made: another user than the worker takes files away."""
    top = Path(settings.OCSP_FILES)
    top.mkdir(parents=True, exist_ok=True)
    for part in reversed([one for one in [folder, *folder.parents] if one.is_relative_to(top) and one != top]):
        if not part.exists():
            part.mkdir(exist_ok=True)
            part.chmod(top.stat().st_mode & 0o7777)


def _put(path: Path, content: bytes, moment: float) -> None:
    draft = Path(settings.OCSP_FILES, f".{secrets.token_hex(8)}")
    try:
        draft.write_bytes(content)
        os.utime(draft, (moment, moment))  # for who serves it: Last-Modified
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
