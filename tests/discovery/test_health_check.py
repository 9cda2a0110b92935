"""The health check of an order: its page, what a worker does, the program for what is out of reach, and what is hostile."""

import io
import json
import re
import subprocess
import threading
import zipfile
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape

from certificates import csr
from certificates.models import Order, Revocation
from certificates.states import Status as OrderStatus
from discovery.health import actions, entries, tasks, working
from discovery.health.entries import Place
from discovery.health.models import HealthCheck
from discovery.health.states import Status, Verdict
from discovery.scanner import health as scanner_health
from discovery.scanner import suites
from discovery.scanner.health import PROBES, Health
from discovery.scanner.results import FOUND, SILENT, TLS12, TLS13, Result, Shown
from sslportal.kit import clock
from sslportal.kit.models import HistoryEntry
from sslportal.kit.moves import MovedOn, Refused
from tests.discovery import servers, tls
from tests.discovery.strange_ca import strange_ca
from tests.factories import issue, make_domain, make_issued, make_order, make_profile

NAME = "www.example.com"
HERE = "127.0.0.1"


@pytest.fixture
def order(ca, people, settings):
    """An order with a certificate of our own CA, of a key that the fixture `key` has."""
    settings.EGRESS_NETWORKS = ["127.0.0.0/8"]
    make_domain(people.ov)
    order = make_order(people.ov, people.paul)
    issue(order)
    return Order.objects.get(pk=order.pk)


@pytest.fixture
def names_lead_here(dns_server):
    dns_server.zone["A", NAME] = [HERE]
    return dns_server


def chain_of(order):
    """As a server should send it."""
    certificate = order.certificate
    return (bytes(certificate.der), *(bytes(ca.der) for ca in certificate.authority.chain()[:-1]))


def plays(*ders, versions=(tls.TLS12, tls.TLS13), accepted=(0x1301, tls.ECDHE_RSA), compression=0):
    """A server by hand with this chain: it chooses the first of its suites that is offered, in the newest version."""

    def choose(hello):
        newest, listed, compressions, extensions = tls.offered(hello)
        newest = tls.TLS13 if 43 in extensions else newest
        version = max((version for version in versions if version <= newest), default=None)
        suite = next((suite for suite in accepted if suite in listed), None)
        if not version or not suite:
            return tls.alert(70 if suite else 40)
        if version == tls.TLS13:
            return tls.record(tls.server_hello(suite, extensions=tls.extension(43, b"\x03\x04")))
        chosen = compression if compression in compressions else 0
        shown = b"" if suites.group_of(suite) == "anonymous" else tls.certificate(*ders)
        said = tls.server_hello(suite, version, chosen) + shown + tls.KEY_EXCHANGE + tls.DONE
        return tls.record(said)

    return servers.chooses(choose)


def start(order, *places, by=None):
    return actions.start(order, [Place(*place) for place in places], by=by or order.requester)


def run(order, *places):
    """A check with all that a worker does."""
    check = start(order, *places)
    working.run(check.pk)
    check.refresh_from_db()
    return check


def codes(check):
    return [[finding.code for finding in url.found] for url in check.urls.all()]


def verdicts(check):
    return [url.verdict for url in check.urls.all()]


def path(order, tail=""):
    return f"/certificates/{order.pk}/health-check/{tail}"


def page(client, order, tail=""):
    return client.get(path(order, tail)).content.decode()


# What is found at real servers


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


def sign_in_as(person):
    client = Client()
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


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
    Revocation.objects.create(certificate=order.certificate, reason="other", by=people.paul)
    Order.objects.filter(pk=order.pk).update(status=OrderStatus.REVOKED)

    assert "revoked" in codes(run(order, (NAME, serve(plays(*chain_of(order))).port)))[0]


# What is hostile


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


