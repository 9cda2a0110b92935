"""How each of the domains that are being added is confirmed."""

import pytest

from domains.models import ContactLookup, Domain
from sslportal.kit import clock
from sslportal.kit.models import Draft
from tests.domains.views.adding import heading, says, start, ways
from tests.wizard import errors, send, url_of

# How each is confirmed


def test_the_addresses_are_those_of_the_name_and_of_its_parents(people, paul):
    page = start(paul, people, "a.shop.example-one.com")

    offered = [offer.value for offer in page.context["form"].fields["method"].offers]
    locals_ = ("admin", "administrator", "webmaster", "hostmaster", "postmaster")
    hosts = ("a.shop.example-one.com", "shop.example-one.com", "example-one.com")
    assert offered == [*(f"{local}@{host}" for host in hosts for local in locals_), "dns", "file", "manual"]


def test_each_choice_has_its_word_as_label_and_its_help_beside(people, paul):
    shown = start(paul, people, "example-one.com").content.decode()

    for told in ("<span>DNS record</span>", "<span>File on the web server</span>", "<span>Manually Validate</span>"):
        assert told in shown
    assert 'aria-describedby="id_method_1_0_help"' in shown
    assert '<p class="help" id="id_method_1_0_help">You publish a TXT record' in shown
    assert "Manually Validate cannot be taken back." in shown


def test_contacts_that_dns_names_are_offered_first(people, paul):
    now = clock.now()
    contacts = [["dns-contact", "it@example.org"], ["dns-contact", "admin@example-one.com"]]
    ContactLookup.objects.create(name="example-one.com", asked_at=now, answered_at=now, addresses=contacts)

    page = start(paul, people, "example-one.com")
    offered = [offer.value for offer in page.context["form"].fields["method"].offers]
    page = send(paul, url_of(page), method="it@example.org")
    send(paul, url_of(page), go="finish")

    assert offered[:3] == ["it@example.org", "admin@example-one.com", "administrator@example-one.com"]
    assert offered.count("admin@example-one.com") == 1
    assert ways() == {"example-one.com": "dns-contact"}


def test_while_a_worker_looks_for_contacts_the_page_says_so(people, paul):
    page = start(paul, people, "example-one.com")
    assert "still looking whether DNS names further addresses" in page.content.decode()
    ContactLookup.objects.update(answered_at=clock.now())

    assert "still looking" not in paul.get(url_of(page)).content.decode()


@pytest.mark.parametrize("choice", ["root@example-one.com", "admin@example-two.com", "nonsense", "whois"])
def test_what_is_not_on_offer_is_refused(people, paul, choice):
    page = start(paul, people, "example-one.com")

    page = send(paul, url_of(page), method=choice)

    assert page.status_code == 422
    assert errors(page, "method") == ["This way is no longer on offer. Choose another one."]


def test_a_choice_is_needed(people, paul):
    page = start(paul, people, "example-one.com")

    page = send(paul, url_of(page), go="continue")

    assert (page.status_code, errors(page, "method")) == (422, ["Choose one of the ways."])


def test_an_address_that_was_withdrawn_meanwhile_is_not_used(people, paul):
    now = clock.now()
    lookup = ContactLookup.objects.create(
        name="example-one.com", asked_at=now, answered_at=now, addresses=[["dns-contact", "it@example.org"]]
    )
    page = start(paul, people, "example-one.com")
    summary = url_of(send(paul, url_of(page), method="it@example.org"))
    lookup.addresses = []
    lookup.save()

    page = send(paul, summary, go="finish")

    assert heading(page) == "Confirmation of Control for domain 1 of 1"
    assert not Domain.objects.exists()


def test_skip_leaves_the_domain_out(people, paul):
    page = start(paul, people, "example-one.com example-two.com")
    page = send(paul, url_of(page), go="skip")
    page = send(paul, url_of(page), method="manual")
    page = send(paul, url_of(page), go="finish")

    assert says(page) == ["1 domain was added."]
    assert ways() == {"example-two.com": "manual"}


def test_a_skipped_domain_can_be_chosen_after_all(people, paul):
    page = start(paul, people, "example-one.com")
    here = url_of(page)
    send(paul, here, go="skip")
    assert paul.get(here).context["form"]["method"].value() == "skip"

    page = send(paul, here, method="dns")
    send(paul, url_of(page), go="finish")

    assert ways() == {"example-one.com": "dns"}


def test_skipping_all_adds_nothing_and_says_so(people, paul):
    page = start(paul, people, "example-one.com example-two.com")
    page = send(paul, url_of(page), go="skip")
    page = send(paul, url_of(page), go="skip")
    page = send(paul, url_of(page), go="finish")

    assert says(page) == ["All domains were skipped: nothing was added."]
    assert not Domain.objects.exists()
    assert not Draft.objects.exists()


def test_skip_is_for_the_pages_of_domains_only(people, paul):
    page = start(paul, people, "example-one.com")
    names = url_of(page).replace("control-example-one.com", "names")

    send(paul, names, go="skip", profile=people.ov.pk, level="OV", names="example-one.com")

    assert paul.get(names).context["form"]["names"].value() == "example-one.com"


@pytest.mark.parametrize(
    ("choice", "chosen"),
    [
        ("dns", ["dns", "dns", "dns"]),
        ("file", ["file", "file", "file"]),
        ("manual", ["manual", "manual", "manual"]),
        (
            "webmaster@example-one.com",
            ["webmaster@example-one.com", "webmaster@a.example-two.com", "webmaster@example-3.com"],
        ),
    ],
)
def test_all_remaining_domains_are_confirmed_in_the_same_way(people, paul, choice, chosen):
    page = start(paul, people, "example-one.com a.example-two.com example-3.com")
    page = send(paul, url_of(page), method=choice, for_all="on")

    assert heading(page) == "New Domain Request Summary"
    assert list(page.context["wizard"].choices().values()) == chosen
    send(paul, url_of(page), go="finish")
    assert Domain.objects.count() == 3


def test_the_pages_before_keep_their_own_way(people, paul):
    page = start(paul, people, "example-one.com example-two.com example-three.com")
    page = send(paul, url_of(page), method="file")
    page = send(paul, url_of(page), method="dns", for_all="on")

    assert list(page.context["wizard"].choices().values()) == ["file", "dns", "dns"]


def test_an_address_that_the_others_do_not_have_leads_to_their_pages(people, paul):
    now = clock.now()
    ContactLookup.objects.create(
        name="example-one.com", asked_at=now, answered_at=now, addresses=[["dns-contact", "it@example.org"]]
    )
    page = start(paul, people, "example-one.com example-two.com")

    page = send(paul, url_of(page), method="it@example.org", for_all="on")

    assert heading(page) == "Confirmation of Control for domain 2 of 2"
    assert page.context["form"]["method"].value() is None


def test_the_last_page_does_not_ask_for_the_remaining_ones(people, paul):
    page = start(paul, people, "example-one.com example-two.com")
    assert "Confirm all remaining domains in this way" in page.content.decode()

    page = send(paul, url_of(page), method="manual")

    assert "Confirm all remaining domains in this way" not in page.content.decode()
