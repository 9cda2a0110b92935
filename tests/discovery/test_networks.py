"""Where the portal may scan: in the networks that the operator names, whatever people write and DNS says."""

import asyncio

import pytest
from django.urls import reverse

from discovery import networks
from discovery.forms import ScanForm
from discovery.models import Scan
from discovery.scanner.results import Failure
from discovery.scanner.targets import parse
from discovery.states import Place


@pytest.fixture(autouse=True)
def _networks(settings):
    settings.SCAN_NETWORKS = ["10.1.0.0/20", "192.0.2.128/25", "fd00:1::/32"]


def refused(include, exclude=""):
    """The stretches of addresses that are named as those outside."""
    return [sentence.split()[5].rstrip(",") for sentence in networks.refused(parse(include, exclude))]


@pytest.mark.parametrize(
    "include",
    [
        *("10.1.0.0", "10.1.2.3", "10.1.0.0/20", "10.1.0.0-10.1.15.255", "192.0.2.128/25", "fd00:1::5", "fd00:1::/120"),
        *("10.1.0.1, 192.0.2.200, fd00:1::1", "::ffff:10.1.0.1", "www.example.com"),
    ],
)
def test_what_is_inside_may_be_scanned(include):
    assert refused(include) == []


@pytest.mark.parametrize(
    ("include", "named"),
    [
        ("10.2.0.1", ["10.2.0.1"]),
        ("127.0.0.1, 169.254.169.254", ["127.0.0.1", "169.254.169.254"]),
        ("192.0.2.0/24", ["192.0.2.0/25"]),
        ("10.1.15.250-10.1.16.5", ["10.1.16.0-10.1.16.5"]),
        ("10.0.255.255-10.1.16.0", ["10.0.255.255", "10.1.16.0"]),
        ("fd00:2::1, fd00:1::1", ["fd00:2::1"]),
        ("::1", ["::1"]),
        ("::ffff:127.0.0.1", ["127.0.0.1"]),
    ],
)
def test_what_is_outside_is_named(include, named):
    assert refused(include) == named


def test_what_is_excluded_may_lie_outside():
    assert refused("192.0.2.0/24", "192.0.2.0-192.0.2.127") == []


@pytest.mark.parametrize("disguise", ["::ffff:7f00:0/120", "64:ff9b::7f00:0/120", "2002:7f00::/120", "::7f00:0/120"])
def test_a_network_of_ipv6_allows_no_ipv4_in_its_clothes(settings, disguise):
    settings.SCAN_NETWORKS = ["::/0"]

    assert len(refused(disguise)) == 1
    assert refused("2001:db8::1") == []


def test_without_networks_nothing_may_be_scanned(settings):
    settings.SCAN_NETWORKS = []

    assert networks.refused(parse("www.example.com")) == [
        "The portal does not scan any network itself. Run the scan on your own computer."
    ]


# Names


def resolved(name, *excluded):
    return asyncio.run(networks.Names(excluded)(name))


def failure(name, *excluded):
    with pytest.raises(Failure) as failed:
        resolved(name, *excluded)
    return failed.value.outcome, failed.value.detail


def test_a_name_leads_to_its_addresses_inside_only(dns_server):
    dns_server.zone["A", "www.example.com"] = ["10.2.0.1", "10.1.0.1", "127.0.0.1"]
    dns_server.zone["AAAA", "www.example.com"] = ["fd00:1::1", "::1", "::ffff:10.1.0.9"]

    assert sorted(resolved("www.example.com")) == ["10.1.0.1", "::ffff:10.1.0.9", "fd00:1::1"]
    assert sorted(question.kind for question in dns_server.questions) == ["A", "AAAA"]


@pytest.mark.parametrize(("kind", "address"), [("A", "169.254.169.254"), ("AAAA", "::1"), ("AAAA", "::ffff:7f00:1")])
def test_a_name_that_leads_outside_is_not_touched(dns_server, kind, address):
    dns_server.zone[kind, "www.example.com"] = [address]

    assert failure("www.example.com") == ("excluded", "not in a network that the portal may scan")


def test_a_name_without_addresses_leads_nowhere(dns_server):
    assert resolved("www.example.com") == []


@pytest.mark.parametrize("why", ["SERVFAIL", "bogus"])
def test_dns_that_does_not_answer_is_told_from_a_name_that_is_not_there(dns_server, why):
    dns_server.fails["www.example.com"] = why

    assert failure("www.example.com") == ("no-address", "DNS did not answer")


def test_half_an_answer_is_enough_to_scan_but_not_to_exclude(dns_server):
    dns_server.zone["A", "www.example.com"] = ["10.1.0.1"]
    dns_server.fails["AAAA", "www.example.com"] = "SERVFAIL"

    assert resolved("www.example.com") == ["10.1.0.1"]
    assert failure("www.example.com", "www.example.com") == ("no-address", "DNS did not answer")


# The form


WANTED = {"include": "10.1.0.0/24", "speed": "normal", "save_as": "replace", "place": "portal", "every": "never"}


def errors(**answers):
    return ScanForm(WANTED | answers).errors


def test_the_form_says_what_lies_outside_and_what_is_allowed():
    assert errors(include="10.1.0.0/24, 127.0.0.1")["include"] == [
        "The portal may not scan 127.0.0.1, but only 10.1.0.0/20, 192.0.2.128/25, fd00:1::/32."
        " Leave them out, or run the scan on your own computer."
    ]


def test_from_ones_own_computer_everything_may_be_scanned():
    assert errors(include="127.0.0.1", place="computer") == {}


def test_a_scan_on_the_portal_is_set_up(people, sign_in):
    answer = sign_in(people.stan).post(reverse("discovery:new"), WANTED)

    scan = Scan.objects.get()
    assert (answer.url, scan.place, scan.total) == (scan.get_absolute_url(), Place.PORTAL, 256)


def test_without_networks_there_is_no_choice(settings, people, sign_in):
    settings.SCAN_NETWORKS = []
    person = sign_in(people.stan)

    assert "Run the scan on" not in person.get(reverse("discovery:new")).text
    person.post(reverse("discovery:new"), WANTED)
    assert Scan.objects.get().place == Place.COMPUTER
