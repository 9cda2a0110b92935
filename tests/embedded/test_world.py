"""The demo's own Internet as a process: what it says over DNS and HTTP, and to clients that make no sense."""

import http.client
import os
import random
import socket
import subprocess
from contextlib import closing, suppress
from pathlib import Path

import dns.exception
import dns.flags
import dns.message
import dns.opcode
import dns.query
import dns.rcode
import pytest

from sslportal.embedded import internet as internets
from sslportal.embedded.internet import Internet
from sslportal.embedded.state import State
from sslportal.kit import internet
from sslportal.kit.internet import Entry

CHALLENGE = "_sslportal-challenge.example.com"
PAGE = "/.well-known/pki-validation/sslportal.txt"


class World:
    """The running process, what it reads and what it said on standard error."""

    def __init__(self, folder):
        self.state = State(folder)
        self.internet = internets.new()
        program = self.internet.program(self.state)
        self.log = folder / "log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                program.command, env=program.env, cwd=program.cwd, stderr=log, pass_fds=program.keep_open
            )
        self.ask("A", "example.com")

    def end(self):
        self.process.terminate()
        self.process.wait(10)
        for one in self.internet.sockets:
            one.close()

    def publish(self, *entries):
        for entry in entries:
            internet.publish(self.state.demo_world, Entry(*entry))

    def ask(self, kind, name, by=dns.query.udp, **options):
        """Its answer; what is lost on the way is asked again."""
        query = dns.message.make_query(name, kind, **options)
        for _try in range(9):
            with suppress(dns.exception.Timeout):
                return by(query, "127.0.0.1", port=self.internet.dns, timeout=2)
        raise AssertionError(self.log.read_text())

    def records(self, kind, name, **options):
        return [record.to_text() for rrset in self.ask(kind, name, **options).answer for record in rrset]

    def get(self, path, host, method="GET"):
        with closing(http.client.HTTPConnection("127.0.0.2", self.internet.http, timeout=5)) as connection:
            connection.request(method, path, headers={"Host": host})
            answer = connection.getresponse()
            return answer.status, answer.read()


@pytest.fixture(scope="module")
def process(tmp_path_factory):
    world = World(tmp_path_factory.mktemp("world"))
    yield world
    world.end()


@pytest.fixture
def world(process):
    """It says nothing of a test before."""
    process.state.demo_world.unlink(missing_ok=True)
    return process


@pytest.mark.parametrize("by", [dns.query.udp, dns.query.tcp])
def test_records_are_said_as_soon_as_they_are_published(world, by):
    before = world.records("TXT", CHALLENGE, by=by)

    world.publish(("TXT", CHALLENGE, "one"), ("TXT", CHALLENGE, "two"), ("CAA", "example.com", '0 issue "ca.example"'))

    assert before == []
    assert sorted(world.records("TXT", CHALLENGE.upper(), by=by)) == ['"one"', '"two"']
    assert world.records("CAA", "example.com", by=by) == ['0 issue "ca.example"']


def test_a_name_of_which_nothing_is_known_leads_to_the_web_server_and_has_no_other_record(world):
    answers = [world.ask(kind, "shop.example.org") for kind in ("AAAA", "CAA", "TXT", "MX", "NS", "CNAME", "ANY")]

    assert world.records("A", "shop.example.org") == ["127.0.0.2"]
    assert [(answer.rcode(), answer.answer) for answer in answers] == [(dns.rcode.NOERROR, [])] * len(answers)
    assert {answer.resolve_chaining().minimum_ttl for answer in answers} == {0}


def test_an_address_may_be_published_that_leads_elsewhere(world):
    world.publish(("A", "shop.example.org", "192.0.2.7"))

    assert world.records("A", "shop.example.org") == ["192.0.2.7"]


def test_aliases_are_followed_for_every_kind(world):
    world.publish(("CNAME", CHALLENGE, "a.example.net"), ("CNAME", "a.example.net", "b.example.net"))
    world.publish(("TXT", "b.example.net", "here"), ("MX", "b.example.net", "10 mail.example.net"))

    chain = ["a.example.net.", "b.example.net."]
    assert world.records("TXT", CHALLENGE) == [*chain, '"here"']
    assert world.records("MX", CHALLENGE) == [*chain, "10 mail.example.net."]
    assert world.records("A", CHALLENGE) == [*chain, "127.0.0.2"]
    assert world.records("CAA", CHALLENGE) == chain
    assert world.records("CNAME", CHALLENGE) == chain[:1]


def test_aliases_in_a_circle_fail(world):
    world.publish(("CNAME", "a.example.net", "b.example.net"), ("CNAME", "b.example.net", "a.example.net"))

    assert world.ask("TXT", "a.example.net").rcode() == dns.rcode.SERVFAIL


def test_a_text_of_any_length_comes_whole(world):
    world.publish(("TXT", CHALLENGE, "é" * 300))

    (rrset,) = world.ask("TXT", CHALLENGE, by=dns.query.tcp).answer
    assert b"".join(rrset[0].strings).decode() == "é" * 300