# The entries


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("www.example.com", ["www.example.com"]),
        ("https://WWW.example.com:8443/path?x=1#y", ["www.example.com:8443"]),
        ("a.example.com b.example.com,c.example.com;d.example.com\ne.example.com", [f"{x}.example.com" for x in "abcde"]),
        ("www.example.com. https://www.example.com/ www.example.com:443", ["www.example.com"]),
        ("192.0.2.1:993 [2001:db8::1]:8443 2001:DB8::2 [2001:db8::3]",
         ["192.0.2.1:993", "[2001:db8::1]:8443", "[2001:db8::2]", "[2001:db8::3]"]),
        ("intranet, my_host:8443", ["intranet", "my_host:8443"]),
        ("https://bücher.example/", ["xn--bcher-kva.example"]),
        ("ｗｗｗ.example.com、mail.example.com", ["www.example.com", "mail.example.com"]),
    ],
)  # fmt: skip
def test_urls_are_read_as_people_write_them(text, places):
    assert [str(place) for place in entries.parse(text)] == places


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "nothing"),
        (" ,; \n", "nothing"),
        ("http://www.example.com", "scheme"),
        ("ftp://www.example.com", "scheme"),
        ("https://user:secret@www.example.com", "user"),
        ("paul@example.com", "user"),
        ("*.example.com", "wildcard"),
        ("127.1", "number"),
        ("0x7f.1", "number"),
        ("256.1.1.1", "number"),
        ("www.example.com:0", "port"),
        ("www.example.com:65536", "port"),
        ("www.example.com:99999999999999999999", "port"),
        ("www.example.com:http", "unclear"),
        ("-www.example.com", "unclear"),
        ("www..example.com", "unclear"),
        ("https://", "unclear"),
        ("[2001:db8::1", "unclear"),
        ("[fe80::1%25eth0]", "unclear"),
        ("ab\0c.example.com", "unclear"),
        ("224.0.0.1", "no-host"),
        ("[::]:8443", "no-host"),
        ("[ff02::1]:443", "no-host"),
        (" ".join(f"{n}.example.com" for n in range(21)), "too-many"),
        ("x" * 10_000, "too-long"),
    ],
)
def test_what_is_no_url_is_refused_with_its_reason(text, code):
    with pytest.raises(entries.Bad) as caught:
        entries.parse(text)

    sentence = re.escape(str(entries.SENTENCES[code])).replace(r"\{", "{").replace(r"\}", "}")
    pattern = re.sub(r"{\w+}", "(?s:.*)", sentence)
    assert re.fullmatch(pattern, str(caught.value.sentences[0]))


def test_every_wrong_entry_is_told_at_the_field(order, sign_in):
    answer = sign_in(order.requester).post(path(order), {"urls": "a.example.com http://b.example.com <b>*</b>"})

    assert answer.status_code == 422
    assert len(answer.context["form"].errors["urls"]) == 2
    assert "“http://b.example.com” is not reached by TLS" in answer.content.decode()
    assert "<b>*</b>" not in answer.content.decode()
    assert not HealthCheck.objects.exists()


def test_ten_thousand_characters_are_refused_and_not_lost(order, sign_in):
    text = "https://www.example.com/" + "x" * 10_000

    answer = sign_in(order.requester).post(path(order), {"urls": text})

    assert answer.status_code == 422
    assert text in answer.content.decode()


# The page


def test_the_names_of_the_certificate_are_there_to_begin_with(ca, people, sign_in):
    make_domain(people.ov)
    order = make_order(people.ov, people.paul, sans=["*.example.com", "mail.example.com"])
    issue(order)

    shown = page(sign_in(people.paul), order)

    assert "www.example.com\nmail.example.com\nexample.com</textarea>" in shown.replace("\r", "")


def test_the_urls_of_the_last_check_are_there_the_next_time(order, sign_in):
    start(order, ("mail.example.com", 993))
    actions.cancel(HealthCheck.objects.get(), by=order.requester)

    assert "mail.example.com:993</textarea>" in page(sign_in(order.requester), order)


def test_check_now_has_a_worker_look_and_shows_what_came_of_it(
    order, serve, sign_in, names_lead_here, django_capture_on_commit_callbacks
):
    client, server = sign_in(order.requester), serve(plays(chain_of(order)[0]))

    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(path(order), {"urls": f"https://{NAME}:{server.port}/"})

    assert (answer.status_code, answer["Location"]) == (302, path(order))
    shown = page(client, order)
    assert "0 of 1 URLs good" in shown
    assert "The chain is incomplete. The server does not send: SSL Portal Issuing CA" in shown
    assert "What to change on nginx" in shown
    assert f'href="/certificates/{order.pk}/download/?server=nginx#steps"' in shown
    assert "data-refresh=" not in shown


