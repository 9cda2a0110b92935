"""Upgrading a profile to EV: who may ask, what is asked, and what becomes of the request."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client

from profiles import ev_actions
from profiles.ev_contacts import ev_contacts
from profiles.models import EvRequest
from profiles.notifications.models import Notice
from profiles.states import Status
from profiles.vetting.actions import suspend
from sslportal.kit import audit
from sslportal.kit.models import Draft
from sslportal.kit.moves import Refused
from tests.ev import ADA, ADDRESS, SID, ask, signers_link
from tests.factories import make_ev_profile, make_profile
from tests.letters import last_letter, letters_to
from tests.wizard import errors, send, url_of

OTHER_PLACE = {"place": "other", **ADDRESS}


@pytest.fixture
def paul(people, sign_in):
    return sign_in(people.paul)


def ev(profile, rest=""):
    return f"/administration/profiles/{profile.pk}/ev/{rest}"


def to_signer(client, profile, **approver):
    """Answer the pages before the contract signer's; returns that page."""
    page = send(client, ev(profile))
    return send(client, url_of(page), ADA | {"place": "organization"} | approver)


def to_confirmation(client, profile, **signer):
    page = to_signer(client, profile)
    return send(client, url_of(page), SID | {"place": "organization"} | signer)


# Asking, page by page


def test_the_whole_way(people, paul):
    page = paul.get(ev(people.ov))
    assert "Organization Information" in page.content.decode()
    assert "1 Example Street" in page.content.decode()
    page = send(paul, ev(people.ov))
    assert "Certificate Requester/Approver" in page.content.decode()
    page = send(paul, url_of(page), ADA | OTHER_PLACE)
    assert "Contract Signer" in page.content.decode()
    page = send(paul, url_of(page), SID, place="approver")
    for told in ("Confirmation", "Ada Approver", "Sid Signer", "sid@example.com"):
        assert told in page.content.decode()
    page = send(paul, url_of(page), go="approve")

    request = EvRequest.objects.get()
    assert url_of(page) == ev(people.ov, "submitted/")
    assert "sid@example.com" in page.content.decode()
    assert (request.profile, request.requester, request.status) == (people.ov, people.paul, "signing")
    assert request.signer.address1 == request.approver.address1 == "2 Harbour Road"
    people.ov.refresh_from_db()
    assert people.ov.status == Status.UPGRADING
    assert not Draft.objects.exists()


def test_the_requester_starts_as_the_person_who_asks(people, paul):
    page = send(paul, ev(people.ov))

    form = page.context["form"]
    assert [form[name].value() for name in ("first_name", "email", "place")] == [
        "Paul",
        "paul@example.com",
        "organization",
    ]


def test_the_same_address_as_the_organization_needs_no_boxes(people, paul):
    page = to_confirmation(paul, people.ov)

    send(paul, url_of(page), go="approve")

    signer = EvRequest.objects.get().signer
    assert [signer.address1, signer.locality, signer.country] == ["1 Example Street", "London", "GB"]


def test_boxes_beside_the_same_address_are_ignored_but_kept(people, paul):
    page = to_signer(paul, people.ov, address1="9 Forgotten Lane", country="XX")
    approver = url_of(page).replace("signer", "approver")

    assert paul.get(approver).context["form"]["address1"].value() == "9 Forgotten Lane"
    page = send(paul, url_of(page), SID, place="approver")
    send(paul, url_of(page), go="approve")
    assert EvRequest.objects.get().signer.address1 == "1 Example Street"


def test_another_address_must_be_filled_in(people, paul):
    page = to_signer(paul, people.ov, place="other")

    assert page.status_code == 422
    assert errors(page, "address1") == ["This field is required."]
    assert page.context["form"]["last_name"].value() == "Approver"


def test_only_the_signer_may_be_where_the_approver_is(people, paul):
    page = to_signer(paul, people.ov, place="approver")

    assert page.status_code == 422


def test_changing_a_contact_leads_back_to_the_confirmation(people, paul):
    confirmation = url_of(to_confirmation(paul, people.ov))
    approver = confirmation.replace("confirmation", "approver")

    send(paul, approver, ADA | {"place": "organization", "job_title": "Chief"})

    assert "Chief" in paul.get(confirmation).content.decode()


