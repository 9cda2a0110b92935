"""A close look finds old versions, weak suites, compression and stapling, by what the server chooses of each offer."""

import ssl

import pytest

from discovery.scanner import suites
from discovery.scanner.health import PROBES, examine
from discovery.scanner.probe import Endpoint, Timeouts
from sslportal.kit import outside
from tests.discovery import chains, servers, tls

PATIENT = Timeouts(*[servers.LONG] * 4)


def look(server, step=lambda: None):
    return outside.run(lambda: examine(Endpoint(server.address, server.port), PATIENT, step))


def server_of(versions=(tls.TLS12,), accepted=(tls.ECDHE_RSA,), staple=b"", compression=0):
    """A server by hand: it chooses the first of its own suites that is offered, in the newest version that is offered."""

    def choose(hello):
        newest, listed, compressions, extensions = tls.offered(hello)
        if 43 in extensions:
            newest = tls.TLS13
        version = max((version for version in versions if version <= newest), default=None)
        suite = next((suite for suite in accepted if suite in listed), None)
        if not version or not suite:
            return tls.alert(70 if suite else 40)
        if version == tls.TLS13:
            return tls.record(tls.server_hello(suite, extensions=tls.extension(43, b"\x03\x04")))
        staples = staple and 5 in extensions
        hello = tls.server_hello(
            suite, version, compression if compression in compressions else 0, tls.extension(5) if staples else None
        )
        shown = b"" if suites.group_of(suite) == "anonymous" else tls.certificate(*chains.rsa().ders)
        return tls.record(hello + shown + (tls.status(staple) if staples else b"") + tls.KEY_EXCHANGE + tls.DONE)

    return servers.chooses(choose)


def test_a_good_server_has_nothing_against_it(serve):
    health = look(serve(server_of([tls.TLS12, tls.TLS13], [0x1301, tls.ECDHE_RSA], staple=b"response")))

    assert health.found.outcome == "found"
    assert health.versions == (tls.TLS12, tls.TLS13)
    assert health.weak == ()
    assert health.staples is True
    assert health.deflate is False


@pytest.mark.parametrize("group", suites.WEAK)
def test_each_weak_group_is_found_by_itself(serve, group):
    suite = suites.WEAK[group][-1]

    assert look(serve(server_of(accepted=[tls.ECDHE_RSA, suite]))).weak == ((group, suite),)


def test_all_weak_groups_are_found_beside_one_another(serve):
    listed = [one[0] for one in suites.WEAK.values()]

    assert look(serve(server_of(accepted=[tls.ECDHE_RSA, *listed]))).weak == tuple(
        zip(suites.WEAK, listed, strict=True)
    )


def test_old_versions_are_found_each(serve):
    versions = [tls.SSL3, tls.TLS10, tls.TLS11, tls.TLS12]

    assert look(serve(server_of(versions, [tls.ECDHE_RSA, 0x002F]))).versions == tuple(versions)


def test_a_version_that_is_chosen_instead_is_not_the_one_that_was_asked_for(serve):
    assert look(serve(server_of([tls.SSL3], [tls.RC4]))).versions == (tls.SSL3,)


def test_compression_is_found(serve):
    assert look(serve(server_of(compression=1))).deflate is True


def test_a_server_without_a_staple_is_told(serve):
    assert look(serve(server_of())).staples is False


def test_a_real_server_is_seen_as_it_is(serve):
    health = look(serve(servers.speaks_tls(servers.context(chains.rsa(), chains.ecdsa()))))

    assert [shown.chain for shown in health.found.shown] == [chains.ecdsa().ders, chains.rsa().ders]
    assert health.versions == (tls.TLS12, tls.TLS13)
    assert health.staples is False
    assert {group for group, _ in health.weak} <= {
        "null",
        "anonymous",
        "3des",
    }  # what this OpenSSL can still be made to do


def test_of_tls_1_3_alone_the_staple_is_not_known(serve):
    context = servers.context(chains.rsa(), oldest=ssl.TLSVersion.TLSv1_3)

    health = look(serve(servers.speaks_tls(context)))

    assert (health.versions, health.weak, health.staples) == ((tls.TLS13,), (), None)


def test_nobody_there_is_looked_at_once(serve):
    server = serve(servers.hangs_up)

    assert look(server).found.outcome == "closed"
    assert server.connections == 1


def test_what_is_neither_accepted_nor_refused_is_not_seen(serve):
    known = server_of()
    came = []

    def play(connection):
        came.append(connection)
        (known if len(came) <= 2 else servers.says(b"busy"))(connection)

    health = look(serve(play))

    assert health.versions == health.weak == ()
    assert health.unseen == ("SSLv3", "TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3", *suites.WEAK)


@pytest.mark.parametrize("refuse", [servers.hangs_up, servers.resets, servers.answers(tls.alert(40))])
def test_servers_refuse_in_several_ways(serve, refuse):
    known = server_of()
    came = []

    def play(connection):
        came.append(connection)
        (known if len(came) <= 2 else refuse)(connection)

    health = look(serve(play))

    assert (health.versions, health.weak, health.unseen) == ((), (), ())


def test_each_step_is_told_and_may_be_the_last(serve):
    server = serve(server_of())
    steps = []

    look(server, lambda: steps.append(server.connections))

    assert len(steps) == PROBES
    assert steps == list(range(1, PROBES + 1))