@pytest.mark.parametrize(
    ("server", "word", "line"),
    [
        ("nginx", "nginx", "ssl_certificate     /etc/nginx/tls/www.example.com.fullchain.pem;"),
        ("apache", "Apache", "SSLCertificateFile    /etc/apache2/tls/www.example.com.fullchain.pem"),
        ("iis", "IIS", "certutil -addstore -f CA ssl-portal-issuing-1.crt"),
    ],
)
def test_what_to_change_is_told_for_the_chosen_server(order, serve, sign_in, names_lead_here, server, word, line):
    client = sign_in(order.requester)
    run(order, (NAME, serve(plays(chain_of(order)[0])).port))

    client.get(path(order), {"server": server})

    shown = page(client, order)  # it is remembered
    assert f"What to change on {word}" in shown
    assert line in shown


def test_while_it_runs_the_page_refreshes_itself_and_can_cancel(order, sign_in):
    client, check = sign_in(order.requester), start(order, (NAME, 443), ("mail.example.com", 993))
    url = check.urls.first()
    actions.note(url, 5)

    shown, fragment = page(client, order), page(client, order, "state/")

    assert f'data-refresh="{path(order, "state/")}"' in shown
    assert "0 of 2 URLs done" in fragment
    assert f"5 of {PROBES} connections" in fragment
    assert "Check Now" not in shown
    assert "Refresh</a></noscript>" in fragment
    assert client.post(path(order, "cancel/"))["Location"] == path(order)
    check.refresh_from_db()
    assert check.status == Status.CANCELED
    assert "Check Now" in page(client, order)


def test_another_colleague_may_look_check_and_cancel(order, people, sign_in):
    client = sign_in(people.stan)

    assert client.post(path(order), {"urls": NAME}).status_code == 302
    assert client.post(path(order, "cancel/")).status_code == 302


@pytest.mark.parametrize("tail", ["", "state/", "cancel/", "hand-over/", "scanner.pyz"])
def test_others_do_not_find_it(order, people, sign_in, tail):
    run(order, ("10.0.0.1", 443))
    client = sign_in(people.stranger)

    answers = [client.get(path(order, tail)).status_code, client.post(path(order, tail), {"urls": NAME}).status_code]

    assert set(answers) <= {404, 405}
    assert 404 in answers


@pytest.mark.parametrize("tail", ["", "cancel/", "hand-over/", "scanner.pyz"])
def test_a_form_without_its_token_does_nothing(order, tail):
    client = Client(enforce_csrf_checks=True)
    client.force_login(order.requester, backend="allauth.account.auth_backends.AuthenticationBackend")

    assert client.post(path(order, tail), {"urls": NAME}).status_code == 403


def test_an_order_without_a_certificate_has_no_health_check(people, sign_in):
    order = make_order(people.ov, people.paul)
    client = sign_in(people.paul)

    assert client.get(path(order))["Location"] == order.get_absolute_url()
    assert "health-check" not in client.get(order.get_absolute_url()).content.decode()


def test_the_orders_page_leads_to_it(people, sign_in):
    order = make_issued(people.ov, people.paul)

    assert f'href="{path(order)}"' in sign_in(people.paul).get(order.get_absolute_url()).content.decode()


@pytest.mark.parametrize("status", [OrderStatus.EXPIRED, OrderStatus.REVOKED, OrderStatus.UNUSED])
def test_a_certificate_that_counts_no_more_can_still_be_looked_for(people, sign_in, status):
    order = make_issued(people.ov, people.paul, status=status)

    assert sign_in(people.paul).post(path(order), {"urls": NAME}).status_code == 302


def test_the_orders_page_tells_what_came_of_it(order, serve, sign_in, names_lead_here):
    run(order, (NAME, serve(plays(*chain_of(order))).port), (NAME, servers.closed_port()))

    assert "1 of 2 URLs good" in sign_in(order.requester).get(order.get_absolute_url()).content.decode()


