"""From what a browser sends to plain lines: encodings, quoting, odd spaces and line ends."""

import re

BOMS = (
    (b"\xff\xfe\0\0", "utf-32-le"),
    (b"\0\0\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
    (b"\xef\xbb\xbf", "utf-8"),
)
INVISIBLE = re.compile("[\0\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
LINE_END = re.compile(r"\r\n|[\r\v\f\x85\u2028\u2029]|\\r\\n|\\[nr]")  # the last ones out of JSON and YAML
SPACE = re.compile(r"[^\S\n]")
QUOTING = re.compile(r"^[ >|]+", re.MULTILINE)


def decoded(data: str | bytes) -> str:
    """The text of an upload: by its byte order mark, by its zero bytes, as UTF-8, else as Windows text. Never raises."""
    if isinstance(data, str):
        return data
    for mark, encoding in BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    zeros = data[:200].count(0)
    if zeros * 3 > len(data[:200]):
        return data.decode("utf-16-be" if data[0] == 0 else "utf-16-le", "replace")
    text = data.decode("utf-8", "replace")
    return data.decode("cp1252", "replace") if "\ufffd" in text else text


def plain(text: str) -> str:
    """The text with LF line ends, plain spaces, without invisible characters and the quoting of mails."""
    text = LINE_END.sub("\n", INVISIBLE.sub("", text))
    return QUOTING.sub("", SPACE.sub(" ", text))
