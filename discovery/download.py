"""The program for a person's own computer: the scan engine and the settings of one errand, in a file that Python runs."""

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

NAME = "scanner.pyz"
SHEBANG = b"#!/usr/bin/env python3\n"
HERE = Path(__file__).parent
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # so that the same settings make the same file
MODE = 0o100644 << 16  # a plain file that everybody may read


def program(settings: dict[str, Any]) -> bytes:
    """A zip that `python3` runs. The settings are those that `scanner/settings.py` reads; a token is among them."""
    whole = io.BytesIO()
    whole.write(SHEBANG)
    with zipfile.ZipFile(whole, "w") as archive:
        for name, content in _files(settings):
            entry = zipfile.ZipInfo(name, LONG_AGO)
            entry.create_system, entry.external_attr = 3, MODE  # as written on Unix
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return whole.getvalue()


def _files(settings: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    yield "__main__.py", (HERE / "scanner" / "__main__.py").read_bytes()
    for path in [HERE / "__init__.py", *sorted((HERE / "scanner").glob("*.py"))]:
        yield f"{HERE.name}/{path.relative_to(HERE).as_posix()}", path.read_bytes()
    yield "settings.json", json.dumps(settings, ensure_ascii=False, indent=1, sort_keys=True).encode()