def test_the_page_asks_as_much_for_many_urls_as_for_one(order, serve, sign_in, names_lead_here):
    client, counts = sign_in(order.requester), []
    for count in (1, 3):
        run(order, *((NAME, serve(plays(chain_of(order)[0], compression=1)).port) for _ in range(count)))
        page(client, order)
        with CaptureQueriesContext(connection) as queries:
            page(client, order)
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_an_order_that_the_reader_may_not_see_is_not_named(order, people, serve, sign_in, names_lead_here):
    secret = make_profile(people.company, "Secret", primary=people.paul)
    make_domain(secret)
    other = make_order(secret, people.paul)
    issue(other)
    run(order, (NAME, serve(plays(*chain_of(Order.objects.get(pk=other.pk)))).port))

    shown = {name: page(sign_in_as(getattr(people, name)), order) for name in ("paul", "stan")}

    assert other.get_absolute_url() in shown["paul"]
    assert other.get_absolute_url() not in shown["stan"]
    assert "another certificate that was issued here" in shown["stan"]


@pytest.mark.parametrize(("name", "sees"), [("paul", True), ("stan", True), ("gina", False), ("stranger", False)])
def test_whoever_sees_the_order_sees_its_health_check(order, people, name, sees):
    start(order, (NAME, 443))

    assert HealthCheck.objects.visible_to(getattr(people, name)).exists() == sees


# Its life


def test_the_result_before_stays_until_the_next_one_is_there(order):
    first = run(order, ("10.0.0.1", 443))
    second = start(order, ("10.0.0.2", 443))

    assert HealthCheck.objects.filter(pk=first.pk).exists()
    working.run(second.pk)

    assert [check.pk for check in HealthCheck.objects.all()] == [second.pk]


def test_a_canceled_one_leaves_the_result_before(order):
    first = run(order, ("10.0.0.1", 443))
    second = start(order, ("10.0.0.2", 443))
    actions.cancel(second, by=order.requester)

    working.run(second.pk)
    actions.finish(second)

    assert [(check.pk, check.status) for check in HealthCheck.objects.order_by("pk")] == [
        (first.pk, Status.FINISHED),
        (second.pk, Status.CANCELED),
    ]


def test_of_an_order_one_runs_at_a_time(order):
    start(order, (NAME, 443))

    with pytest.raises(Refused):
        start(order, (NAME, 443))


def test_an_account_runs_some_at_a_time(order, people, sign_in):
    for _ in range(actions.MOST_RUNNING):
        start(make_issued(people.ov, people.paul), (NAME, 443))

    answer = sign_in(people.paul).post(path(order), {"urls": "mail.example.com"})

    assert answer.status_code == 422
    assert "mail.example.com</textarea>" in answer.content.decode()
    assert "5 health checks of your account are running" in answer.content.decode()


def test_what_is_over_cannot_be_canceled(order):
    check = run(order, ("10.0.0.1", 443))

    with pytest.raises(MovedOn):
        actions.cancel(check, by=order.requester)


def test_its_history_is_that_of_the_account(order):
    run(order, ("10.0.0.1", 443))

    rows = HistoryEntry.objects.filter(subject_type="healthcheck").values_list("verb", "actor_id", "account_id")
    assert sorted(rows) == [
        ("finish", None, order.account_id),
        ("start", order.requester_id, order.account_id),
    ]


def test_two_workers_do_not_look_at_the_same(order, serve, names_lead_here):
    server = serve(plays(*chain_of(order)))
    check = start(order, (NAME, server.port))
    actions.claim(check.pk)

    working.run(check.pk)

    assert server.connections == 0


def test_a_check_whose_worker_died_is_taken_up_where_it_was(
    order, serve, names_lead_here, django_capture_on_commit_callbacks
):
    server = serve(plays(*chain_of(order)))
    check = start(order, ("10.0.0.1", 443), (NAME, server.port))
    first, _second = check.urls.all()
    actions.claim(check.pk)
    actions.take(check, first, Health(Result(first.host, first.port, SILENT)))

    with clock.at(clock.now() + actions.LEASE + timedelta(seconds=1)), django_capture_on_commit_callbacks(execute=True):
        tasks.sweep_health_checks()

    assert codes(check) == [["silent"], ["no-staple"]]
    check.refresh_from_db()
    assert check.status == Status.FINISHED


def test_a_check_that_kills_its_workers_comes_to_an_end(order, serve, names_lead_here):
    server = serve(plays(*chain_of(order)))
    check = start(order, (NAME, server.port))
    HealthCheck.objects.update(tries=working.MOST_TRIES)

    working.run(check.pk)

    assert codes(check) == [["gave-up"]]
    assert server.connections == 0


