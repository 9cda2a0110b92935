"""Writing DER by hand, for what a library does not write, or not wrongly enough."""

NULL = b"\x05\x00"


def tlv(tag, *parts):
    """Tag, length, value."""
    content = b"".join(parts)
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 128 | len(octets)]) + octets + content


def sequence(*parts):
    return tlv(0x30, *parts)


def tagged(number, *parts):
    """In an explicit tag of one's own: [0], [1] and so on."""
    return tlv(0xA0 | number, *parts)


def integer(number):
    return tlv(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True))


def octets(content):
    return tlv(0x04, content)


def bits(content):
    """A bit string of whole octets."""
    return tlv(0x03, b"\x00", content)


def oid(dotted):
    first, second, *arcs = map(int, dotted.split("."))
    return tlv(0x06, *(_base128(arc) for arc in (40 * first + second, *arcs)))


def _base128(number):
    groups = [number & 127]
    while number := number >> 7:
        groups.append(number & 127 | 128)
    return bytes(reversed(groups))
