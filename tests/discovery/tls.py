"""Writing the server's side of TLS by hand, rightly or wrongly; and reading what a hello offers."""

from tests.discovery import chains

SSL3, TLS10, TLS11, TLS12, TLS13 = range(0x0300, 0x0305)
RC4, EXPORT, DES, TRIPLE_DES, NULL, ANONYMOUS = 0x0005, 0x0003, 0x0009, 0x000A, 0x0002, 0x0034
ECDHE_RSA, ECDHE_ECDSA = 0xC02F, 0xC02B


def sized(content, digits):
    return len(content).to_bytes(digits, "big") + content


def record(content, kind=22, version=TLS12):
    return bytes([kind]) + version.to_bytes(2, "big") + sized(content, 2)


def message(kind, content):
    return bytes([kind]) + sized(content, 3)


def server_hello(suite=ECDHE_RSA, version=TLS12, compression=0, extensions=None):
    """The message. Without extensions even their length is left out."""
    tail = b"" if extensions is None else sized(extensions, 2)
    random, session = bytes(32), sized(b"", 1)
    return message(
        2, version.to_bytes(2, "big") + random + session + suite.to_bytes(2, "big") + bytes([compression]) + tail
    )


def extension(kind, content=b""):
    return kind.to_bytes(2, "big") + sized(content, 2)


def certificate(*ders):
    return message(11, sized(b"".join(sized(der, 3) for der in ders), 3))


def status(response):
    """CertificateStatus, with an OCSP response."""
    return message(22, b"\1" + sized(response, 3))


KEY_EXCHANGE, DONE = message(12, b"\0" * 100), message(14, b"")


def flight(suite=ECDHE_RSA, version=TLS12, compression=0, ders=None):
    """What a server with a certificate answers, in one record."""
    shown = chains.rsa().ders if ders is None else ders
    said = server_hello(suite, version, compression) + certificate(*shown) + KEY_EXCHANGE + DONE
    return record(said, version=version)


def alert(number, level=2, version=TLS12):
    return record(bytes([level, number]), kind=21, version=version)


def offered(hello):
    """What a ClientHello offers: version, suites, compressions, and the extensions by their numbers."""
    assert hello[0] == 22
    assert int.from_bytes(hello[3:5], "big") == len(hello) - 5
    assert int.from_bytes(hello[6:9], "big") == len(hello) - 9
    body = hello[9:]
    version, body = int.from_bytes(body[:2], "big"), body[34:]
    _session, body = _block(body, 1)
    suites, body = _block(body, 2)
    compressions, body = _block(body, 1)
    found = {}
    if body:
        rest, body = _block(body, 2)
        while rest:
            kind = int.from_bytes(rest[:2], "big")
            found[kind], rest = _block(rest[2:], 2)
    assert body == b""
    return version, [int.from_bytes(suites[at : at + 2], "big") for at in range(0, len(suites), 2)], compressions, found


def _block(data, digits):
    end = digits + int.from_bytes(data[:digits], "big")
    return data[digits:end], data[end:]