@pytest.mark.django_db(transaction=True)
def test_a_worker_stops_soon_after_a_cancel(order, serve, names_lead_here, monkeypatch):
    known, came = plays(*chain_of(order)), []

    def play(connection_):
        came.append(connection_)
        if len(came) == 3:
            HealthCheck.objects.update(status=Status.CANCELED)
            connection.close()
        threading.Event().wait(0.05)
        known(connection_)

    monkeypatch.setattr(working, "BEAT", 0.01)

    check = start(order, (NAME, serve(play).port))  # the worker begins with the commit

    assert verdicts(check) == [""]
    assert len(came) < PROBES


# The program


@pytest.fixture
def unreached(order):
    """A check with two URLs that the portal did not reach, and one that it did, more or less."""
    check = start(order, ("10.0.0.1", 443), (NAME, 443), ("10.0.0.2", 8443))
    one, two, three = check.urls.all()
    for url in (one, three):
        actions.take(check, url, Health(Result(url.host, url.port, "not-public")))
    actions.take(check, two, Health(Result(two.host, two.port, "closed")))
    actions.finish(check)
    return HealthCheck.objects.get()


@pytest.fixture
def handed(unreached, order):
    return actions.hand_over(unreached, by=order.requester)


OWN = "a-secret-that-the-program-has-made-for-itself"


def settings_of(client, order):
    """Download the program; what is in it."""
    answer = client.post(path(order, "scanner.pyz"))
    assert answer["Content-Disposition"] == 'attachment; filename="scanner.pyz"'
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        return json.loads(archive.read("settings.json"))


def send(check, what, data, secret=OWN):
    return Client(enforce_csrf_checks=True).post(
        f"/discovery/agent/{check.uid}/{what}/",
        json.dumps(data),
        content_type="application/json",
        headers={"authorization": f"Bearer {secret}"},
    )


def begin(client, order, check):
    token = settings_of(client, order)["token"]
    answer = send(check, "start", {"session": OWN, "python": "3.11.7", "system": "Linux"}, token)
    assert answer.status_code == 200, answer.content
    return answer.json()


def seen(order, host="10.0.0.1", port=443):
    """What the program sends of a server with the order's certificate, where it is reached."""
    shown = Shown(TLS12, 0xC02F, chain=chain_of(order))
    found = Result(host, port, FOUND, address=host, shown=(shown,))
    return scanner_health.to_json(Health(found, versions=(TLS12, TLS13), staples=True))


def test_the_page_offers_the_program_for_what_was_not_reached(order, unreached, sign_in):
    client = sign_in(order.requester)

    assert "2 URLs were not reached" in page(client, order)
    client.post(path(order, "hand-over/"))

    shown = page(client, order)
    assert "python3 scanner.pyz" in shown
    assert f'data-refresh="{path(order, "state/")}"' in shown


def test_the_program_knows_what_to_look_at(order, handed, sign_in, settings):
    given = settings_of(sign_in(order.requester), order)

    token = given.pop("token")
    assert len(token) >= 43
    assert given == {
        "portal": settings.PORTAL_URL,
        "language": "en",
        "kind": "health",
        "uid": str(handed.uid),
        "endpoints": [{"host": "10.0.0.1", "port": 443}, {"host": "10.0.0.2", "port": 8443}],
    }


def test_what_the_program_sees_becomes_the_result(order, handed, sign_in, settings):
    client = sign_in(order.requester)

    assert begin(client, order, handed) == {"position": 0}
    assert send(handed, "health", {"index": 0, "done": 5, "of": PROBES}).json() == {}
    assert handed.urls.first().done == 5
    assert send(handed, "health", {"index": 0, "health": seen(order)}).status_code == 200
    assert begin_again(handed) == {"position": 1}
    refused = scanner_health.to_json(Health(Result("10.0.0.2", 8443, "refused")))
    assert send(handed, "health", {"index": 1, "health": refused}).status_code == 200
    end = send(handed, "end", {"is_finished": True})

    assert end.json() == {"is_done": True, "questions": [], "url": f"{settings.PORTAL_URL}{path(order)}"}
    handed.refresh_from_db()
    assert (handed.status, handed.good) == (Status.FINISHED, 1)
    assert codes(handed) == [["by-address"], ["closed"], ["refused"]]
    assert "by the program" in page(client, order)


