"""Afterwards: one's own requests, and nobody else's; comments, canceling, a new CSR, the download."""

import pytest
from django.test import Client

from accounts.states import Status as PersonStatus
from certificates import notices
from certificates.actions import requests, revocation
from certificates.models import Order, Visit
from certificates.outside import links, rules, visits
from certificates.outside.actions import requests as outside
from certificates.outside.limits import MOST_COMMENTS
from certificates.states import Hold, Reason, Status
from sslportal.kit import audit
from sslportal.kit.models import OutgoingMail
from tests.certificates.outside.visiting import OLGA, Outsider, text_of, url_of
from tests.factories import issue, make_domain, make_order, make_outside_order, make_outsider
from tests.letters import last_letter, letters_to, link_in
from tests.openssl import csr_pem


@pytest.fixture
def order(people, portal):
    return make_outside_order(people.ov)


@pytest.fixture
def back(olga, order):
    """Olga, who has proved her address."""
    olga.enter_proved()
    return olga


def test_the_mailed_link_leads_to_ones_requests_after_a_button(people, portal, order):
    path = links.way_back(order).partition("localhost")[2].partition("/")[2]
    browser = Outsider(Client(), portal)
    path = f"/{path}"

    assert "Welcome back" in text_of(browser.get(path))
    page = browser.send(path)

    assert url_of(page) == f"{browser.base}requests/"
    assert order.outsider.reference in text_of(page)
    assert browser.get(path).status_code == 410


def test_without_a_proved_address_no_request_is_shown(people, olga, order):
    olga.enter()

    page = olga.get("requests/")
    assert order.outsider.reference not in text_of(page)
    assert olga.get(olga.request_page(order)).status_code == 404

    olga.send("code/?to=requests", go="again")
    page = olga.prove("requests")
    assert order.outsider.reference in text_of(page)


def test_others_requests_do_not_exist(people, back):
    others = [
        make_outside_order(people.ov, "eve@outside.example"),
        make_outside_order(people.ov, "olga+other@outside.example"),
        make_outside_order(people.foreign_ov, OLGA),
    ]

    for other in others:
        for tail in ("", "cancel/", "new-csr/", "download/", "download/www.example.com.crt"):
            answer = back.get(back.request_page(other, tail))
            assert answer.status_code == 404
            assert answer.content == back.get("requests/NO-SUCH-REFERENCE/").content
        assert back.send(back.request_page(other, "cancel/")).status_code == 404
        assert back.send(back.request_page(other, "comment/"), text="Hello").status_code == 404
    assert {order.status for order in Order.objects.all()} == {Status.APPROVE}


def test_what_one_sees_is_what_one_owns(people, portal, back):
    """The rule and its query say the same."""
    for email in (OLGA, "eve@outside.example"):
        make_outside_order(people.ov, email)
        make_outside_order(people.foreign_ov, email)
    make_order(people.ov, people.paul)
    for visit in Visit.objects.all():
        for proved in (True, False):
            visit.is_proved = proved
            seen = set(Order.objects.visible_outside(visit))
            assert seen == {order for order in Order.objects.all() if rules.owns(visit, order)}
            assert len(seen) == (2 if proved else 0)


def test_the_page_tells_the_state_and_no_names_of_others(people, back, order):
    requests.approve_order(order, by=people.paul)

    told = text_of(back.get(back.request_page(order)))

    assert "Your request is approved." in told
    for secret in (people.paul.email, "Paul", people.company.name, people.ov.organization, "not among the domains"):
        assert secret not in told


def test_a_comment_goes_to_the_approvers_and_stands_in_the_history(people, back, order):
    page = back.send(back.request_page(order, "comment/"), text="It is <urgent>.")

    assert "It is &lt;urgent&gt;." in page.content.decode()
    letter = last_letter(people.paul.email)
    assert "It is <urgent>." in letter.text
    assert not letters_to(people.stan.email)
    (entry,) = audit.of(order)
    assert (entry.verb, entry.actor, entry.reason) == ("comment", f"{OLGA} (request portal)", "It is <urgent>.")


def test_comments_end_at_a_limit_and_when_nobody_waits_for_them(people, back, order):
    for number in range(MOST_COMMENTS + 2):
        back.send(back.request_page(order, "comment/"), text=f"Comment {number}")
    assert audit.of(order).filter(verb="comment").count() == MOST_COMMENTS

    Order.objects.update(status=Status.CANCELED)
    page = back.send(back.request_page(order, "comment/"), text="Too late")
    assert "Nobody waits for comments" in text_of(page)


@pytest.mark.parametrize(
    "text", ["", " ", "x" * 1001, "-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----"]
)
def test_a_bad_comment_is_refused_at_its_field(back, order, text):
    page = back.send(back.request_page(order, "comment/"), text=text)

    assert page.status_code == 422
    assert "MIIEvQ" not in page.content.decode()
    assert not audit.of(order).exists()


def test_a_request_is_canceled_while_nobody_has_approved_it(people, back, order):
    assert "Cancel your request" in text_of(back.get(back.request_page(order, "cancel/")))

    back.send(back.request_page(order, "cancel/"))

    order.refresh_from_db()
    assert order.status == Status.CANCELED
    assert audit.of(order).get().actor == f"{OLGA} (request portal)"
    assert last_letter(OLGA).key == f"certificate-canceled:{order.pk}"


def test_an_approved_request_is_not_canceled_outside(people, back, order):
    requests.approve_order(order, by=people.paul)

    page = back.send(back.request_page(order, "cancel/"))

    assert "can no longer be canceled" in text_of(page)
    order.refresh_from_db()
    assert order.status == Status.PENDING


