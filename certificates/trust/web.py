"""What strangers ask, answered out of the store, before Django: OCSP, revocation lists, the certificates of the CAs.

A WSGI application for /pki/. It knows neither sessions nor languages, and holds no key. Whatever it says was signed before
by the `ca` worker and is read at every question, so that nobody is told what is no longer true.
"""

import base64
import binascii
import hashlib
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from http import HTTPStatus
from time import time
from typing import Any

from cryptography.x509.ocsp import load_der_ocsp_response
from django.db import Error
from django.utils.http import http_date, parse_etags

from certificates.ca import ocsp, ocsp_request
from certificates.trust import files, store
from certificates.trust.questions import several

log = logging.getLogger(__name__)

PREFIX = "/pki/"
MAX_AGE = 60  # seconds for which a cache may go on saying what it was told, though a certificate was revoked meanwhile
CA_MAX_AGE = 86_400  # a CA's certificate never changes

OCSP, CRL, DER, PEM = (
    "application/ocsp-response", "application/pkix-crl", "application/pkix-cert", "application/x-pem-file",
)  # fmt: skip

Environment = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What goes out. Where caches may keep it, `modified` and `expires` say from when to when, in seconds of the epoch."""

    content: bytes
    content_type: str
    modified: int = 0
    expires: int = 0
    max_age: int = 0
    status: HTTPStatus = HTTPStatus.OK


def application(environ: Environment, start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer a request below /pki/."""
    answer = _answer(environ)
    headers = [("Content-Type", answer.content_type), ("X-Content-Type-Options", "nosniff"), *_caching(answer)]
    if answer.max_age and _is_known(environ, answer):
        answer = replace(answer, status=HTTPStatus.NOT_MODIFIED, content=b"")
    else:
        headers.append(("Content-Length", str(len(answer.content))))
    if answer.status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers.append(
            ("Allow", "GET, HEAD, POST" if environ["PATH_INFO"].startswith(f"{PREFIX}ocsp") else "GET, HEAD")
        )
    start_response(f"{answer.status.value} {answer.status.phrase}", headers)
    return [b"" if environ["REQUEST_METHOD"] == "HEAD" else answer.content]


def _answer(environ: Environment) -> Answer:
    service, _slash, rest = environ["PATH_INFO"].removeprefix(PREFIX).partition("/")
    method = environ["REQUEST_METHOD"]
    try:
        if service == "ocsp" and method in ("GET", "HEAD", "POST"):
            return _ocsp(environ, rest)
        if service in ("crl", "ca") and method in ("GET", "HEAD"):
            return _file(service, rest)
    except Error:
        log.exception("The store could not be read")
        return _refuse(HTTPStatus.SERVICE_UNAVAILABLE, "The portal cannot answer now. Try again later.")
    if service in ("ocsp", "crl", "ca"):
        return _refuse(HTTPStatus.METHOD_NOT_ALLOWED, "This address is for GET, and for POST where it is OCSP.")
    return NOT_FOUND


def _refuse(status: HTTPStatus, says: str) -> Answer:
    return Answer(f"{says}\n".encode(), "text/plain; charset=utf-8", status=status)


NOT_FOUND = _refuse(HTTPStatus.NOT_FOUND, "There is nothing at this address.")
TOO_LONG = _refuse(
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"An OCSP request of more than {ocsp_request.MAX_BYTES} bytes is not read."
)


# OCSP


def _ocsp(environ: Environment, rest: str) -> Answer:
    """RFC 6960, appendix A: the request is the body, or stands in Base64 in the address."""
    is_post = environ["REQUEST_METHOD"] == "POST"
    name, _slash, encoded = rest.partition("/")
    ready = None if is_post else files.read(name, encoded)
    if ready and (answer := _ready(ready)):
        return answer
    ca = store.find_ca(name)
    if ca is None:
        return NOT_FOUND
    request = _body(environ) if is_post else _decoded(encoded)
    if len(request) > ocsp_request.MAX_BYTES:
        return TOO_LONG
    try:
        asked = ocsp_request.read(request)
    except ocsp_request.MalformedRequest:
        return Answer(ocsp.malformed(), OCSP)
    if any(cert_id.issuer != ca.issuers.get(cert_id.issuer.hash_name) for cert_id in asked):
        return Answer(ocsp.unauthorized(), OCSP)
    return _one(ca, asked[0]) if len(asked) == 1 else Answer(several(ca, asked), OCSP)


