"""WHOIS: the way from IANA's server to the contacts, and what servers do wrong."""

import asyncio
import contextlib
import socket
import time

import pytest

from domains import whois
from domains.whois import Contacts, contacts
from sslportal.kit.names import NameRefused
from tests.whois_server import IANA, REGISTRAR, REGISTRY, WhoisServer, drip, endless, hang_up, silence

TOP = f"""\
% IANA WHOIS server

refer:        {REGISTRY}

domain:       COM

organisation: A Registry
contact:      administrative
e-mail:       info@registry.example.org

whois:        {REGISTRY}

status:       ACTIVE
"""
THICK = """\
Domain Name: EXAMPLE.COM
Registrar WHOIS Server: 127.0.0.4
Registrant Email: Domains@Example.com
Admin Email: admin@example.com
Tech Email: admin@example.com
"""
THIN = """\
   Domain Name: EXAMPLE.COM
   Registrar WHOIS Server: 127.0.0.4
   Registrar URL: http://www.registrar.example.net
   Registrar Abuse Contact Email: abuse@registrar.example.net
   Name Server: NS1.EXAMPLE.COM
>>> Last update of whois database: 2026-01-01T00:00:00Z <<<
"""
REDACTED = """\
Domain Name: example.com
Registrant Email: REDACTED FOR PRIVACY
Admin Email: https://www.registrar.example.net/contact/example.com
Tech Email: Please query the RDDS service of the Registrar of Record identified in this output
Registrar Abuse Contact Email: abuse@example.com
"""


@pytest.fixture
def whois_server(settings):
    """The three servers, which know .com. Their addresses are the only ones that the guard lets pass."""
    with WhoisServer() as server:
        settings.WHOIS_SERVER, settings.WHOIS_PORT = f"{IANA}:{server.port}", server.port
        settings.EGRESS_NETWORKS = [f"{host}/32" for host in (IANA, REGISTRY, REGISTRAR)]
        server.answers[IANA, "com"] = TOP
        yield server


def test_the_registry_is_found_through_iana(whois_server):
    whois_server.answers[REGISTRY, "example.com"] = THICK

    assert contacts("example.com") == Contacts(("domains@example.com", "admin@example.com"), (IANA, REGISTRY), "", "")
    assert whois_server.heard == [(IANA, b"com\r\n"), (REGISTRY, b"example.com\r\n")]


def test_the_registrar_is_asked_where_the_registry_shows_nobody(whois_server):
    whois_server.answers[REGISTRY, "example.com"] = THIN
    whois_server.answers[REGISTRAR, "example.com"] = THICK

    found = contacts("example.com")

    assert (found.addresses, found.problem) == (("domains@example.com", "admin@example.com"), "")
    assert found.asked == (IANA, REGISTRY, REGISTRAR)
    assert whois_server.heard[2:] == [(REGISTRAR, b"example.com\r\n")]


@pytest.mark.parametrize("text", ["*.WWW.Example.co.jp.", "example.co.jp"])
def test_the_registrable_domain_is_asked_for(whois_server, text):
    whois_server.answers[IANA, "jp"] = TOP

    contacts(text)

    assert whois_server.heard == [(IANA, b"jp\r\n"), (REGISTRY, b"example.co.jp\r\n")]


def test_an_internationalized_name_is_asked_for_in_ascii(whois_server):
    whois_server.answers[IANA, "xn--p1ai"] = TOP

    contacts("www.президент.рф")

    assert whois_server.heard == [(IANA, b"xn--p1ai\r\n"), (REGISTRY, b"xn--d1abbgf6aiiy.xn--p1ai\r\n")]


@pytest.mark.parametrize(
    "text", ["", "com", "example.com\r\nDROP", "-x.com", "ex ample.com", "192.0.2.1", "server.local"]
)
def test_what_is_no_domain_is_never_sent(whois_server, text):
    with pytest.raises(NameRefused):
        contacts(text)

    assert whois_server.heard == []


@pytest.mark.parametrize(
    "query", ["", "-h\r\n", "a b.com", "example.com/e", "EXAMPLE.com", "exämple.com", "a..com", "com."]
)
def test_nothing_but_ldh_names_goes_over_the_wire(query):
    async def send():
        await whois._exchange(asyncio.StreamReader(), None, query)

    with pytest.raises(ValueError, match="LDH"):
        asyncio.run(send())


def test_what_is_redacted_is_no_contact(whois_server):
    whois_server.answers[REGISTRY, "example.com"] = THIN
    whois_server.answers[REGISTRAR, "example.com"] = REDACTED

    found = contacts("example.com")

    assert (found.addresses, found.problem) == ((), "no-contact")
    assert found.detail == f"{REGISTRAR} shows no address of a contact that may be written to"


def test_a_domain_that_nobody_registered_has_no_contact(whois_server):
    assert contacts("example.com").problem == "no-contact"