@pytest.mark.parametrize(("options", "is_cut"), [({}, True), ({"use_edns": True, "payload": 4096}, False)])
def test_what_is_too_long_for_the_asker_is_cut_and_told_whole_by_tcp(world, options, is_cut):
    world.publish(*[("TXT", CHALLENGE, f"{number} {'x' * 200}") for number in range(10)])

    cut = world.ask("TXT", CHALLENGE, **options)

    assert bool(cut.flags & dns.flags.TC) == is_cut
    assert len(world.records("TXT", CHALLENGE, by=dns.query.tcp)) == 10


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[1]",
        '{"kind": "TXT"}',
        '[{"kind": "CAA", "name": "example.com", "value": "nonsense"}]',
        '[{"kind": "CAA", "name": "example.com", "value": null}]',
    ],
)
def test_nonsense_in_the_file_says_nothing(world, text):
    world.state.demo_world.write_text(text)

    answer = world.ask("CAA", "example.com")

    assert (answer.rcode(), answer.answer) == (dns.rcode.NOERROR, [])


def test_other_than_questions_is_refused(world):
    update = dns.message.make_query("example.com", "TXT")
    update.set_opcode(dns.opcode.STATUS)

    answer = dns.query.udp(update, "127.0.0.1", port=world.internet.dns, timeout=5)

    assert answer.rcode() == dns.rcode.NOTIMP
    assert world.ask("TXT", "example.com", rdclass="CH").rcode() == dns.rcode.REFUSED


def test_each_host_has_its_own_file(world):
    world.publish(("FILE", "example.com", "old"), ("FILE", "www.example.com", "other"))
    world.publish(("FILE", "example.com", "token\nsecond line"))

    assert world.get(PAGE, "example.com") == (200, b"token\nsecond line")
    assert world.get(PAGE, "EXAMPLE.com.:80") == (200, b"token\nsecond line")
    assert world.get(PAGE, "www.example.com", "HEAD") == (200, b"")
    assert [world.get(PAGE, "example.org")[0], world.get("/", "example.com")[0], world.get(PAGE, "")[0]] == [404] * 3


def test_clients_that_make_no_sense_are_survived_without_a_traceback(world):
    known = bytearray(dns.message.make_query("example.com", "TXT", use_edns=True).to_wire())
    noise = random.Random(7)  # noqa: S311 - the same noise each time
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sender:
        for length in (0, 1, 11, 12, 13, 512, 2000):
            sender.sendto(noise.randbytes(length), ("127.0.0.1", world.internet.dns))
        for _number in range(300):
            spoilt = bytearray(known)
            spoilt[noise.randrange(len(spoilt))] = noise.randrange(256)
            sender.sendto(spoilt[: noise.randint(1, len(spoilt))], ("127.0.0.1", world.internet.dns))
    for address in (("127.0.0.1", world.internet.dns), ("127.0.0.2", world.internet.http)):
        for said in (
            b"",
            b"\0",
            b"\0\5abc",
            b"\xff\xff" + noise.randbytes(100),
            b"GET\r\n\r\n",
            b"GET / HTTP/9.9\r\n\r\n",
        ):
            with closing(socket.create_connection(address, timeout=5)) as client:
                client.sendall(said)

    assert world.records("A", "example.com") == ["127.0.0.2"]
    assert world.records("A", "example.com", by=dns.query.tcp) == ["127.0.0.2"]
    assert world.get(PAGE, "example.com")[0] == 404
    assert "Traceback" not in world.log.read_text()


def test_it_listens_on_this_machine_only(process):
    listening = {process.internet.dns: "0100007F", process.internet.http: "0200007F"}

    tables = [Path(f"/proc/net/{kind}").read_text().splitlines() for kind in ("tcp", "udp")]
    rows = [line.split()[1] for table in tables for line in table]

    for port, address in listening.items():
        ours = {row.partition(":")[0] for row in rows if row.endswith(f":{port:04X}")}
        assert address in ours
        assert "00000000" not in ours


def test_it_is_not_started_where_the_caller_names_dns_servers(tmp_path, monkeypatch):
    monkeypatch.setenv("PORTAL_DNS_SERVERS", "192.0.2.53")
    state = State(tmp_path)
    state.prepare()
    state.note(command="up", pid=os.getpid(), **Internet(1, 2).facts)

    assert internets.new() is None
    assert internets.running(state) is None


def test_other_commands_know_the_ports_of_the_one_that_runs(tmp_path, monkeypatch):
    monkeypatch.delenv("PORTAL_DNS_SERVERS", raising=False)
    state = State(tmp_path)
    state.prepare()
    before = internets.running(state)

    state.note(command="up", pid=os.getpid(), **Internet(1, 2).facts)

    assert (before, internets.running(state)) == (None, Internet(1, 2))
