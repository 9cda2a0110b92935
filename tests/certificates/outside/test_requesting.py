"""Requesting a certificate without an account: the wizard of inside, which tells nothing of the account."""

import threading
from dataclasses import replace

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from certificates.models import Order, Outsider, Visit
from certificates.outside.actions import requests
from certificates.outside.steps import OutsideWizard
from certificates.states import Hold, Kind, Status
from domains.models import Domain
from profiles.models import OrganizationProfile
from profiles.states import Status as ProfileStatus
from sslportal.kit import audit
from sslportal.kit.models import Draft
from sslportal.kit.moves import Refused
from tests.certificates.outside import visiting
from tests.certificates.outside.visiting import OLGA, locked, text_of, url_of
from tests.factories import make_domain, make_profile
from tests.letters import last_letter, letters_to
from tests.openssl import csr_pem


@pytest.fixture
def inside(olga):
    """Olga has entered."""
    olga.enter()
    return olga


def test_the_whole_way(people, inside):
    page = inside.first_page(people.ov)
    assert page.context["form"]["common_name"].value() == "www.example.com"
    page = inside.send(url_of(page), common_name="www.example.com", sans=["shop.example.com"], add_sans="")
    assert "Certificate Request Summary" in text_of(page)
    page = inside.send(url_of(page), go="finish")

    order = Order.objects.get()
    assert (order.status, order.kind, order.requester, order.asked_by) == (Status.APPROVE, Kind.NEW, None, OLGA)
    assert (order.sans, order.recipients, order.approver) == (["shop.example.com"], [], None)
    assert order.comments == "For the shop that we run for you."
    assert order.organization == people.ov.organization
    assert order.outsider.reference in text_of(page)
    assert not order.outsider.was_proved
    assert not Draft.objects.exists()
    assert not Domain.objects.exists()


def test_the_requester_gets_the_reference_and_the_approvers_are_asked(people, inside):
    order = inside.request(people.ov)

    letter = last_letter(OLGA)
    assert order.outsider.reference in letter.subject
    assert f"/request/{inside.portal.slug}/requests/back/" in letter.text
    assert people.ov.organization not in letter.text
    assert [mail.key for mail in letters_to(people.paul.email)] == [f"certificate-approve:{order.pk}"]
    assert "olga@outside.example (request portal)" in last_letter(people.paul.email).text
    assert not letters_to(people.stan.email)


def test_the_history_tells_who_asked_and_why(people, inside):
    order = inside.request(people.ov)

    (entry,) = audit.of(order)
    assert (entry.verb, entry.actor, entry.after) == ("request", f"{OLGA} (request portal)", Status.APPROVE)
    assert (entry.reason, entry.account_id) == ("For the shop that we run for you.", people.company.pk)


def test_only_profiles_that_are_available_and_take_orders_are_on_offer(people, inside):
    for name, fields in {
        "Hidden": {"in_request_portal": False},
        "Suspended": {"in_request_portal": True, "status": ProfileStatus.SUSPENDED},
    }.items():
        make_profile(people.company, name, primary=people.paul, **fields)
    people.foreign_ov.in_request_portal = True
    people.foreign_ov.save()

    page = inside.get("new/")

    assert [name for _pk, name in page.context["form"].fields["profile"].choices] == ["Example OV"]
    for name in ("Hidden", "Suspended", "Foreign OV"):
        assert name not in text_of(page)
        wrong = inside.first_page(OrganizationProfile.objects.get(name=name))
        assert wrong.status_code == 422


def test_no_profile_at_all_says_whom_to_ask(people, inside):
    OrganizationProfile.objects.update(in_request_portal=False)

    assert "No requests are taken now" in text_of(inside.get("new/"))


def test_nothing_of_the_account_is_told_on_the_way(people, portal, inside):
    """Neither the organization, nor which domains are confirmed, nor how many there may be."""
    people.ov.organization = "The Secret Company"
    people.ov.save()
    make_domain(people.ov, "example.com")
    csr = csr_pem("www.example.com", ("api.example.com",))

    fragment = inside.send("new/read-csr/", csr=csr, profile=people.ov.pk, level="OV")
    first = inside.first_page(people.ov, csr=csr)
    names = {"common_name": "www.example.com", "sans": [f"shop.unheard-of-{n}.example.net" for n in range(30)]}
    summary = inside.send(url_of(first), names, add_sans="")
    done = inside.send(url_of(summary), go="finish")

    assert "The CSR can be used." in text_of(fragment)
    assert "Certificate Request Summary" in text_of(summary)
    assert Order.objects.count() == 1
    for page in (fragment, first, summary, done):
        told = page.content.decode()
        for secret in (
            "Secret",
            "London",
            people.company.name,
            "Added by the portal",
            "subscription",
            "Domain control",
        ):
            assert secret not in told, secret


def test_nobody_else_can_be_mailed(people, inside):
    page = inside.first_page(people.ov)
    page = inside.send(url_of(page), common_name="www.example.com", sans=[], recipients="victim@example.net")
    inside.send(url_of(page), go="finish")

    assert Order.objects.get().recipients == []


def test_a_bad_csr_is_told_as_inside_and_a_private_key_is_kept_nowhere(people, inside):
    key = "-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----"

    page = inside.first_page(people.ov, csr=key)

    assert page.status_code == 422
    assert "must now be considered exposed" in text_of(page)
    assert "MIIEvQ" not in str(Draft.objects.values_list("data", flat=True))


