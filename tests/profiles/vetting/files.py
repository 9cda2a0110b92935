"""Files that a vetter may send, and those that somebody might try."""

import struct
import zlib

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\nstartxref\n9\n%%EOF\n"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9"
TEXT = "Called +44 20 7946 0000 — 会社. Answered by Ann.\n".encode()


def _part(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


PNG = (
    b"\x89PNG\r\n\x1a\n"
    + _part(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    + _part(b"IDAT", zlib.compress(b"\x00\x00"))
    + _part(b"IEND", b"")
)
ZIP = b"PK\x05\x06" + b"\x00" * 18
GOOD = {"application/pdf": PDF, "image/png": PNG, "image/jpeg": JPEG, "text/plain": TEXT}
DAMAGED = {
    "a PNG with a zip behind": PNG + ZIP,
    "a PNG whose end is in the middle": PNG + PNG[8:],
    "a PNG cut short": PNG[:-4],
    "a PNG with a part longer than the file": PNG[:8] + b"\xff\xff\xff\xffIHDR" + b"\x00" * 40,
    "a JPEG with a zip behind": JPEG + ZIP,
    "a PDF with a zip behind": PDF + ZIP,
    "a PDF with a script behind": PDF + b"<script>alert(1)</script>",
    "a PDF cut short": PDF[:20],
}
OTHER = {
    "a program": b"\x7fELF\x02\x01\x01" + b"\x00" * 60,
    "a zip": b"PK\x03\x04" + b"\x00" * 60,
    "a page": b"<!doctype html><script>alert(1)</script>",
    "a page after white space": b"\xef\xbb\xbf \n<html></html>",
    "a picture in text": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "a GIF": b"GIF89a\x01\x00\x01\x00\x00;",
    "a PDF with something before": b"\x00" + PDF,
    "text in Latin-1": "Straße".encode("latin-1"),
    "text with control characters": b"a\x1b[31mb",
    "text with a NUL": b"a\x00b",
    "white space": b" \n\t ",
}
