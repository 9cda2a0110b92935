"""CSRs as Windows makes them: its attributes are tolerated, and tell which program it was."""

import pytest

from certificates.csr import CsrRefused, read
from tests.certificates.csr import csr_maker as maker
from tests.certificates.csr.csr_maker import asks_for, attribute, dns, extension, part, tlv

NAME = part(maker.COMMON_NAME, b"www.shop.test", maker.PRINTABLE)
IA5, BIT_STRING = 22, 3
CERTREQ, IIS = "certreq.exe", "InetMgr.exe"


def oid(text):
    return tlv(6, bytes.fromhex(text))


def os_version(text=b"10.0.20348.2"):
    return attribute(oid("2b0601040182370d0203"), tlv(IA5, text))


def client_info(program, encoding="utf-8", tag=maker.UTF8):
    machine, user, name = (text.encode(encoding) for text in ("web01.shop.test", "SHOP\\admin", program))
    return attribute(maker.CLIENT_INFO, tlv(0x30, maker.number(9), tlv(tag, machine), tlv(tag, user), tlv(tag, name)))


def provider():
    words = "Microsoft Software Key Storage Provider".encode("utf-16-be")
    return attribute(
        oid("2b0601040182370d0202"), tlv(0x30, maker.number(1), tlv(maker.BMP, words), tlv(BIT_STRING, b"\0"))
    )


def extensions(*names, request=maker.EXTENSION_REQUEST):
    """As certreq asks for them: usage, the type of the template, names marked critical, key identifier."""
    wanted = [extension(maker.ALT_NAME, tlv(0x30, *names), critical=True)] if names else []
    return asks_for(
        extension(oid("551d0f"), bytes.fromhex("030205a0"), critical=True),
        extension(oid("2b0601040182371402"), tlv(maker.BMP, "WebServer".encode("utf-16-be"))),
        *wanted,
        extension(maker.KEY_IDENTIFIER, tlv(4, bytes(20))),
        request=request,
    )


def windows(*more, program=CERTREQ, subject=(NAME,), **options):
    attributes = b"".join([os_version(), client_info(program), provider(), *more])
    return maker.make_csr(*subject, attributes=attributes, **options)


@pytest.mark.parametrize(("program", "software"), [(CERTREQ, "Windows"), ("MMC.EXE", "Windows"), (IIS, "IIS")])
@pytest.mark.parametrize("request_oid", [maker.EXTENSION_REQUEST, maker.MICROSOFT_EXTENSION_REQUEST])
def test_all_attributes_of_windows_are_tolerated(program, software, request_oid):
    names = extensions(dns(b"www.shop.test"), dns(b"shop.test"), request=request_oid)

    request = read(windows(names, program=program))

    assert (request.common_name, request.dns_names, request.made_by) == ("www.shop.test", ("shop.test",), software)
    assert [str(note) for note in request.ignored] == [
        "The key usages in the CSR are not used: the certificate gets those of a server.",
        "Other extensions that the CSR asks for are not used.",
    ]


def test_old_windows_leaves_its_version_only():
    request = read(maker.make_csr(NAME, attributes=os_version(b"5.2.3790.2") + provider()))

    assert request.made_by == "Windows"


def test_the_program_is_known_in_utf_16_as_well():
    request = read(maker.make_csr(NAME, attributes=client_info(IIS, "utf-16-be", maker.BMP)))

    assert request.made_by == "IIS"


def test_names_and_organization_are_read_in_the_string_types_of_windows():
    subject = (
        part(maker.ORGANIZATION, "例示株式会社".encode("utf-16-be"), maker.BMP),
        part(maker.COMMON_NAME, "www.shop.test".encode("utf-16-be"), maker.BMP),
    )

    request = read(windows(subject=subject))

    assert (request.common_name, request.organization) == ("www.shop.test", "例示株式会社")


def test_a_subject_without_names_but_with_sans():
    request = read(windows(extensions(dns(b"www.shop.test")), subject=()))

    assert (request.common_name, request.dns_names) == ("", ("www.shop.test",))


def test_unknown_parts_of_the_subject_are_passed_over():
    request = read(windows(subject=(part(oid("2a0304"), b"test", maker.PRINTABLE), NAME)))

    assert request.common_name == "www.shop.test"


def test_ip_addresses_among_the_names_are_dropped():
    request = read(windows(extensions(tlv(0x87, bytes([192, 168, 0, 1])), dns(b"shop.test"))))

    assert request.dns_names == ("shop.test",)
    assert "The IP addresses in the CSR are left out" in str(request.ignored[0])


@pytest.mark.parametrize("program", [CERTREQ, IIS])
def test_the_software_is_told_of_a_refused_csr_too(program):
    with pytest.raises(CsrRefused) as refusal:
        read(windows(extensions(dns(b"www.example.com")), program=program, public_key=maker.unknown_key()))

    software = {CERTREQ: "Windows", IIS: "IIS"}[program]
    assert (refusal.value.made_by, refusal.value.names) == (software, ("www.example.com",))
