"""What a health check finds at real servers, and at hostile ones."""

import subprocess

import pytest
from django.utils.html import escape

from certificates import csr
from certificates.models import Order, Revocation
from certificates.states import Status as OrderStatus
from discovery.health.states import Status, Verdict
from discovery.scanner.health import PROBES
from tests.discovery import servers, tls
from tests.discovery.health_checks import HERE, NAME, chain_of, codes, page, plays, run, sign_in_as, verdicts
from tests.discovery.strange_ca import strange_ca
from tests.factories import issue, make_domain, make_order


def test_a_good_server_is_good(order, serve, names_lead_here):
    server = serve(plays(*chain_of(order)))

    check = run(order, (NAME, server.port))

    assert (check.status, check.good, check.total) == (Status.FINISHED, 1, 1)
    assert (codes(check), verdicts(check)) == ([["no-staple"]], [Verdict.GOOD])
    assert check.urls.get().address == HERE


def test_each_url_has_its_own_verdict(order, serve, names_lead_here):
    chain = chain_of(order)
    good = serve(plays(*chain))
    without_chain = serve(plays(chain[0]))
    compressing = serve(plays(*chain, compression=1))
    with_rc4 = serve(plays(*chain, accepted=(0x1301, tls.ECDHE_RSA, tls.RC4)))
    old = serve(plays(*chain, versions=(tls.SSL3, tls.TLS10, tls.TLS12, tls.TLS13), accepted=(0x1301, 0xC02F, 0x002F)))
    nobody = servers.closed_port()
    ports = [*(server.port for server in (good, without_chain, compressing, with_rc4, old)), nobody]

    check = run(order, *((NAME, port) for port in ports))

    assert codes(check) == [
        ["no-staple"],
        ["incomplete", "no-staple"],
        ["crime", "no-staple"],
        ["weak-rc4", "no-staple"],
        ["ssl3", "tls10", "no-staple"],
        ["refused"],
    ]
    assert verdicts(check) == [Verdict.GOOD, *[Verdict.PROBLEM] * 4, Verdict.UNREACHABLE]
    assert check.good == 1


def test_a_real_server_with_the_certificate_is_good(ca, people, serve, settings, tmp_path, names_lead_here):
    settings.EGRESS_NETWORKS = ["127.0.0.0/8"]
    key, chain = tmp_path / "key.pem", tmp_path / "chain.pem"
    request = ["openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-subj", f"/CN={NAME}"]
    read = csr.read(subprocess.run(request, check=True, capture_output=True, text=True).stdout)
    make_domain(people.ov)
    order = make_order(people.ov, people.paul, csr=read.pem, key_sha256=read.key_sha256)
    issue(order)
    order = Order.objects.get()
    files = sign_in_as(people.paul).get(f"/certificates/{order.pk}/download/{NAME}.fullchain.pem")
    chain.write_bytes(files.content)
    context = servers.context()
    context.load_cert_chain(chain, key)
    context.set_ciphers("ECDHE+AESGCM")

    check = run(order, (NAME, serve(servers.speaks_tls(context)).port))

    assert (codes(check), verdicts(check)) == ([["no-staple"]], [Verdict.GOOD])


def test_a_foreign_certificate_is_told(order, serve, names_lead_here):
    foreign = strange_ca()

    check = run(order, (NAME, serve(plays(foreign.issue(NAME), foreign.der)).port))

    assert codes(check)[0][0] == "foreign"
    assert verdicts(check) == [Verdict.PROBLEM]


def test_the_certificate_before_and_the_one_after_are_told_from_one_another(order, serve, names_lead_here):
    renewal = make_order(order.profile, order.requester, kind="renewal", source=order)
    issue(renewal)
    renewal = Order.objects.get(pk=renewal.pk)
    servers_of = {one: serve(plays(*chain_of(one))).port for one in (order, renewal)}

    before, after = run(renewal, (NAME, servers_of[order])), run(order, (NAME, servers_of[renewal]))

    assert [check.urls.get().found[0].code for check in (before, after)] == ["older", "newer"]
    assert [check.urls.get().found[0].order for check in (before, after)] == [order.pk, renewal.pk]


