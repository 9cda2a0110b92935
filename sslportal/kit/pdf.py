"""Documents as PDF: a template, laid out by WeasyPrint, which fetches nothing from anywhere."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.template.loader import render_to_string

PANGO = "Pango is missing (Debian's packages: libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0)"


class Unavailable(Exception):
    """This machine lacks what PDF needs; the message says what to install."""


def render(template: str, context: dict[str, Any]) -> bytes:
    """The template as a PDF with tags for screen readers. It must bring its own style. Raises Unavailable."""
    page = render_to_string(template, context)
    try:
        from weasyprint import HTML  # here, since importing it looks for Pango
        from weasyprint.urls import URLFetcher
    except (ImportError, OSError) as error:
        raise Unavailable(PANGO) from error
    with _collecting_no_garbage():
        document: bytes = HTML(string=page, url_fetcher=URLFetcher(allowed_protocols=())).write_pdf(pdf_tags=True)
    return document


@contextmanager
def _collecting_no_garbage() -> Iterator[None]:
    """A layout is millions of small objects that all stay: looking through them takes a third of the time and frees nothing."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
