"""The page of the webhook: setting it up, its secret, its log."""

import re

import pytest

from accounts.webhooks import sending
from accounts.webhooks.models import Delivery, Webhook
from sslportal.kit.models import HistoryEntry
from tests.factories import SECRET, make_delivery, make_webhook
from tests.web_server import HOST, Page

PAGE = "/administration/account/webhook/"


@pytest.fixture
def gina(people, sign_in):
    return sign_in(people.gina)


def secret_on(response):
    found = re.search(r'<code class="mono">([^<]+)</code>', response.content.decode())
    return found and found[1]


def verbs():
    return list(HistoryEntry.objects.filter(subject_type="webhook").order_by("pk").values_list("verb", flat=True))


# Setting it up


def test_setting_it_up_shows_the_secret_once(gina, people, url):
    response = gina.post(PAGE, {"url": url, "is_on": "on"}, follow=True)

    webhook = Webhook.objects.get()
    assert (webhook.account, webhook.url, webhook.is_on) == (people.company, url, True)
    assert secret_on(response) == webhook.secret
    assert webhook.secret not in webhook.sealed_secret
    assert "no-store" in response["Cache-Control"]
    assert secret_on(gina.get(PAGE)) is None
    assert verbs() == ["create", "switch_on"]


def test_a_secret_that_nobody_has_seen_is_still_to_be_shown(gina, url):
    gina.post(PAGE, {"url": url})
    gina.head(PAGE)
    gina.post(PAGE, {"url": "x"})

    assert secret_on(gina.get(PAGE)) == Webhook.objects.get().secret


def test_changing_it_makes_no_secret(gina, webhook, receiver):
    other = receiver.url("/events", "https", HOST)

    response = gina.post(PAGE, {"url": other}, follow=True)

    webhook.refresh_from_db()
    assert (webhook.url, webhook.is_on, webhook.secret) == (other, False, SECRET)
    assert secret_on(response) is None
    assert verbs() == ["edit", "switch_off"]


def test_a_new_secret_is_shown_once(gina, webhook):
    response = gina.post(f"{PAGE}secret/", follow=True)

    webhook.refresh_from_db()
    assert secret_on(response) == webhook.secret != SECRET
    assert webhook.signing_secrets == [webhook.secret, SECRET]
    assert "The former secret signs until" in response.content.decode()
    assert secret_on(gina.get(PAGE)) is None
    assert verbs() == ["new_secret"]


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "required"),
        ("hooks.example.com", "not-https"),
        ("http://hooks.example.com/", "not-https"),
        ("https://user:secret@hooks.example.com/", "names-user"),
        ("https://hooks.example.com/#x", "fragment"),
        ("https:///x", "bad-url"),
        ("https://hooks..example.com/", "dns"),
        ("https://nobody.example.com/", "no-address"),
        ("https://127.0.0.1/", "refused-address"),
        ("https://inside.example.com/", "refused-address"),
        ("https://2130706433/", "refused-address"),
        ("https://hooks.example.com/" + "x" * 2000, "max_length"),
    ],
)
def test_a_url_that_cannot_be_used_is_told(gina, receiver, dns_server, typed, code):
    dns_server.zone["A", "inside.example.com"] = ["10.0.0.1"]

    response = gina.post(PAGE, {"url": typed})

    assert response.status_code == 422
    assert [error.code for error in response.context["form"].errors.as_data()["url"]] == [code]
    assert not Webhook.objects.exists()


def test_it_can_be_switched_off_while_dns_is_away(gina, webhook, dns_server, url):
    dns_server.fails["hooks.example.com"] = "SERVFAIL"

    gina.post(PAGE, {"url": url})

    webhook.refresh_from_db()
    assert webhook.is_on is False


def test_why_it_was_switched_off_is_told_until_it_is_on_again(gina, webhook, url):
    Webhook.objects.update(is_on=False, off_because="gone")

    before = gina.get(PAGE).content.decode()
    after = gina.post(PAGE, {"url": url, "is_on": "on"}, follow=True).content.decode()

    assert ("status 410" in before, "status 410" in after) == (True, False)


