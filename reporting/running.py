"""The worker's side: the run whose turn it is becomes files.

It holds a lease of the run meanwhile. A worker that dies costs the length of that, and what it has made; another one makes it
anew, and only one of them can say that it is finished.
"""

import logging
from contextlib import suppress
from datetime import timedelta

from django.conf import settings
from django.utils.translation import gettext_lazy, override

from accounts.models import Administrator
from reporting import making, rules
from reporting.actions import runs
from reporting.definition import BadDefinition
from reporting.models import Run
from reporting.patience import Impatient, limited
from reporting.query import values
from reporting.results import Results
from sslportal.kit import clock, pdf
from sslportal.kit.moves import MovedOn

log = logging.getLogger(__name__)

MOST_TRIES = 3
TRY_AGAIN = timedelta(minutes=1)
PATIENCE = 60.0  # seconds for each question to the database


class _CannotBeMade(Exception):
    """Says why, in a sentence of the language that is in use when it is read."""


def make_one() -> bool:
    """Make the run whose turn it is. Returns whether there was one. Safe to run twice, and at once."""
    run = runs.claim()
    if run is None:
        return False
    try:
        if run.tries > MOST_TRIES:
            raise _CannotBeMade(gettext_lazy("The portal failed to make it several times. Ask its operator."))
        with override(run.reader.language):
            _make(run)
    except _CannotBeMade as why:
        with suppress(MovedOn):  # it was deleted
            runs.fail(run, why.args[0])
    except MovedOn:  # it was deleted, or another worker was faster
        pass
    except Exception:
        log.exception("Run %s could not be made", run.pk)
        Run.objects.filter(pk=run.pk).update(leased_until=clock.now() + TRY_AGAIN)
    return True


def _make(run: Run) -> None:
    """Read the records, make a file of each format, and hand them over."""
    report, now = run.report, clock.now()
    try:
        defined = run.defined
    except BadDefinition as bad:
        raise _CannotBeMade(str(bad)) from bad
    reader = _reader(run)
    try:
        with limited(PATIENCE):
            found = Results(defined, reader, now)
            state = found.state(run.narrowed)
            keys = found.keys(state, None if run.mails else settings.REPORT_ROWS)
            total = len(keys) if run.mails else found.count(state)
            cells = list(values(defined, found.rows(keys[: settings.REPORT_ROWS])))
    except Impatient as slow:
        raise _CannotBeMade(
            gettext_lazy("Reading its records takes too long. Give it rules that fewer match.")
        ) from slow
    table = making.table(report, defined, cells, total, now)
    runs.keep(run, 1)
    files: dict[str, bytes] = {}
    for done, format in enumerate(run.formats, 2):
        try:
            files[format] = making.MAKERS[format](table)
        except pdf.Unavailable as why:
            log.warning("Run %s is made without PDF: %s", run.pk, why)
        runs.keep(run, done)
    if not files:
        raise _CannotBeMade(
            gettext_lazy("This portal cannot make PDF files. Choose another format, or ask its operator.")
        )
    runs.finish(run, total, files, keys if run.mails else None)


def _reader(run: Run) -> Administrator:
    """By whose eyes it was asked for, as that person is now."""
    reader = rules.reader_of(run.report, run.reader)
    if reader is None or reader.pk != run.reader_id or not reader.is_active or reader.account_id != run.account_id:
        raise _CannotBeMade(
            gettext_lazy("By whose eyes it was to be made is no longer an administrator of the account.")
        )
    return reader