@pytest.mark.parametrize(
    "answer",
    [
        *("", "% This query returned 0 objects.\n", "whois:\n", "whois: a server\n", "whois: http://127.0.0.3/\n"),
        *("whois: 127.0.0.3:4343\n", "whois: ../../etc\n", "whois: a@127.0.0.3\n", "refer: [127.0.0.3]\n", "x" * 5000),
    ],
)
def test_a_top_level_domain_may_have_no_server(whois_server, answer):
    whois_server.answers[IANA, "com"] = answer

    found = contacts("example.com")

    assert (found.problem, found.asked) == ("no-server", (IANA,))
    assert found.detail == f"{IANA} names no WHOIS server for .com"


@pytest.mark.parametrize("written", ["whois://127.0.0.3/", "127.0.0.3:43", "127.0.0.3."])
def test_a_referral_may_be_written_in_several_ways(whois_server, written):
    whois_server.answers[IANA, "com"] = f"refer:\r\nWHOIS:   {written}  \r\n"
    whois_server.answers[REGISTRY, "example.com"] = THICK

    assert contacts("example.com").problem == ""


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.0.0.5", "10.0.0.1", "169.254.169.254", "0.0.0.0", "127.1", "2130706433", "0x7f000001"],  # noqa: S104
)
def test_a_referral_to_what_is_not_public_is_refused(whois_server, host):
    whois_server.answers[REGISTRY, "example.com"] = THIN.replace("127.0.0.4", host)

    found = contacts("example.com")

    assert (found.problem, found.asked, found.addresses) == ("refused-address", (IANA, REGISTRY), ())
    assert found.detail.startswith(f"{host}: ")


def test_the_registry_is_a_stranger_too(whois_server, settings):
    settings.EGRESS_NETWORKS = [f"{IANA}/32"]

    assert contacts("example.com").problem == "refused-address"


def test_hosts_are_looked_up_in_dns(whois_server, dns_server, settings):
    dns_server.zone["A", "whois.iana.example.org"] = [IANA]
    dns_server.zone["A", "whois.nic.example.org"] = [REGISTRY]
    settings.WHOIS_SERVER = f"whois.iana.example.org:{whois_server.port}"
    whois_server.answers[IANA, "com"] = "whois: WHOIS.nic.example.org\n"
    whois_server.answers[REGISTRY, "example.com"] = THICK

    found = contacts("example.com")

    assert found.asked == ("whois.iana.example.org", "whois.nic.example.org")
    assert found.addresses == ("domains@example.com", "admin@example.com")


def test_another_address_is_tried_where_the_first_does_not_answer(whois_server, dns_server, settings):
    dns_server.zone["A", "whois.nic.example.org"] = ["127.0.0.5", REGISTRY]
    settings.EGRESS_NETWORKS = ["127.0.0.0/8"]
    whois_server.answers[IANA, "com"] = "whois: whois.nic.example.org\n"
    whois_server.answers[REGISTRY, "example.com"] = THICK

    assert contacts("example.com").problem == ""


@pytest.mark.parametrize(("addresses", "problem"), [(["192.168.0.1"], "refused-address"), ([], "connect")])
def test_a_host_that_dns_leads_elsewhere_or_nowhere_ends_the_search(whois_server, dns_server, addresses, problem):
    dns_server.zone["A", "whois.nic.example.org"] = addresses
    whois_server.answers[IANA, "com"] = "whois: whois.nic.example.org\n"

    found = contacts("example.com")

    assert (found.problem, found.asked) == (problem, (IANA,))
    assert found.detail.startswith("whois.nic.example.org: ")


@pytest.mark.parametrize("behaviour", [silence, drip])
def test_a_server_that_is_too_slow_is_left(whois_server, monkeypatch, behaviour):
    monkeypatch.setattr(whois, "WHOLE_TIMEOUT", 0.2)
    whois_server.answers[REGISTRY, "example.com"] = behaviour

    began = time.monotonic()
    found = contacts("example.com")

    assert (found.problem, found.detail) == ("timeout", f"{REGISTRY} did not answer in time")
    assert found.asked == (IANA, REGISTRY)
    assert time.monotonic() - began < 3


@pytest.fixture
def full_server(whois_server, settings):
    """An address of the referrals' port at which connections are no longer taken: its queue is full."""
    settings.EGRESS_NETWORKS = ["127.0.0.0/8"]
    with socket.socket() as listening, contextlib.ExitStack() as waiting:
        listening.bind(("127.0.0.5", whois_server.port))
        listening.listen(0)
        for _ in range(3):
            one = waiting.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(listening.getsockname())
        yield "127.0.0.5"


def test_an_address_that_takes_no_connection_is_left(whois_server, full_server, monkeypatch):
    monkeypatch.setattr(whois, "CONNECT_TIMEOUT", 0.2)
    whois_server.answers[IANA, "com"] = f"whois: {full_server}\n"

    found = contacts("example.com")

    assert (found.problem, found.asked) == ("timeout", (IANA,))