def test_only_global_administrators_get_to_it(people, client, webhook, sign_in):
    delivery = make_delivery(webhook)
    posts = [PAGE, f"{PAGE}secret/", f"{PAGE}test/", f"{PAGE}deliveries/{delivery.pk}/send-again/"]

    paul = [sign_in(people.paul).post(path, {"url": "https://x.example.com/"}).status_code for path in posts]
    stranger = [sign_in(people.stranger).post(path, {"url": "x"}).status_code for path in posts]

    assert paul == [403, 403, 403, 403]
    assert stranger == [422, 404, 404, 404]
    assert list(Delivery.objects.values_list("status", "is_urgent")) == [("waiting", False)]
    assert "certificate.issued" not in sign_in(people.stranger).get(PAGE).content.decode()


def test_the_account_page_leads_to_it(people, sign_in):
    leads = [
        f'href="{PAGE}"' in sign_in(one).get("/administration/account/").content.decode() for one in people_of(people)
    ]

    assert leads == [True, False]


def people_of(people):
    return people.gina, people.paul


# The log


@pytest.mark.django_db(transaction=True)
def test_a_test_is_sent_at_once_and_its_page_tells_what_came_of_it(gina, webhook, receiver):
    receiver.pages["/events"] = Page(b"<b>Bad</b>", status=500)

    text = gina.post(f"{PAGE}test/", follow=True).content.decode()

    assert len(receiver.requests) == 1
    assert "HTTP 500" in text
    assert "&lt;b&gt;Bad&lt;/b&gt;" in text
    assert "If you can read this" in text


@pytest.mark.django_db(transaction=True)
def test_a_delivery_is_sent_again(gina, webhook, receiver):
    delivery = make_delivery(webhook, status="failed", problem="timeout", tried_at=webhook.created_at)
    page = f"{PAGE}deliveries/{delivery.pk}/"
    before = gina.get(page).content.decode()

    after = gina.post(f"{page}send-again/", follow=True).content.decode()

    assert ("did not answer in time" in before, "HTTP 204" in after) == (True, True)
    assert len(receiver.requests) == 1


def test_a_redirect_is_explained(gina, webhook):
    delivery = make_delivery(webhook, status="failed", http_status=302, tries=1, tried_at=webhook.created_at)

    assert "Redirects are not followed" in gina.get(f"{PAGE}deliveries/{delivery.pk}/").content.decode()


def test_the_log_shows_the_newest_first_and_when_the_next_try_is(gina, webhook, receiver):
    receiver.pages["/events"] = Page(status=503)
    first, second = make_delivery(webhook), make_delivery(webhook, "domain.vetted")
    sending.send_some()

    rows = list(gina.get(PAGE).context["page"].object_list)

    assert [row.record for row in rows] == [second, first]
    assert [row.get_cell("outcome") for row in rows] == ["", "HTTP 503"]
    webhook.refresh_from_db()
    first.refresh_from_db()
    assert [row.record.next_try for row in rows] == [webhook.paused_until, max(first.next_try_at, webhook.paused_until)]


@pytest.mark.parametrize("status", ["waiting", "delivered", "failed"])
def test_the_log_asks_the_database_as_often_for_30_rows_as_for_3(gina, people, django_assert_max_num_queries, status):
    webhook = make_webhook(people.company)
    counts = []
    for more in (3, 27):
        for _number in range(more):
            make_delivery(webhook, status=status)
        gina.get(f"{PAGE}?rows=50")
        with django_assert_max_num_queries(100) as counted:
            gina.get(f"{PAGE}?rows=50")
        counts.append(len(counted))

    assert counts[0] == counts[1]


def test_the_log_is_exported(gina, webhook):
    make_delivery(webhook)

    response = gina.get(f"{PAGE}?export=all")
    text = b"".join(response.streaming_content).decode() if response.streaming else response.content.decode()

    assert "certificate.issued" in text
    assert "Waiting" in text
