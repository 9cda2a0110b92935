"""Certificate Details: just the buttons of the guide for each status, for just those who may press them, and their pages."""

import re

import pytest

from certificates.actions import requests, revocation
from certificates.models import CompromisedKey, Order
from certificates.states import Kind, Reason, Status
from sslportal.kit import audit
from tests.factories import make_issued, make_order
from tests.openssl import csr_pem
from tests.wizard import errors

HAS_CERTIFICATE = {Status.ISSUED, Status.UNUSED, Status.REVOKED, Status.EXPIRED}
EDITS = ["Edit Notification Recipients", "Edit Comments"]
BUTTONS = {  # of the guide, for a Primary Administrator, within 90 days of the end
    Status.APPROVE: ["Approve", "Cancel", "Back"],
    Status.PENDING: ["Cancel", "Back"],
    Status.ISSUED: ["Download", "Site Seal", "Health Check", "Re-issue", "Renew", "Unused", "Revoke", "Back"],
    Status.CANCELING: ["Back"],
    Status.CANCELED: ["Back"],
    Status.REJECTED: ["Back"],
    Status.EXPIRED: ["Re-issue", "Renew", "Back"],
    Status.REVOKED: ["Re-issue", "Back"],
    Status.UNUSED: ["Restore", "Re-issue", "Revoke", "Back"],
}
BCC = "These are not mail addresses: Bcc:. Write them like name@example.com."
PRIMARYS_ALONE = {"Approve", "Unused", "Revoke", "Restore"}


def make(people, status, **fields):
    if status in HAS_CERTIFICATE:
        return make_issued(people.ov, people.stan, status=status, days=60, **fields)
    return make_order(people.ov, people.stan, status=status, **fields)


