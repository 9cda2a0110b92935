"""How a new domain of a certificate request is confirmed: only ways that prove every name that is wanted in it."""

import pytest

from certificates.models import Order
from certificates.states import Status
from domains.actions import answers
from domains.methods import Finding
from domains.models import ContactLookup, Domain
from sslportal.kit import clock
from tests.factories import make_domain
from tests.wizard import NEW, details, errors, first_page, send, url_of

NAME = "example-new.com"
MAIL = [f"{local}@{NAME}" for local in ("admin", "administrator", "webmaster", "hostmaster", "postmaster")]


@pytest.fixture
def paul(people, sign_in):
    return sign_in(people.paul)


def control_page(client, people, name=NAME, **fields):
    """Go as far as the page of the first new domain."""
    page = send(client, NEW, first_page(people))
    page = send(client, url_of(page), details(name, **fields))
    return send(client, url_of(page))


def offered(page):
    return [offer.value for offer in page.context["form"].fields["method"].offers]


def test_for_the_very_name_every_way_is_on_offer(people, paul):
    assert offered(control_page(paul, people)) == [*MAIL, "dns", "file", "manual"]


@pytest.mark.parametrize(
    ("name", "sans"), [("www.example-new.com", ""), ("*.example-new.com", ""), (NAME, "a.b.example-new.com")]
)
def test_a_file_is_left_out_where_a_name_below_or_a_wildcard_is_wanted(people, paul, name, sans):
    page = control_page(paul, people, name, add_sans=sans)

    assert offered(page) == [*MAIL, "dns", "manual"]
    assert "File on the web server" not in page.content.decode()


def test_names_in_other_domains_ask_nothing_of_this_one(people, paul):
    page = control_page(paul, people, add_sans="www.example-other.com")

    assert offered(page) == [*MAIL, "dns", "file", "manual"]
    assert "file" not in offered(send(paul, url_of(page), method="file"))


def test_a_file_cannot_be_forged_where_it_proves_too_little(people, paul):
    page = control_page(paul, people, "www.example-new.com")

    page = send(paul, url_of(page), method="file")

    assert page.status_code == 422
    assert errors(page, "method") == ["This way is no longer on offer. Choose another one."]


def test_a_name_that_is_added_later_takes_the_file_back(people, paul):
    page = control_page(paul, people)
    here = url_of(page)
    page = send(paul, here, method="file")
    assert url_of(page).endswith("/summary/")
    before = here.replace(f"control-{NAME}", "details")
    send(paul, before, details(NAME, add_sans="www.example-new.com"), go="add")

    page = paul.get(url_of(page), follow=True)

    assert url_of(page) == here
    assert offered(page) == [*MAIL, "dns", "manual"]


def test_a_dns_record_leads_to_pending_and_the_page_of_the_domain_says_what_to_publish(people, paul):
    page = control_page(paul, people, "www.example-new.com")
    page = send(paul, url_of(page), method="dns")
    assert "DNS record: the page of the domain then says what to publish." in page.content.decode()

    page = send(paul, url_of(page), go="finish")

    order, domain = Order.objects.get(), Domain.objects.get()
    attempt = domain.attempts.get()
    assert (order.status, domain.status, attempt.method) == (Status.PENDING, "pending", "dns")
    shown = paul.get(domain.get_absolute_url()).content.decode()
    for told in (f"<code>_sslportal-challenge.{NAME}</code>", f"<code>{attempt.value}</code>", "Check now"):
        assert told in shown


def test_the_order_waits_for_the_domain_and_no_longer_once_the_record_is_found(people, paul):
    page = control_page(paul, people, "www.example-new.com")
    page = send(paul, url_of(page), method="dns")
    send(paul, url_of(page), go="finish")
    order, domain = Order.objects.get(), Domain.objects.get()
    where = f"/certificates/{order.pk}/"
    assert NAME in blocking(paul, where)

    answers.record_check(domain.attempts.get(), Finding("found", "found", "TXT"))

    assert Domain.objects.get().status == "ready"
    assert NAME not in blocking(paul, where)


def blocking(client, where):
    return " ".join(str(blocker.says) for blocker in client.get(where).context["blockers"])


def test_a_contact_that_dns_names_can_be_chosen(people, paul):
    now = clock.now()
    ContactLookup.objects.create(
        name=NAME, asked_at=now, answered_at=now, addresses=[["dns-contact", "it@example.org"]]
    )
    page = control_page(paul, people, "www.example-new.com")
    assert offered(page)[0] == "it@example.org"

    page = send(paul, url_of(page), method="it@example.org")
    send(paul, url_of(page), go="finish")

    attempt = Domain.objects.get().attempts.get()
    assert (attempt.method, attempt.address) == ("dns-contact", "it@example.org")


def test_while_a_worker_looks_for_contacts_the_page_says_so(people, paul):
    ContactLookup.objects.create(name=NAME)

    assert "still looking whether DNS names further addresses" in control_page(paul, people).content.decode()


def test_a_name_below_a_domain_that_a_file_confirmed_says_that_it_waits(people, paul):
    make_domain(people.ov, NAME, method="file")

    page = send(paul, NEW, first_page(people))
    page = send(paul, url_of(page), details("www.example-new.com"))

    assert url_of(page).endswith("/summary/")
    assert [domain for domain, _how in page.context["control"]] == [NAME]


def test_back_from_the_page_keeps_the_choice(people, paul):
    page = control_page(paul, people)
    here = url_of(page)

    send(paul, here, method="dns", go="back")

    assert paul.get(here).context["form"]["method"].value() == "dns"
