"""What is to be scanned is read as people write it, counted without being written out, and refused with a reason."""

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.scanner.problems import SENTENCES, Problem
from discovery.scanner.targets import BadTargets, Endpoint, parse


def hosts(include, exclude=""):
    return [endpoint.host for endpoint in parse(include, exclude).endpoints()]


def problems(include, exclude="", ports=""):
    with pytest.raises(BadTargets) as caught:
        parse(include, exclude, ports)
    return [(problem.code, problem.entry) for problem in caught.value.problems]


@pytest.mark.parametrize(
    "text",
    [
        "192.0.2.1,192.0.2.2",
        "192.0.2.1;192.0.2.2",
        "192.0.2.1\n192.0.2.2",
        "192.0.2.1 , ;\r\n 192.0.2.2\n",
        "192.0.2.1 192.0.2.2",
    ],
)
def test_entries_are_parted_by_commas_semicolons_and_lines(text):
    assert hosts(text) == ["192.0.2.1", "192.0.2.2"]


def test_addresses_names_and_ipv6_are_taken():
    assert hosts("WWW.Example.com. 2001:DB8::1 [2001:db8::2] 192.0.2.1") == [
        "www.example.com",
        "192.0.2.1",
        "2001:db8::1",
        "2001:db8::2",
    ]


def test_a_name_is_told_from_an_address():
    assert list(parse("www.example.com 192.0.2.1").endpoints()) == [
        Endpoint("", 443, "www.example.com"),
        Endpoint("192.0.2.1", 443),
    ]


def test_a_name_may_have_hyphens():
    assert hosts("my-host-1.example.com db_1") == ["my-host-1.example.com", "db_1"]


@pytest.mark.parametrize("text", ["192.0.2.254-192.0.3.1", "192.0.2.254 - 192.0.3.1", "192.0.2.254–192.0.3.1"])
def test_a_range_has_both_its_ends(text):
    assert hosts(text) == ["192.0.2.254", "192.0.2.255", "192.0.3.0", "192.0.3.1"]


def test_the_range_and_the_network_of_the_guide_are_the_same():
    assert hosts("192.168.12.0-192.168.13.255") == hosts("192.168.12.0/23")


def test_a_network_may_be_written_by_any_of_its_addresses():
    assert hosts("10.64.44.1/30") == ["10.64.44.0", "10.64.44.1", "10.64.44.2", "10.64.44.3"]


def test_the_exclusion_of_the_guide_leaves_the_rest():
    left = hosts("10.64.44.1/24", "10.64.44.1-10.64.44.20")

    assert left == ["10.64.44.0", *(f"10.64.44.{last}" for last in range(21, 256))]


def test_an_excluded_name_is_left_out():
    assert hosts("a.example.com b.example.com", "B.example.com") == ["a.example.com"]


def test_what_is_named_twice_is_scanned_once():
    assert hosts("192.0.2.0/31 192.0.2.1 192.0.2.0-192.0.2.1 ::ffff:192.0.2.1 a.test A.test") == [
        "a.test",
        "192.0.2.0",
        "192.0.2.1",
    ]


def test_ports_stand_beside_443():
    endpoints = parse("192.0.2.1 a.test", ports="8443, 9000-9001;8443").endpoints()

    assert [(endpoint.host, endpoint.port) for endpoint in endpoints] == [
        (host, port) for port in (443, 8443, 9000, 9001) for host in ("a.test", "192.0.2.1")
    ]


def test_fifty_addresses_and_two_ports_are_150():
    assert parse("192.0.2.1-192.0.2.50", ports="8443 9443").count == 150


def test_the_limit_is_the_hosts_of_a_network_of_16_bits():
    largest = parse("10.20.0.0/16")

    assert largest.count == 65_534
    assert next(largest.endpoints()).host == "10.20.0.1"
    assert next(largest.endpoints(65_533)).host == "10.20.255.254"


def test_one_pair_too_many_is_refused_with_the_number():
    with pytest.raises(BadTargets) as caught:
        parse("10.20.0.0-10.20.255.254")

    assert str(caught.value) == (
        "These are 65,535 pairs of address and port; at most 65,534 can be scanned at once."
        " Leave out addresses or ports, or make several scans of it."
    )


