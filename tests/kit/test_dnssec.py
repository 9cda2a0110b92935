"""DNSSEC with a real validating resolver: unbound, over a root of our own, whose names are good, forged, stale, unsigned.

One unbound serves the zones to itself as a copy of the root does (RFC 8806), so that it must validate all of them.
"""

import contextlib
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dns.dnssec
import dns.name
import dns.rdata
import dns.rdataset
import dns.zone
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from sslportal.embedded import testing
from sslportal.kit import dns as kit_dns
from sslportal.kit import dns_exchange
from sslportal.kit.dns import Outcome, ask_now, texts

DAY = timedelta(days=1)
SOA = "@ 3600 IN SOA ns. hostmaster. 1 3600 600 86400 60"
ROOT = f"""
{SOA}
@ 3600 IN NS ns.
ns 3600 IN A 127.0.0.1
example 300 IN TXT "a name, since unbound proves no absence below an empty one"
good.example 300 IN TXT "token"
good.example 300 IN CAA 0 issue "ca.example.net"
alias.example 300 IN CNAME good.example.
to-unsigned.example 300 IN CNAME www.unsigned.
to-forged.example 300 IN CNAME forged.example.
forged.example 300 IN TXT "token"
stale.example 300 IN TXT "token"
early.example 300 IN TXT "token"
stripped.example 300 IN TXT "token"
*.wild.example 300 IN TXT "token"
large.example 300 IN TXT {" ".join(['"' + "x" * 250 + '"'] * 30)}
unsigned 3600 IN NS ns.
naked 3600 IN NS ns.
broken 3600 IN NS ns.
signed 3600 IN NS ns.
"""
BELOW = f"""
{SOA}
@ 3600 IN NS ns.
www 300 IN TXT "token"
"""


@pytest.fixture(scope="module")
def unbound(tmp_path_factory):
    """Addresses of unbound: "validating", "terse" (the same without Extended DNS Errors) and "plain" (it validates nothing)."""
    if "unbound" in testing.missing():
        pytest.skip("no unbound on this machine; install unbound")
    folder = tmp_path_factory.mktemp("unbound")
    anchor = write_zones(folder)
    # A copy: Debian's AppArmor lets the one in /usr/sbin read nothing but its own folder
    program = shutil.copy(testing._path_of("unbound"), folder / "unbound")
    with contextlib.ExitStack() as stack:
        yield {
            "validating": stack.enter_context(running(program, folder, anchor)),
            "terse": stack.enter_context(running(program, folder, anchor, ede="no")),
            "plain": stack.enter_context(running(program, folder, anchor, modules="iterator")),
        }


@pytest.fixture(autouse=True)
def _asks_unbound(settings, unbound):
    settings.DNS_SERVERS, settings.DNS_VALIDATION = [unbound["validating"]], "required"
    kit_dns.forget_proofs()


# The zones


@dataclass
class Key:
    """A key that signs both keys and records, and its DNSKEY."""

    private: ec.EllipticCurvePrivateKey
    public: dns.rdata.Rdata

    @classmethod
    def new(cls):
        private = ec.generate_private_key(ec.SECP256R1())
        return cls(private, dns.dnssec.make_dnskey(private.public_key(), "ECDSAP256SHA256", flags=257))


def write_zones(folder: Path) -> str:
    """Write the zones; returns the trust anchor. Below the root all but one should be signed, and two are not as said."""
    key, below, other = Key.new(), Key.new(), Key.new()
    delegations = [f"{name} 3600 IN DS {ds(name, below)}" for name in ("signed", "broken", "naked")]
    zones = {
        "root": signed("\n".join([ROOT, *delegations]), ".", key),
        "signed": signed(BELOW, "signed.", below),
        "broken": signed(BELOW, "broken.", other),
        "naked": dns.zone.from_text(BELOW, "naked.", relativize=False),
        "unsigned": dns.zone.from_text(BELOW, "unsigned.", relativize=False),
    }
    spoil(zones["root"], key)
    for name, zone in zones.items():
        zone.to_file(folder / f"{name}.zone", relativize=False)
    return f". DNSKEY {key.public.to_text()}"


def ds(name: str, key: Key) -> str:
    return dns.dnssec.make_ds(f"{name}.", key.public, "SHA256").to_text()


def signed(text: str, origin: str, key: Key) -> dns.zone.Zone:
    zone = dns.zone.from_text(text, origin, relativize=False)
    now = datetime.now(UTC)
    with zone.writer() as txn:
        keys = [(key.private, key.public)]
        dns.dnssec.sign_zone(zone, txn, keys, add_dnskey=True, inception=now - DAY, expiration=now + DAY)
    return zone


def spoil(root: dns.zone.Zone, key: Key) -> None:
    """Make the names what they are called."""
    now = datetime.now(UTC)
    for name, (inception, expiration) in {
        "stale.example.": (now - 3 * DAY, now - DAY),
        "early.example.": (now + DAY, now + 3 * DAY),
    }.items():
        rrset = root.find_rrset(name, "TXT")
        signature = dns.dnssec.sign(
            rrset, key.private, dns.name.root, key.public, inception=inception, expiration=expiration
        )
        replace_signature(root, name, signature)
    signature = root.find_rdataset("forged.example.", "RRSIG", "TXT")[0]
    replace_signature(root, "forged.example.", signature.replace(signature=bytes(64)))
    root.delete_rdataset("stripped.example.", "RRSIG", "TXT")


def replace_signature(zone: dns.zone.Zone, name: str, signature: dns.rdata.Rdata) -> None:
    zone.replace_rdataset(name, dns.rdataset.from_rdata(300, signature))


# The program