def test_it_is_left_for_the_next_address(whois_server, full_server, dns_server, monkeypatch):
    monkeypatch.setattr(whois, "CONNECT_TIMEOUT", 0.2)
    dns_server.zone["A", "whois.nic.example.org"] = [full_server, REGISTRY]
    whois_server.answers[IANA, "com"] = "whois: whois.nic.example.org\n"
    whois_server.answers[REGISTRY, "example.com"] = THICK

    assert contacts("example.com").problem == ""


def test_the_times_and_sizes_are_small():
    assert (whois.CONNECT_TIMEOUT, whois.WHOLE_TIMEOUT, whois.LARGEST) == (5, 10, 64 * 1024)


def test_an_endless_answer_is_cut_off(whois_server):
    whois_server.answers[REGISTRY, "example.com"] = endless

    found = contacts("example.com")

    assert (found.problem, found.addresses) == ("too-long", ())
    assert found.detail == f"{REGISTRY} answers with more than 65536 bytes"


@pytest.mark.parametrize(("length", "problem"), [(64 * 1024, ""), (64 * 1024 + 1, "too-long")])
def test_an_answer_has_at_most_64_kilobytes(whois_server, length, problem):
    whois_server.answers[REGISTRY, "example.com"] = THICK.ljust(length, "\n")

    assert contacts("example.com").problem == problem


def test_a_server_that_hangs_up_is_a_problem_of_the_connection(whois_server):
    whois_server.answers[REGISTRY, "example.com"] = hang_up

    found = contacts("example.com")

    assert (found.problem, found.asked) == ("connect", (IANA, REGISTRY))
    assert found.detail == f"{REGISTRY}: Connection reset by peer"


def test_nobody_listening_is_a_problem_of_the_connection(whois_server, settings):
    settings.EGRESS_NETWORKS = ["127.0.0.0/8"]
    whois_server.answers[IANA, "com"] = "whois: 127.0.0.5\n"

    found = contacts("example.com")

    assert (found.problem, found.asked) == ("connect", (IANA,))
    assert found.detail.startswith("127.0.0.5: ")


def test_what_the_registrar_does_wrong_is_the_problem(whois_server):
    whois_server.answers[REGISTRY, "example.com"] = THIN
    whois_server.answers[REGISTRAR, "example.com"] = hang_up

    assert contacts("example.com").problem == "connect"


def test_never_more_than_three_servers_are_asked(whois_server):
    whois_server.answers[REGISTRY, "example.com"] = THIN
    whois_server.answers[REGISTRAR, "example.com"] = THIN.replace(REGISTRAR, REGISTRY)

    found = contacts("example.com")

    assert found.asked == (IANA, REGISTRY, REGISTRAR)
    assert len(whois_server.heard) == 3


def test_a_registry_that_refers_to_itself_is_asked_once(whois_server):
    whois_server.answers[REGISTRY, "example.com"] = THIN.replace(REGISTRAR, REGISTRY)

    found = contacts("example.com")

    assert (found.asked, found.problem) == ((IANA, REGISTRY), "no-contact")


def test_iana_may_be_the_registry_itself(whois_server):
    whois_server.answers[IANA, "int"] = f"whois: {IANA}\n"
    whois_server.answers[IANA, "example.int"] = (
        "domain: EXAMPLE.INT\n\ncontact: administrative\nname: A\ne-mail: one@example.int\n\n"
        "contact: technical\ne-mail: two@example.int\n"
    )

    assert contacts("example.int").addresses == ("one@example.int", "two@example.int")


@pytest.mark.parametrize(
    "answer",
    [
        THICK.replace("\n", "\r\n").encode(),
        THICK.replace("\n", "\r").encode(),
        b"Registrant Name: \xff\xfe\x00 M\xfcller\n" + THICK.encode(),
        "\ufeff".encode() + b"\n" + THICK.encode(),
        THICK.encode().removesuffix(b"\n"),
    ],
)
def test_line_ends_and_encodings_do_not_matter(whois_server, answer):
    whois_server.answers[REGISTRY, "example.com"] = answer

    assert contacts("example.com").addresses == ("domains@example.com", "admin@example.com")


def test_japanese_is_read(whois_server):
    answer = "Contact Information: [公開連絡窓口]\n[名前]\n[Email]   contact@example.com\n"
    whois_server.answers[REGISTRY, "example.com"] = answer.encode("iso2022_jp")

    assert contacts("example.com").addresses == ("contact@example.com",)


def test_the_first_server_may_have_a_port_of_its_own(whois_server, settings):
    settings.WHOIS_PORT = 1

    found = contacts("example.com")

    assert (found.asked, found.problem) == ((IANA,), "connect")
    assert found.detail.startswith(f"{REGISTRY}: ")


def test_without_one_it_has_the_usual(whois_server, settings):
    settings.WHOIS_SERVER = IANA
    whois_server.answers[REGISTRY, "example.com"] = THICK

    assert contacts("example.com").problem == ""


def test_it_may_be_called_where_an_event_loop_runs(whois_server):
    whois_server.answers[REGISTRY, "example.com"] = THICK

    async def within_a_loop():
        return contacts("example.com")

    assert asyncio.run(within_a_loop()) == contacts("example.com")