def test_another_accounts_order_is_not_named(order, people, serve, names_lead_here):
    make_domain(people.foreign_ov)
    other = make_order(people.foreign_ov, people.stranger)
    issue(other)
    server = serve(plays(*chain_of(Order.objects.get(pk=other.pk))))

    found = run(order, (NAME, server.port)).urls.get().found[0]

    assert (found.code, found.order) == ("other", None)


def test_a_revoked_certificate_that_is_still_in_use_is_told(order, people, serve, names_lead_here):
    Revocation.objects.create(certificate=order.certificate, order=order, reason="other", by=people.paul)
    Order.objects.filter(pk=order.pk).update(status=OrderStatus.REVOKED)

    assert "revoked" in codes(run(order, (NAME, serve(plays(*chain_of(order))).port)))[0]


@pytest.mark.parametrize("host", ["10.1.2.3", "192.168.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.1"])
def test_addresses_that_are_not_public_are_not_touched(order, settings, host):
    settings.EGRESS_NETWORKS = []

    check = run(order, (host, 443))

    assert (codes(check), verdicts(check)) == ([["not-public"]], [Verdict.UNREACHABLE])


def test_a_name_that_leads_inside_is_not_followed(order, settings, serve, names_lead_here):
    settings.EGRESS_NETWORKS = []
    server = serve(plays(*chain_of(order)))

    check = run(order, (NAME, server.port))

    assert codes(check) == [["not-public"]]
    assert server.connections == 0


def test_the_address_that_the_guard_let_pass_is_the_one_connected_to(order, settings, serve, names_lead_here):
    """DNS is asked once: whoever answers otherwise the second time (rebinding) is never asked a second time."""
    settings.EGRESS_NETWORKS = ["127.0.0.2/32"]
    outside, inside = serve(plays(*chain_of(order)), address="127.0.0.2"), None
    inside = serve(plays(*chain_of(order)), address=HERE, port=outside.port)
    names_lead_here.zone["A", NAME] = ["127.0.0.2", HERE]

    check = run(order, (NAME, outside.port))

    assert verdicts(check) == [Verdict.GOOD]
    assert names_lead_here.asked("A", NAME) == 1
    assert (outside.connections, inside.connections) == (PROBES, 0)


def test_a_dead_address_of_a_name_leaves_the_others(order, serve, names_lead_here):
    server = serve(plays(*chain_of(order)), address="127.0.0.3")
    names_lead_here.zone["A", NAME] = ["127.0.0.2", "127.0.0.3"]

    assert verdicts(run(order, (NAME, server.port))) == [Verdict.GOOD]


@pytest.mark.parametrize(
    ("play", "code"),
    [
        (servers.says(b"<script>alert(1)</script>\0\xff%(host)s\r\n"), "not-tls"),
        (servers.answers(tls.record(tls.server_hello() + tls.certificate(b"\x30\x82" * 20) + tls.DONE)), "unreadable"),
        (servers.answers(tls.alert(40)), "alert"),
        (servers.hangs_up, "closed"),
        (servers.resets, "reset"),
    ],
)
def test_garbage_is_told_and_shown_as_text(order, serve, sign_in, names_lead_here, play, code):
    check = run(order, (NAME, serve(play).port))

    shown = page(sign_in(order.requester), order)

    assert (codes(check)[0][0], verdicts(check)) == (code, [Verdict.PROBLEM])
    assert "<script>alert" not in shown
    assert escape(check.urls.get().found[0].says) in shown


def test_names_that_dns_does_not_know_are_told(order, names_lead_here):
    names_lead_here.fails["broken.example.com"] = "SERVFAIL"

    check = run(order, ("nowhere.example.com", 443), ("broken.example.com", 443))

    assert codes(check) == [["no-address"], ["dns"]]