@contextlib.contextmanager
def running(program: str, folder: Path, anchor: str, *, ede: str = "yes", modules: str = "validator iterator"):
    """Run unbound with a configuration of its own until the end of the block; gives its address."""
    port = free_port()
    zones = [(".", "root"), *((f"{name}.", name) for name in ("signed", "broken", "naked", "unsigned"))]
    file = folder / f"{port}.conf"
    file.write_text(
        f"""
server:
    directory: "{folder}"
    chroot: ""
    username: ""
    pidfile: ""
    use-syslog: no
    logfile: "{folder}/{port}.log"
    interface: 127.0.0.1@{port}
    access-control: 127.0.0.0/8 allow
    do-daemonize: no
    do-ip6: no
    num-threads: 1
    module-config: "{modules}"
    trust-anchor: "{anchor}"
    ede: {ede}
remote-control:
    control-enable: no
"""
        + "".join(
            f"""
auth-zone:
    name: "{name}"
    zonefile: "{folder}/{stem}.zone"
    for-downstream: no
    for-upstream: yes
    fallback-enabled: no
"""
            for name, stem in zones
        )
    )
    process = subprocess.Popen([program, "-d", "-c", file], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        wait_for(process, port)
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.communicate(timeout=10)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(process: subprocess.Popen, port: int) -> None:
    for _ in range(200):
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    process.kill()
    raise RuntimeError(f"unbound does not start: {process.communicate()[1].decode()}")


# What it says


def outcome(name: str, kind: str = "TXT") -> Outcome:
    return ask_now(name, kind).outcome


@pytest.mark.parametrize("name", ["good.example", "alias.example", "x.wild.example", "www.signed"])
def test_what_is_signed_is_secure(name):
    answer = ask_now(name, "TXT")

    assert (answer.outcome, answer.is_secure, texts(answer)) == (Outcome.FOUND, True, ["token"])


@pytest.mark.parametrize("name", ["www.unsigned", "to-unsigned.example"])
def test_what_is_provably_unsigned_is_found_and_not_secure(name):
    answer = ask_now(name, "TXT")

    assert (answer.outcome, answer.is_secure, texts(answer)) == (Outcome.FOUND, False, ["token"])


@pytest.mark.parametrize(
    ("name", "kind", "outcome", "is_secure"),
    [
        ("alias.example", "CAA", Outcome.FOUND, True),
        ("good.example", "A", Outcome.EMPTY, True),
        ("example", "CAA", Outcome.EMPTY, True),
        ("nothing.example", "CAA", Outcome.NO_NAME, True),
        ("www.unsigned", "CAA", Outcome.EMPTY, False),
        ("nothing.unsigned", "CAA", Outcome.NO_NAME, False),
        ("nothing.signed", "CAA", Outcome.NO_NAME, True),
    ],
)
def test_absence_is_proven_too(name, kind, outcome, is_secure):
    answer = ask_now(name, kind)

    assert (answer.outcome, answer.is_secure) == (outcome, is_secure)


def test_a_large_signed_answer_comes_over_tcp():
    answer = ask_now("large.example", "TXT")

    assert (answer.outcome, answer.is_secure, len(texts(answer)[0])) == (Outcome.FOUND, True, 7500)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("forged.example", "SERVFAIL, EDE 6 (DNSSEC Bogus)"),
        ("to-forged.example", "SERVFAIL, EDE 6 (DNSSEC Bogus)"),
        ("stale.example", "SERVFAIL, EDE 7 (Signature Expired)"),
        ("early.example", "SERVFAIL, EDE 8 (Signature Not Yet Valid)"),
        ("www.broken", "SERVFAIL, EDE "),
    ],
)
@pytest.mark.parametrize("kind", ["validating", "terse"])
def test_what_does_not_validate_is_bogus(unbound, settings, kind, name, says):
    settings.DNS_SERVERS = [unbound[kind]]

    answer = ask_now(name, "TXT")

    assert (answer.outcome, answer.records, answer.is_secure) == (Outcome.BOGUS, (), False)
    assert answer.detail.startswith(says if kind == "validating" else "SERVFAIL")


def test_an_absence_in_a_broken_zone_is_none():
    answer = ask_now("www.broken", "CAA")

    assert (answer.outcome, answer.is_absence) == (Outcome.BOGUS, False)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("stripped.example", "TXT"), ("www.naked", "TXT"), ("www.naked", "CAA"), ("nothing.naked", "CAA")],
)
def test_where_signatures_are_missing_there_is_no_answer(name, kind):
    """unbound does not always tell why, whatever it is asked."""
    answer = ask_now(name, kind)

    assert answer.outcome in {Outcome.BOGUS, Outcome.FAILED}
    assert (answer.records, answer.is_absence) == ((), False)


def test_a_resolver_that_does_not_validate_is_not_believed(unbound, settings):
    settings.DNS_SERVERS = [unbound["plain"]]

    assert outcome("good.example") is Outcome.UNVALIDATED


def test_where_nothing_is_required_any_resolver_will_do(unbound, settings):
    settings.DNS_SERVERS, settings.DNS_VALIDATION = [unbound["plain"]], "off"

    answer = ask_now("forged.example", "TXT")

    assert (answer.outcome, answer.is_secure) == (Outcome.FOUND, False)


def test_the_resolver_that_validates_is_asked_where_another_does_not(unbound, settings):
    settings.DNS_SERVERS = [unbound["plain"], unbound["validating"]]

    assert ask_now("good.example", "TXT").asked == unbound["validating"]
    assert outcome("forged.example") is Outcome.BOGUS


def test_a_resolver_that_has_stopped_is_told(unbound, settings, monkeypatch):
    monkeypatch.setattr(dns_exchange, "SECONDS", 0.2)
    settings.DNS_SERVERS = [f"127.0.0.1:{free_port()}"]

    assert outcome("good.example") is Outcome.SILENT