def begin_again(check):
    return send(check, "start", {"session": OWN}, "x" * 43).json()


def test_a_program_that_was_stopped_may_go_on(order, handed, sign_in):
    begin(sign_in(order.requester), order, handed)

    assert send(handed, "end", {"is_finished": False}).json()["is_done"] is True
    assert begin_again(handed) == {"position": 0}


def test_a_program_says_its_results_twice_without_harm(order, handed, sign_in):
    begin(sign_in(order.requester), order, handed)
    report = {"index": 0, "health": seen(order)}

    assert [send(handed, "health", report).status_code for _ in range(2)] == [200, 200]
    assert [send(handed, "end", {"is_finished": True}).status_code for _ in range(2)] == [200, 200]


@pytest.mark.parametrize(
    "report",
    [
        None,
        [],
        {"index": "0"},
        {"index": True, "done": 1},
        {"index": -1, "done": 1},
        {"index": 2, "done": 1},
        {"index": 0, "done": PROBES + 1},
        {"index": 0, "done": 1, "more": 1},
        {"index": 0, "health": {}},
        {"index": 0, "health": {"found": {"host": "10.0.0.2", "port": 8443, "outcome": "refused"}}},
    ],
)
def test_a_report_that_is_not_as_it_should_be_is_refused(order, handed, sign_in, report):
    begin(sign_in(order.requester), order, handed)

    assert send(handed, "health", report).status_code == 400
    assert verdicts(handed) == [Verdict.UNREACHABLE, Verdict.PROBLEM, Verdict.UNREACHABLE]


@pytest.mark.parametrize("what", ["health", "end", "start"])
def test_whoever_has_no_secret_that_counts_is_turned_away(order, handed, sign_in, what):
    begin(sign_in(order.requester), order, handed)
    data = {"index": 0, "health": seen(order), "session": "y" * 43, "is_finished": True}

    assert send(handed, what, data, "z" * 43).status_code == 401
    handed.refresh_from_db()
    assert handed.status == Status.HANDED


def test_after_a_cancel_the_program_is_told_so(order, handed, sign_in):
    client = sign_in(order.requester)
    begin(client, order, handed)

    client.post(path(order, "cancel/"))

    answer = send(handed, "health", {"index": 0, "health": seen(order)})
    assert (answer.status_code, list(answer.json())) == (410, ["error"])
    handed.refresh_from_db()
    assert handed.status == Status.FINISHED
    assert "2 URLs were not reached" in page(client, order)


def test_the_program_of_somebody_who_has_lost_the_role_is_not_heard(order, handed, sign_in):
    begin(sign_in(order.requester), order, handed)
    handed.by.accesses.all().delete()

    assert send(handed, "health", {"index": 0, "health": seen(order)}).status_code == 401


def test_a_file_that_was_downloaded_before_counts_no_more(order, handed, sign_in):
    client = sign_in(order.requester)
    former = settings_of(client, order)["token"]
    settings_of(client, order)

    assert send(handed, "start", {"session": OWN}, former).status_code == 401


def test_a_program_that_is_never_run_is_waited_for_a_week(order, handed):
    with clock.at(clock.now() + timedelta(days=6)):
        tasks.sweep_health_checks()
    handed.refresh_from_db()
    assert handed.status == Status.HANDED

    with clock.at(clock.now() + timedelta(days=7, seconds=1)):
        tasks.sweep_health_checks()
    handed.refresh_from_db()
    assert handed.status == Status.FINISHED


def test_where_all_was_reached_there_is_no_program(order, serve, names_lead_here, sign_in):
    run(order, (NAME, serve(plays(*chain_of(order))).port))
    client = sign_in(order.requester)

    assert "hand-over" in page(client, order)  # the form is there, without a button
    assert 'form="hand-over"' not in page(client, order)
    client.post(path(order, "hand-over/"))
    client.post(path(order, "scanner.pyz"))

    assert HealthCheck.objects.get().status == Status.FINISHED


def test_a_new_check_takes_the_place_of_one_that_waits_for_its_program(order, handed):
    check = run(order, ("10.0.0.1", 443))

    assert list(HealthCheck.objects.all()) == [check]
    assert send(handed, "health", {"index": 0, "done": 1}).status_code == 401