def test_the_certificate_is_mailed_and_can_be_downloaded(people, back, order, ca):
    make_domain(people.ov)
    requests.approve_order(order, by=people.paul)
    order.refresh_from_db()
    issue(order)

    letter = last_letter(OLGA)
    assert letter.key == f"certificate-issued:{order.pk}"
    assert [file.name for file in letter.attachments.all()] == ["www.example.com.crt"]
    assert "/certificates/" not in letter.text
    assert link_in(letter).startswith(f"{back.base}requests/back/")

    page = back.get(back.request_page(order, "download/"))
    assert "BEGIN PKCS7" in page.content.decode()
    assert f'href="{back.base}{back.request_page(order, "download/")}www.example.com.crt"' in page.content.decode()
    file = back.get(back.request_page(order, "download/www.example.com.crt"))
    assert file.content.startswith(b"-----BEGIN CERTIFICATE-----")
    assert back.get(back.request_page(order, "download/nothing.crt")).status_code == 404


def test_nothing_is_downloaded_of_what_is_not_issued(people, back, order, ca):
    assert back.get(back.request_page(order, "download/")).status_code == 404

    make_domain(people.ov)
    requests.approve_order(order, by=people.paul)
    order.refresh_from_db()
    issue(order)
    order.refresh_from_db()
    revocation.revoke_order(order, reason=Reason.OTHER, detail="For reasons of our own.", by=people.paul)

    assert back.get(back.request_page(order, "download/")).status_code == 404
    assert "For reasons of our own." not in text_of(back.get(back.request_page(order)))
    letter = last_letter(OLGA)
    assert letter.key == f"certificate-revoked:{order.pk}"
    assert "For reasons" not in letter.text


def test_a_rejection_is_told_without_the_words_for_the_account(people, back, order):
    requests.reject_order(order, reason="Your account is under suspicion.", by=people.vera)

    letter = last_letter(OLGA)
    assert "was rejected" in letter.subject
    assert "suspicion" not in letter.text
    assert "suspicion" not in text_of(back.get(back.request_page(order)))
    assert "suspicion" in last_letter(people.paul.email).text


def test_a_new_csr_is_brought_by_the_requester(people, back, order):
    requests.approve_order(order, by=people.paul)
    requests.ask_for_csr(order, reason="We do not like this customer's key.", by=people.vera)
    assert "do not like" not in last_letter(OLGA).text
    page = back.get(back.request_page(order, "new-csr/"))
    assert "do not like" not in text_of(page)

    same = back.send(back.request_page(order, "new-csr/"), csr=order.csr)
    assert same.status_code == 422
    back.send(back.request_page(order, "new-csr/"), csr=csr_pem("other.example.com"))

    before = order.key_sha256
    order.refresh_from_db()
    assert order.key_sha256 != before
    assert (order.hold, order.common_name) == ("", "www.example.com")
    assert audit.of(order).filter(verb="supply-csr").get().actor == f"{OLGA} (request portal)"


def test_a_csr_that_nobody_waits_for_is_not_taken(back, order):
    assert order.hold != Hold.CSR

    page = back.send(back.request_page(order, "new-csr/"), csr=csr_pem("other.example.com"))

    assert url_of(page).endswith(f"{order.outsider.reference}/")
    before = order.key_sha256
    order.refresh_from_db()
    assert order.key_sha256 == before


def test_mail_to_the_requester_has_no_link_while_the_portal_is_off(people, portal, order):
    portal.is_enabled = False
    portal.save()

    requests.cancel_order(order, by=people.paul)

    letter = last_letter(OLGA)
    assert letter.letter["action"] is None
    assert "/request/" not in letter.text


def test_the_requester_is_mailed_in_the_language_of_the_browser(people, portal):
    order = make_outside_order(people.ov, outsider=make_outsider(people.company, language="ja"))

    requests.cancel_order(order, by=people.paul)

    languages = {mail.to: mail.language for mail in OutgoingMail.objects.all()}
    assert (languages[OLGA], languages[people.paul.email]) == ("ja", "en")


@pytest.mark.parametrize("deed", ["ask", "cancel"])
def test_whoever_gives_an_approvers_address_changes_none_of_the_approvers_letters(people, portal, deed):
    order = make_outside_order(people.ov, people.paul.email)

    if deed == "ask":
        notices.please_approve(order)
    else:
        requests.cancel_order(order, by=people.paul)

    letter = last_letter(people.paul.email)
    assert f"/certificates/{order.pk}/" in letter.text
    assert "/request/" not in letter.text


def test_an_administrator_of_another_account_is_mailed_as_requester(people, portal):
    order = make_outside_order(people.ov, people.stranger.email)

    requests.cancel_order(order, by=people.paul)

    letter = last_letter(people.stranger.email)
    assert f"/request/{portal.slug}/requests/back/" in letter.text
    assert f"/certificates/{order.pk}/" not in letter.text


def test_the_longest_address_does_not_hide_in_the_history_that_it_is_from_outside(people, portal):
    email = f"paul@{'x' * 60}.{'x' * 60}.{'x' * 60}.{'x' * 57}.example"
    order = make_outside_order(people.ov, email)
    visit, _key = visits.begin(portal, email=email, is_proved=True)

    outside.cancel(order, visit)

    assert audit.of(order).get().actor.endswith("x (request portal)")


def test_somebody_who_was_an_administrator_once_is_mailed_as_requester(people, portal):
    people.stan.status = PersonStatus.REMOVED
    people.stan.save()
    order = make_outside_order(people.ov, people.stan.email)

    requests.cancel_order(order, by=people.paul)

    assert last_letter(people.stan.email).key == f"certificate-canceled:{order.pk}"
