"""A limit for files that are sent to the portal: what is beyond it is dropped while it arrives, kept nowhere."""

from typing import Any

from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest

MOST_BYTES = 10 * 1024 * 1024  # of all files in one request


class StopsAtLimit(FileUploadHandler):
    """Drops a file that is too large, remembers at the request which field it was for, and reads the rest of the form."""

    received = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self.received += len(raw_data)
        if self.received > MOST_BYTES:
            self.request.too_large = {*too_large(self.request), self.field_name}  # type: ignore[union-attr]
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> Any:
        """The handlers behind this one make the file."""


def too_large(request: HttpRequest | None) -> set[str]:
    """The fields of the request whose files were dropped."""
    return getattr(request, "too_large", set())
