"""`manage.py dns check` and `manage.py dns ask`."""

import io

import pytest
from django.core.management import CommandError, call_command

from sslportal.kit import dns_exchange
from tests.dns_server import closed_port


def told(*words: str) -> list[str]:
    out = io.StringIO()
    call_command("dns", *words, stdout=out)
    return out.getvalue().splitlines()


def refused(*words: str) -> tuple[str, list[str]]:
    out = io.StringIO()
    with pytest.raises(CommandError) as error:
        call_command("dns", *words, stdout=out)
    assert error.value.returncode == 1
    return str(error.value), out.getvalue().splitlines()


def test_a_server_that_validates_is_good(dns_server, settings):
    settings.DNS_VALIDATION = "required"
    dns_server.is_secure = True

    first, second = told("check")

    assert first == "DNSSEC validation: required"
    assert second.startswith(f"{dns_server.address}  validates DNSSEC  ")
    assert second.endswith(" ms  NOERROR")


def test_one_that_does_not_is_good_only_where_that_is_not_required(dns_server, settings):
    assert told("check")[1].startswith(f"{dns_server.address}  does not validate DNSSEC  ")

    settings.DNS_VALIDATION = "required"

    assert refused("check")[0] == f"Not to be used as they are: {dns_server.address}"


def test_one_that_is_not_there_is_not_good(dns_server, settings, monkeypatch):
    monkeypatch.setattr(dns_exchange, "SECONDS", 0.2)
    nobody = f"127.0.0.1:{closed_port()}"
    settings.DNS_SERVERS = [dns_server.address, nobody]

    why, lines = refused("check")

    assert why == f"Not to be used as they are: {nobody}"
    assert lines[2].startswith(f"{nobody}  does not work  ")


def test_without_a_server_there_is_nothing_to_check(settings, monkeypatch):
    settings.DNS_SERVERS = []
    monkeypatch.setattr("dns.resolver.Resolver.read_resolv_conf", lambda *args: None)

    assert refused("check")[0] == "No DNS server is known: set PORTAL_DNS_SERVERS."


def test_an_answer_is_printed(dns_server):
    dns_server.zone["CNAME", "www.example.com"] = ["example.net"]
    dns_server.zone["TXT", "example.net"] = ["a \x1b[31m token"]

    assert told("ask", "txt", "www.example.com") == [
        "TXT www.example.com: found (NOERROR)",
        f"asked {dns_server.address}, not proven by DNSSEC",
        "alias example.net",
        '60 TXT "a \\027[31m token"',
    ]


def test_an_absence_is_an_answer(dns_server):
    assert told("ask", "CAA", "example.com")[0] == "CAA example.com: no-name (NXDOMAIN)"


@pytest.mark.parametrize(("name", "outcome"), [("broken.example.com", "failed"), ("a..b", "bad-name")])
def test_a_failure_is_none(dns_server, name, outcome):
    dns_server.fails["broken.example.com"] = "SERVFAIL"

    assert refused("ask", "TXT", name)[0] == f"There is no answer that may be believed: {outcome}"


def test_a_kind_that_does_not_exist_is_refused():
    with pytest.raises(CommandError, match="there is no kind of record “TEXT”"):
        told("ask", "TEXT", "example.com")