def _one(ca: store.Ca, asked: ocsp_request.CertId) -> Answer:
    found = store.find_answer(ca, asked)
    if found is None or (found.der is None and found.has_ended):
        return Answer(ocsp.unauthorized(), OCSP)
    if found.der is None:
        return Answer(ocsp.try_later(), OCSP)
    return _dated(found.der, found.this_update, found.next_update)


def _ready(answer: bytes) -> Answer | None:
    """An answer that was found by its address, with the dates that are in it; None where it is damaged or too old."""
    try:
        said = load_der_ocsp_response(answer)
        this_update, next_update = said.this_update_utc, said.next_update_utc
    except ValueError:
        return None
    assert next_update  # noqa: S101  # ours all have one
    dated = _dated(answer, int(this_update.timestamp()), int(next_update.timestamp()))
    return dated if dated.max_age else None


def _dated(answer: bytes, this_update: int, next_update: int) -> Answer:
    """The answer, while it is good for something."""
    left = next_update - int(time())
    if left <= 0:
        return Answer(ocsp.try_later(), OCSP)
    return Answer(answer, OCSP, this_update, next_update, min(MAX_AGE, left))


def _body(environ: Environment) -> bytes:
    """As much as tells that it is too much. A body without a length, in chunks, ends by itself (PEP 3333)."""
    length = environ.get("CONTENT_LENGTH") or ""
    most = ocsp_request.MAX_BYTES + 1
    return environ["wsgi.input"].read(min(int(length), most) if length.isascii() and length.isdigit() else most)


def _decoded(encoded: str) -> bytes:
    """What is no Base64 is no request either. The server has decoded the address already."""
    try:
        return base64.b64decode(encoded.encode("latin-1"), validate=True)
    except (binascii.Error, ValueError):
        return b""


# Lists and certificates


def _file(service: str, file: str) -> Answer:
    name, _dot, suffix = file.rpartition(".")
    if service == "crl" and suffix == "crl":
        return _crl(name)
    if service == "ca" and suffix in ("crt", "pem"):
        return _ca(name, suffix)
    return NOT_FOUND


def _crl(name: str) -> Answer:
    """RFC 2585 3: one list in DER."""
    found = store.find_list(name)
    if found is None or found.der is None:
        return NOT_FOUND
    return Answer(found.der, CRL, found.this_update, found.next_update, MAX_AGE)


def _ca(name: str, suffix: str) -> Answer:
    """One certificate, in DER as RFC 5280 4.2.2.1 has it, or in PEM for people."""
    ca = store.find_ca(name)
    if ca is None:
        return NOT_FOUND
    if suffix == "pem":
        return Answer(ca.authority.pem, PEM, ca.made_at, int(time()) + CA_MAX_AGE, CA_MAX_AGE)
    return Answer(ca.authority.der, DER, ca.made_at, int(time()) + CA_MAX_AGE, CA_MAX_AGE)


# Caching


def _caching(answer: Answer) -> list[tuple[str, str]]:
    """RFC 5019 5 and 6.2. Who knows max-age, as all of today's caches do, goes by it and not by Expires."""
    if not answer.max_age:
        return [("Cache-Control", "no-store")]
    return [
        ("Cache-Control", f"max-age={answer.max_age}, public, no-transform, must-revalidate"),
        ("ETag", _etag(answer)),
        ("Last-Modified", _date(answer.modified)),
        ("Expires", _date(answer.expires)),
    ]


@lru_cache(maxsize=1024)
def _date(moment: int) -> str:
    """Written down once for the hundreds of answers that are signed in the same second."""
    return http_date(moment)


def _etag(answer: Answer) -> str:
    return f'"{hashlib.sha256(answer.content).hexdigest()[:32]}"'


def _is_known(environ: Environment, answer: Answer) -> bool:
    """Whether the asker has it already (RFC 9110, 13.1.2). Not by date: in one second a status may change."""
    etags = environ.get("HTTP_IF_NONE_MATCH")
    if not etags or environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
        return False
    return etags.strip() == "*" or _etag(answer) in [tag.removeprefix("W/") for tag in parse_etags(etags)]
