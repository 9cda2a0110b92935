"""Questions to the database that a page or a worker waits for, and how long it does."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction
from psycopg.errors import QueryCanceled

SECONDS = 3.0  # for each question of a page


class Impatient(Exception):
    """The database took too long."""


@contextmanager
def limited(seconds: float | None = None) -> Iterator[None]:
    """In it nothing is written, since all is rolled back, and with it the limit. Raises Impatient where it is passed."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT set_config('statement_timeout', %s, true)", [str(round((seconds or SECONDS) * 1000))]
                )
            yield
            transaction.set_rollback(True)
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise Impatient from error
        raise