def test_finish_sent_twice_makes_one_order(people, inside):
    page = inside.first_page(people.ov)
    summary = url_of(inside.send(url_of(page), common_name="www.example.com", sans=[], add_sans=""))

    first, second = inside.send(summary, go="finish"), inside.send(summary, go="finish")

    assert Order.objects.count() == Outsider.objects.count() == 1
    assert url_of(first) == url_of(second)


def test_a_profile_switched_off_in_the_middle_leads_back_to_choosing_one(people, inside):
    page = inside.first_page(people.ov)
    summary = url_of(inside.send(url_of(page), common_name="www.example.com", sans=[], add_sans=""))
    people.ov.in_request_portal = False
    people.ov.save()
    other = make_profile(people.company, "Other", primary=people.paul, in_request_portal=True)

    page = inside.send(summary, go="finish")

    assert url_of(page).endswith("/request/")
    assert not Order.objects.exists()
    assert page.context["form"]["csr"].value() == csr_pem()  # nothing typed is lost
    page = inside.first_page(other)
    assert "Confirm Certificate Details" in text_of(page)


def test_a_profile_switched_off_at_the_very_end_is_refused(people, inside):
    inside.first_page(people.ov)
    visit = Visit.objects.get()
    page = f"{inside.base}new/{visit.draft_id}/details/"
    inside.send(page, common_name="www.example.com", sans=[], add_sans="")
    visit.refresh_from_db()
    wizard = OutsideWizard(visit)
    assert wizard.step("summary")
    wanted = wizard.wanted()
    OrganizationProfile.objects.update(in_request_portal=False)

    with pytest.raises(Refused, match="takes no requests any more"):
        requests.submit(wanted, visit, submission=visit.draft_id)

    assert not Order.objects.exists()


def test_a_name_that_is_a_public_suffix_by_the_end_is_refused(people, inside):
    inside.first_page(people.ov)
    visit = Visit.objects.get()
    inside.send(f"{inside.base}new/{visit.draft_id}/details/", common_name="www.example.com", sans=[], add_sans="")
    visit.refresh_from_db()
    wizard = OutsideWizard(visit)
    assert wizard.step("summary")
    wanted = replace(wizard.wanted(), common_name="co.uk")

    with pytest.raises(Refused, match=r"co\.uk"):
        requests.submit(wanted, visit, submission=visit.draft_id)

    assert not Order.objects.exists()


def test_the_portal_is_locked_before_the_draft_as_by_those_who_enter(people, inside):
    page = inside.first_page(people.ov)
    summary = url_of(inside.send(url_of(page), common_name="www.example.com", sans=[], add_sans=""))

    with CaptureQueriesContext(connection) as queries:
        inside.send(summary, go="finish")

    tables = locked(queries)
    assert tables.index("certificates_requestportal") < tables.index("kit_draft")


def test_a_portal_switched_off_in_the_middle_does_not_exist(people, portal, inside):
    page = url_of(inside.first_page(people.ov))
    portal.is_enabled = False
    portal.save()

    assert inside.send(page, common_name="www.example.com").status_code == 404


def test_drafts_of_others_do_not_exist(people, portal, inside, sign_in):
    page = url_of(inside.first_page(people.ov))
    eve = visiting.Outsider(Client(), portal, "eve@outside.example")
    eve.enter()

    assert eve.get(page).status_code == 404
    assert eve.send(page, common_name="evil.example.com").status_code == 404
    assert sign_in(people.paul).get(f"/certificates/new/{Visit.objects.earliest('pk').draft_id}/").status_code == 404


def test_names_that_need_a_look_hold_the_order_as_inside(people, inside):
    order = inside.request(people.ov, "www.аррӏе-example.com")  # Cyrillic

    assert order.hold in (Hold.NAMES, Hold.IDN)


def test_a_plus_address_keeps_its_own_mail_and_requests(people, portal, inside):
    inside.enter("olga+shop@outside.example")

    order = inside.request(people.ov)

    assert (order.asked_by, order.outsider.mailbox) == ("olga+shop@outside.example", OLGA)
    assert letters_to("olga+shop@outside.example")
    assert not letters_to(OLGA)


def test_a_request_with_a_proved_address_says_so(people, olga):
    olga.enter_proved()

    assert olga.request(people.ov).outsider.was_proved


def test_references_cannot_be_guessed(people, inside):
    references = set()
    for _number in range(3):
        references.add(inside.request(people.ov).outsider.reference)

    assert len(references) == 3
    assert all(len(reference.replace("-", "")) == 12 for reference in references)


@pytest.mark.django_db(transaction=True)
def test_finish_sent_twice_at_the_same_moment_makes_one_order(people, portal):
    people.ov.in_request_portal = True
    people.ov.save()
    olga = visiting.Outsider(Client(), portal)
    olga.enter()
    page = olga.first_page(people.ov)
    summary = url_of(olga.send(url_of(page), common_name="www.example.com", sans=[], add_sans=""))

    def finish():
        client = Client()
        client.cookies = olga.client.cookies
        client.post(summary, {"go": "finish"})
        connection.close()

    threads = [threading.Thread(target=finish) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Order.objects.count() == Outsider.objects.count() == 1