def buttons(client, order):
    html = client.get(order.get_absolute_url()).content.decode()
    found = re.findall(r'<a class="btn[^>]*>(.*?)</a>', html[html.index('id="state"') :], re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", one).split()) for one in found]


@pytest.mark.parametrize("status", Status)
def test_a_primary_has_just_the_buttons_of_the_status(people, sign_in, status):
    assert buttons(sign_in(people.paul), make(people, status)) == [*BUTTONS[status], *EDITS]


@pytest.mark.parametrize("status", Status)
def test_a_standard_has_those_that_the_profile_does_not_keep_from_standards(people, sign_in, status):
    theirs = [word for word in BUTTONS[status] if word not in PRIMARYS_ALONE]

    assert buttons(sign_in(people.stan), make(people, status)) == [*theirs, *EDITS]


@pytest.mark.parametrize("status", Status)
def test_a_standard_has_all_of_them_where_the_profile_says_so(people, sign_in, status):
    people.ov.standard_may_approve = people.ov.standard_may_revoke = True
    people.ov.save()

    assert buttons(sign_in(people.stan), make(people, status)) == [*BUTTONS[status], *EDITS]


def test_renew_is_not_offered_before_its_time_nor_twice(people, sign_in):
    paul = sign_in(people.paul)
    early, renewed = make_issued(people.ov, people.stan), make(people, Status.ISSUED)
    renewal = make_order(people.ov, people.paul, kind=Kind.RENEWAL, source=renewed)

    assert "Renew" not in buttons(paul, early) + buttons(paul, renewed)
    assert f"Renewed by order {renewal.pk} (Pending)" in paul.get(renewed.get_absolute_url()).content.decode()


def test_under_the_public_rules_unused_is_not_offered_and_the_page_says_why(people, sign_in, settings):
    settings.PORTAL_POLICY = "public-trust"
    order, paul = make(people, Status.ISSUED), sign_in(people.paul)

    assert "Unused" not in buttons(paul, order)
    assert "It cannot be marked as unused" in paul.get(order.get_absolute_url()).content.decode()


def test_a_revoked_certificate_says_when_by_whom_and_why(people, sign_in):
    order = make(people, Status.ISSUED)
    revocation.revoke_order(order, reason=Reason.OTHER, detail="The <shop> is closed.", by=people.paul)

    html = sign_in(people.stan).get(order.get_absolute_url()).content.decode()

    assert "paul@example.com" in html
    assert "Other reason: The &lt;shop&gt; is closed." in html


def test_who_of_the_vetting_team_revoked_it_is_not_told(people, sign_in):
    order = make(people, Status.ISSUED)
    revocation.revoke_order(order, reason=Reason.CHANGED, by=people.vera)

    html = sign_in(people.paul).get(order.get_absolute_url()).content.decode()

    assert "The vetting team" in html
    assert "vera@" not in html


def test_an_order_and_what_follows_on_it_lead_to_each_other(people, sign_in):
    source = make(people, Status.EXPIRED)
    copy = make_order(people.ov, people.paul, kind=Kind.REISSUE, source=source)
    paul = sign_in(people.paul)

    assert f'href="{copy.get_absolute_url()}"' in paul.get(source.get_absolute_url()).content.decode()
    assert f'href="{source.get_absolute_url()}"' in paul.get(copy.get_absolute_url()).content.decode()


def test_what_follows_in_a_profile_that_one_does_not_see_stays_unseen(people, sign_in):
    source = make(people, Status.EXPIRED)
    copy = make_order(people.foreign_ov, people.stranger, kind=Kind.REISSUE, source=source)

    html = sign_in(people.paul).get(source.get_absolute_url()).content.decode()

    assert f'href="{copy.get_absolute_url()}"' not in html


class TestRevoking:
    """Why, then whether for good: only Yes revokes."""

    def test_it_is_asked_twice_and_revoked_once(self, people, sign_in):
        order, paul = make(people, Status.ISSUED), sign_in(people.paul)
        url = f"/certificates/{order.pk}/revoke/"

        asked = paul.post(url, {"reason": "key", "detail": "", "go": "revoke"})
        before = Order.objects.get().status
        paul.post(url, {"reason": "key", "detail": "", "go": "yes"})

        assert "This cannot be reversed." in asked.content.decode()
        assert "has been stolen or compromised" in asked.content.decode()
        assert (before, Order.objects.get().status) == (Status.ISSUED, Status.REVOKED)
        assert CompromisedKey.objects.get().by == people.paul

    def test_no_leads_back_with_what_was_typed(self, people, sign_in):
        order = make(people, Status.ISSUED)

        page = sign_in(people.paul).post(
            f"/certificates/{order.pk}/revoke/", {"reason": "other", "detail": "Closed.", "go": "back"}
        )

        assert page.context["form"]["detail"].value() == "Closed."
        assert Order.objects.get().status == Status.ISSUED

    @pytest.mark.parametrize(
        ("typed", "field", "says"),
        [
            ({}, "reason", "Choose why the certificate is to be revoked."),
            ({"reason": "other"}, "detail", "Write what the other reason is."),
            ({"reason": "unused"}, "reason", "Select a valid choice. unused is not one of the available choices."),
        ],
    )
    def test_it_needs_one_of_the_six_reasons(self, people, sign_in, typed, field, says):
        order = make(people, Status.ISSUED)

        page = sign_in(people.paul).post(f"/certificates/{order.pk}/revoke/", {**typed, "go": "yes"})

        assert (page.status_code, errors(page, field)) == (422, [says])
        assert Order.objects.get().status == Status.ISSUED

    def test_a_stale_page_is_told_so(self, people, sign_in):
        order, paul = make(people, Status.ISSUED), sign_in(people.paul)
        revocation.revoke_order(order, reason=Reason.CHANGED, by=people.paul)

        page = paul.post(f"/certificates/{order.pk}/revoke/", {"reason": "key", "go": "yes"}, follow=True)

        assert "This is not possible now: the order is Revoked." in page.content.decode()
        assert not CompromisedKey.objects.exists()


def test_unused_and_restore_ask_first(people, sign_in):
    order, paul = make(people, Status.ISSUED), sign_in(people.paul)

    statuses = []
    for word in ("unused", "restore"):
        page = paul.get(f"/certificates/{order.pk}/{word}/")
        assert [page.status_code, "No" in page.content.decode()] == [200, True]
        paul.post(f"/certificates/{order.pk}/{word}/")
        statuses.append(Order.objects.get().status)

    assert statuses == [Status.UNUSED, Status.ISSUED]


def test_recipients_are_edited_and_the_history_tells_it(people, sign_in):
    order = make(people, Status.ISSUED, recipients=["old@example.com"])

    sign_in(people.stan).post(f"/certificates/{order.pk}/recipients/", {"recipients": "a@example.com, b@example.com"})

    order.refresh_from_db()
    assert order.recipients == ["a@example.com", "b@example.com"]
    assert audit.of(order).get().changes == {
        "Notification Recipients": ["old@example.com", "a@example.com, b@example.com"]
    }


def test_comments_are_edited_and_are_shown_as_they_are(people, sign_in):
    order, stan = make(people, Status.REVOKED), sign_in(people.stan)

    page = stan.post(f"/certificates/{order.pk}/comments/", {"comments": "<b>Old</b> shop"}, follow=True)

    assert "&lt;b&gt;Old&lt;/b&gt; shop" in page.content.decode()


@pytest.mark.parametrize(
    ("part", "typed", "says"),
    [
        ("comments", "x" * 65_536, "Ensure this value has at most 4000 characters (it has 65536)."),
        ("recipients", "nobody", "These are not mail addresses: nobody. Write them like name@example.com."),
        ("recipients", "a@example.com\r\nBcc: b@example.com", BCC),
    ],
)  # fmt: skip
def test_what_cannot_be_kept_is_told_and_stays_in_the_box(people, sign_in, part, typed, says):
    order = make(people, Status.ISSUED)

    page = sign_in(people.paul).post(f"/certificates/{order.pk}/{part}/", {part: typed})

    assert (page.status_code, errors(page, part)) == (422, [says])
    assert page.context["form"][part].value() == typed


class TestNewCsr:
    """The vetting team asked for another one (E19)."""

    @pytest.fixture
    def order(self, people):
        return requests.ask_for_csr(make(people, Status.PENDING), reason="Another key, please.", by=people.vera)

    def test_the_page_of_the_order_says_so_and_leads_there(self, people, sign_in, order):
        stan = sign_in(people.stan)

        assert buttons(stan, order)[:2] == ["Supply a new CSR", "Cancel"]
        assert (
            "The vetting team asks for a new CSR: Another key, please."
            in stan.get(order.get_absolute_url()).content.decode()
        )

    def test_it_is_supplied_on_the_order(self, people, sign_in, order):
        before = order.key_sha256

        sign_in(people.stan).post(f"/certificates/{order.pk}/new-csr/", {"csr": csr_pem("another.example.net")})

        order.refresh_from_db()
        assert (order.hold, order.common_name) == ("", "www.example.com")
        assert order.key_sha256 != before

    def test_a_private_key_is_refused_and_not_carried_back(self, people, sign_in, order):
        pasted = (
            "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg\n-----END PRIVATE KEY-----"
        )

        page = sign_in(people.stan).post(f"/certificates/{order.pk}/new-csr/", {"csr": pasted})

        assert "must now be considered exposed" in errors(page, "csr")[0]
        assert "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg" not in page.content.decode()
