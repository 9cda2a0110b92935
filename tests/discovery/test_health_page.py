"""The page of an order's health check: who sees it, what it asks for, shows and offers."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from certificates.models import Order
from certificates.states import Status as OrderStatus
from discovery.health import actions
from discovery.health.models import HealthCheck
from discovery.health.states import Status
from discovery.scanner.health import PROBES
from tests.discovery import servers
from tests.discovery.health_checks import NAME, chain_of, page, path, plays, run, sign_in_as, start
from tests.factories import issue, make_domain, make_issued, make_order, make_profile


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