def test_going_back_keeps_what_was_typed(people, paul):
    page = to_signer(paul, people.ov)
    signer = url_of(page)

    send(paul, signer, {"first_name": "Half"}, go="back")

    assert paul.get(signer).context["form"]["first_name"].value() == "Half"


def test_a_page_whose_turn_has_not_come_leads_to_the_first_unanswered(people, paul):
    signer = url_of(to_signer(paul, people.ov))

    page = paul.get(signer.replace("signer", "confirmation"))

    assert page["Location"] == signer


def test_cancel_discards_the_draft(people, paul):
    page = to_signer(paul, people.ov)

    send(paul, url_of(page), go="cancel")

    assert not Draft.objects.exists()
    assert not EvRequest.objects.exists()


def test_approve_sent_twice_asks_once(people, paul):
    confirmation = url_of(to_confirmation(paul, people.ov))

    answers = [send(paul, confirmation, go="approve") for _ in range(2)]

    assert EvRequest.objects.count() == 1
    assert url_of(answers[0]) == url_of(answers[1]) == ev(people.ov, "submitted/")
    assert len(letters_to("sid@example.com")) == 1


@pytest.mark.django_db(transaction=True)
def test_approve_sent_twice_at_once_asks_once(people, paul):
    confirmation = url_of(to_confirmation(paul, people.ov))
    barrier = threading.Barrier(2)

    def approve(_number):
        client = Client()
        client.cookies = paul.cookies
        barrier.wait()
        try:
            return client.post(confirmation, {"go": "approve"})["Location"]
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        places = set(pool.map(approve, range(2)))

    assert places == {ev(people.ov, "submitted/")}
    assert EvRequest.objects.count() == 1
    assert len(letters_to("sid@example.com")) == 1


def test_a_draft_of_another_profile_or_person_does_not_exist(people, paul, client, sign_in):
    other = make_profile(people.company, "Second", primary=people.paul)
    signer = url_of(to_signer(paul, people.ov))

    assert paul.get(signer.replace(f"/{people.ov.pk}/", f"/{other.pk}/", 1)).status_code == 404
    assert sign_in(people.gina).get(signer).status_code == 404


# Who may, and when


@pytest.mark.parametrize(
    ("person", "status"), [("gina", 200), ("paul", 200), ("stan", 403), ("stranger", 404), ("vera", 403)]
)
def test_global_and_primary_administrators_may_ask(people, sign_in, person, status):
    assert sign_in(getattr(people, person)).get(ev(people.ov)).status_code == status


@pytest.mark.parametrize("status", [status for status in Status if status != Status.READY])
def test_only_a_ready_profile_can_be_upgraded(people, paul, status):
    profile = make_profile(people.company, "Other", primary=people.paul, status=status)

    page = paul.get(ev(profile))

    assert page.status_code == 409
    assert "Upgrade to EV" in page.content.decode()
    with pytest.raises(Refused):
        ask(profile, people.paul)


def test_an_ev_profile_is_not_upgraded(people, paul):
    profile = make_ev_profile(people.company, primary=people.paul)

    assert "is vetted to EV already" in paul.get(ev(profile)).content.decode()
    with pytest.raises(Refused):
        ask(profile, people.paul)


def test_a_profile_that_was_suspended_meanwhile_is_not_asked_for(people, paul):
    confirmation = url_of(to_confirmation(paul, people.ov))
    suspend(people.ov, reason="A complaint.", by=people.vera)

    page = send(paul, confirmation, go="approve")

    assert page.status_code == 409
    assert "is Suspended" in page.content.decode()
    assert not EvRequest.objects.exists()
    assert Draft.objects.count() == 1


def test_the_action_asks_who_may(people):
    with pytest.raises(PermissionDenied):
        ask(people.ov, people.stan)


def test_the_same_draft_makes_one_request(people):
    contacts = {"approver": ADA | ADDRESS, "signer": SID | ADDRESS}
    draft = uuid.uuid4()

    first, second = (ev_actions.request_ev(people.ov, **contacts, submission=draft, by=people.paul) for _ in range(2))

    assert first == second
    assert len(letters_to("sid@example.com")) == 1