def test_a_huge_network_is_counted_without_being_written_out():
    assert problems("2001:db8::/32") == [("too-many", "")]


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ("256.1.1.1", "number"),
        ("1.2.3", "number"),
        ("https://www.example.com/", "url"),
        ("www.example.com/path", "url"),
        ("www.example.com:8443", "has-port"),
        ("[2001:db8::1]:8443", "has-port"),
        ("*.example.com", "wildcard"),
        ("müller.example", "not-ascii"),
        ("a..example.com", "not-an-address"),
        ("-a.example.com", "not-an-address"),
        ("a" * 64 + ".example.com", "not-an-address"),
        ("fe80::1%eth0", "not-an-address"),
        ("10.0.0.1-20", "short-range"),
        ("10.0.0.9-10.0.0.1", "backwards"),
        ("::1-10.0.0.1", "mixed-range"),
        ("10.0.0.0/33", "network"),
        ("10.0.0.0/", "network"),
        ("10.0.0.0/8/9", "network"),
        ("0.0.0.0", "not-a-host"),  # noqa: S104
        ("239.1.1.1", "not-a-host"),
        ("223.255.255.255-224.0.0.1", "not-a-host"),
        ("0.0.0.0/0", "not-a-host"),
        ("ff02::1", "not-a-host"),
    ],
)
def test_a_wrong_entry_is_named_with_its_reason(entry, code):
    assert problems(f"192.0.2.1, {entry}") == [(code, entry)]


@pytest.mark.parametrize("entry", ["0", "65536", "x", "20-10", "-1", "443.5"])
def test_a_wrong_port_is_named(entry):
    assert problems("192.0.2.1", ports=entry) == [("port", entry)]


def test_all_that_is_wrong_is_said_at_once():
    assert problems("10.0.0.1-20 a:1", "*.b", "0") == [
        ("short-range", "10.0.0.1-20"),
        ("has-port", "a:1"),
        ("wildcard", "*.b"),
        ("port", "0"),
    ]


@pytest.mark.parametrize(
    ("include", "exclude"), [("", ""), (" , ;", ""), ("10.0.0.1", "10.0.0.0/8"), ("a.test", "a.test")]
)
def test_nothing_to_scan_is_said(include, exclude):
    assert problems(include, exclude) == [("nothing", "")]


def test_multicast_may_be_excluded():
    assert hosts("192.0.2.1", "224.0.0.0/3") == ["192.0.2.1"]


def test_each_reason_has_its_sentence():
    for code in SENTENCES:
        assert "{" not in Problem(code, "entry", "detail").sentence


def test_an_excluded_address_is_told_however_it_is_written():
    excluded = parse("192.0.2.1", "10.0.0.0/8 2001:db8::/32").excluded

    assert [excluded.has(address) for address in ("10.1.1.1", "::ffff:10.1.1.1", "2001:db8::5", "2001:db8:0::5")] == [
        True
    ] * 4
    assert not any(excluded.has(address) for address in ("9.255.255.255", "11.0.0.0", "::a00:1", "2001:db9::"))


OCTETS = st.integers(0, 300).map(lambda number: f"10.9.{number // 256}.{number % 256}")
ENTRIES = st.one_of(
    OCTETS,
    st.tuples(OCTETS, OCTETS).map(lambda ends: "-".join(sorted(ends, key=lambda ip: [*map(int, ip.split("."))]))),
    st.tuples(OCTETS, st.integers(22, 32)).map(lambda parts: f"{parts[0]}/{parts[1]}"),
    st.sampled_from(["a.test", "b.test"]),
)


def written_out(entries):
    """By another way, and only where it is small."""
    found = set()
    for entry in entries:
        found.update(hosts(entry))
    return found


@given(st.lists(ENTRIES, min_size=1, max_size=5), st.lists(ENTRIES, max_size=5), st.sampled_from(["", "8443", "1-3"]))
def test_the_count_is_the_number_of_endpoints_and_each_is_there_once(include, exclude, ports):
    wanted = written_out(include) - written_out(exclude)
    if not wanted:
        assert problems(",".join(include), ",".join(exclude), ports) == [("nothing", "")]
        return

    parsed = parse(",".join(include), ",".join(exclude), ports)

    everything = list(parsed.endpoints())
    assert parsed.count == len(everything) == len(set(everything))
    assert {endpoint.host for endpoint in everything} == wanted
    for start in (1, len(wanted), len(everything) - 1, len(everything)):
        assert list(islice(parsed.endpoints(start), 5)) == everything[start : start + 5]


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text):
    for arguments in ((text,), ("192.0.2.1", text), ("192.0.2.1", "", text)):
        try:
            said = parse(*arguments).count
        except BadTargets as bad:
            said = str(bad)
        assert said
