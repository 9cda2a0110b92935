"""`python -m certificates.keycheck.make_list LIST.bin PATH...`: a list of the keys in files, and in all files of folders.

It finds keys, certificates and CSRs in PEM, also amid a program's source code, and files that are one of these in DER.
"""

import argparse
import base64
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)

from certificates import keycheck
from certificates.keycheck import der, lists

BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]{3,40})-----(.{50,20000}?)-----END \1-----", re.DOTALL)
NOT_BASE64 = re.compile(rb"""["']\s*\+|\\[nrt]|[^A-Za-z0-9+/]""")  # around it, a program's way to write long strings
Loader = Callable[[bytes], Any]  # of what is, or has, a public key


def main(words: list[str]) -> int:
    """Write the list and say how many keys it has; returns 1 if there were none."""
    parser = argparse.ArgumentParser(prog="python -m certificates.keycheck.make_list", description=__doc__)
    parser.add_argument("list", type=Path, metavar="LIST.bin")
    parser.add_argument("paths", type=Path, nargs="+", metavar="PATH")
    parser.add_argument("--private-keys-only", action="store_true", help="leave out keys without their private half")
    options = parser.parse_args(words)
    if options.list.suffix != ".bin":
        parser.error("the name of a list ends in .bin")
    try:
        found = {key for path in options.paths for key in keys_in(path, private_only=options.private_keys_only)}
    except OSError as error:
        parser.error(f"{error.filename}: {error.strerror}")
    wanted = {lists.record(keycheck.identity(key)) for key in found if not keycheck.flaws(key)}
    if not wanted:
        sys.stderr.write("No key was found, or none that is not refused anyway.\n")
        return 1
    _write(options.list, b"".join(sorted(wanted)))
    sys.stdout.write(f"{options.list}: {len(wanted)} keys, of {len(found)} found; the others are refused anyway.\n")
    return 0


def _write(path: Path, records: bytes) -> None:
    """By another file, so that a list in use is never cut off."""
    half = path.with_name(f".{path.name}")
    half.write_bytes(records)
    half.replace(path)


def keys_in(path: Path, *, private_only: bool) -> Iterator[bytes]:
    """Each key, as a DER SubjectPublicKeyInfo, in the file, or in all files in the folder and below."""
    loaders: list[Loader] = [_private] if private_only else [_private, load_der_public_key, _certificate, _request]
    files = [file for file in path.rglob("*") if file.is_file()] if path.is_dir() else [path]
    for file in files:
        for content in _contents(file.read_bytes()):
            if key := _key(content, loaders):
                yield key


def _contents(data: bytes) -> Iterator[bytes]:
    """What may be DER: the whole, or each PEM block."""
    if data[:1] == bytes([der.SEQUENCE]):
        yield data
    for block in BLOCK.finditer(data):
        digits = NOT_BASE64.sub(b"", block[2])
        if len(digits) % 4 != 1:
            yield base64.b64decode(digits + b"=" * (-len(digits) % 4))


def _key(content: bytes, loaders: list[Loader]) -> bytes:
    """The key by the first loader that takes the content; empty if none does."""
    for load in loaders:
        try:
            return load(content).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        except Exception:  # noqa: S112 - whatever an odd file makes the library raise
            continue
    return b""


def _private(content: bytes) -> Any:
    return load_der_private_key(content, None, unsafe_skip_rsa_key_validation=True).public_key()


def _certificate(content: bytes) -> Any:
    return x509.load_der_x509_certificate(content).public_key()


def _request(content: bytes) -> Any:
    return x509.load_der_x509_csr(content).public_key()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