def test_asking_is_told_in_the_history_and_mailed_to_the_signer(people):
    ask(people.ov, people.paul)

    assert [(entry.verb, entry.actor) for entry in audit.of(people.ov)] == [("request_ev", "paul@example.com")]
    letter = last_letter("sid@example.com")
    assert letter.subject == "Please review the Extended Validation terms for Example Corporation"
    for told in ("Paul Example", "Ada Approver", "30 days"):
        assert told in letter.text


def test_a_request_left_open_by_an_expired_profile_gives_way_to_a_new_one(people):
    old = ask(people.ov, people.paul)
    type(people.ov).objects.filter(pk=people.ov.pk).update(status=Status.READY)

    new = ask(people.ov, people.paul)

    old.refresh_from_db()
    assert (old.status, new.status) == ("canceled", "signing")


# Canceling and sending again


@pytest.fixture
def request_(people):
    return ask(people.ov, people.paul)


def test_cancel_asks_first_and_changes_nothing(people, paul, request_):
    page = paul.get(ev(people.ov, "cancel/"))

    assert "Cancel the upgrade" in page.content.decode()
    request_.refresh_from_db()
    assert request_.status == "signing"


def test_cancel_ends_the_link_and_the_upgrade(people, paul, client, request_):
    link = signers_link()

    page = send(paul, ev(people.ov, "cancel/"))

    request_.refresh_from_db()
    people.ov.refresh_from_db()
    assert "The upgrade to EV was canceled." in page.content.decode()
    assert (request_.status, people.ov.status, people.ov.level) == ("canceled", "ready", "OV")
    assert client.get(link).status_code == 410
    assert "was canceled" in last_letter("sid@example.com").subject
    assert [entry.verb for entry in audit.of(people.ov)] == ["request_ev", "cancel_ev"]
    notice = Notice.objects.get()
    assert notice.subject == last_letter("paul@example.com").subject == "The upgrade of “Example OV” to EV was canceled"
    assert notice.letter["paragraphs"][0].startswith("Paul Example canceled the upgrade.")


def test_after_cancel_it_can_be_asked_for_again(people, paul, request_):
    send(paul, ev(people.ov, "cancel/"))

    assert paul.get(ev(people.ov)).status_code == 200


def test_resend_mails_a_new_link_and_ends_the_one_before(people, paul, client, request_):
    first = signers_link()

    send(paul, ev(people.ov, "resend/"))

    assert signers_link() != first
    assert client.get(first).status_code == 410
    assert client.get(signers_link()).status_code == 200
    assert [entry.verb for entry in audit.of(people.ov)] == ["request_ev", "resend_ev"]


@pytest.mark.parametrize("rest", ["cancel/", "resend/"])
def test_what_was_answered_is_neither_canceled_nor_sent_again(people, paul, request_, rest):
    link, _request = ev_actions.find(signers_link().split("/")[-2])
    ev_actions.accept(link, "2026-11/en")

    page = send(paul, ev(people.ov, rest))

    assert "waits for its contract signer" in page.content.decode()
    request_.refresh_from_db()
    assert request_.status == "vetting"


@pytest.mark.parametrize("action", [ev_actions.cancel, ev_actions.resend])
def test_while_the_profile_is_suspended_the_request_rests(people, request_, action):
    suspend(people.ov, reason="A complaint.", by=people.vera)

    with pytest.raises(Refused, match="at rest"):
        action(request_, by=people.paul)


@pytest.mark.parametrize("rest", ["cancel/", "resend/"])
def test_a_standard_administrator_may_neither_cancel_nor_send_again(people, sign_in, request_, rest):
    assert sign_in(people.stan).post(ev(people.ov, rest)).status_code == 403


# The area of the edit page


def test_the_contacts_are_shown_with_what_can_be_done(people, paul, request_):
    shown = ev_contacts(people.ov.__class__.objects.get(pk=people.ov.pk))

    assert (shown["request"], shown["awaits_signer"]) == (request_, True)


def test_no_request_shows_nothing(people):
    assert ev_contacts(people.ov) == {"request": None, "awaits_signer": False}


def test_a_canceled_request_is_not_shown(people, request_):
    ev_actions.cancel(request_, by=people.paul)

    assert ev_contacts(people.ov)["request"] is None
