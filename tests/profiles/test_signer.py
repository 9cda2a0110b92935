"""The page behind the link in the contract signer's mail, and the copy of what was accepted."""

import io
import sys
from datetime import timedelta

import pytest
import time_machine
from pypdf import PdfReader

from profiles import ev_terms, tasks
from profiles.notifications.models import Notice
from profiles.states import Status
from profiles.vetting.actions import resume, start_revetting, suspend
from profiles.vetting.models import VettingCase
from sslportal.kit import audit, clock
from sslportal.kit.models import Link, OutgoingMail
from tests.ev import ADA, ADDRESS, ask, signers_link
from tests.letters import last_letter

ACCEPT = {"answer": "accept", "accept": "on", "edition": f"{ev_terms.VERSION}/en"}
ACCEPTED = "The Extended Validation terms were accepted for Example Corporation"


@pytest.fixture
def request_(people):
    return ask(people.ov, people.paul)


@pytest.fixture
def link(request_):
    return signers_link()


def accept(client, link, **more):
    return client.post(link, ACCEPT | more, REMOTE_ADDR="203.0.113.7")


def copies():
    """The mails with the copy, oldest first."""
    return list(OutgoingMail.objects.filter(subject=ACCEPTED).order_by("pk"))


def pages_of(mail):
    return [page.extract_text() for page in PdfReader(io.BytesIO(bytes(mail.attachments.get().content))).pages]


def refuses(response, says):
    return response.status_code == 410 and says in response.content.decode()


# Reading


def test_it_shows_who_asks_for_which_organization_and_the_terms(client, link):
    page = client.get(link).content.decode()

    for told in (
        "Extended Validation Terms of Service",
        "Example Corporation",
        "paul@example.com",
        "ada@example.com",
        f"Version {ev_terms.VERSION}",
        "Protection of private keys",
    ):
        assert told in page


def test_it_speaks_the_language_of_its_reader(client, link):
    page = client.get(link, headers={"Accept-Language": "ja"})

    assert page.context["edition"] == f"{ev_terms.VERSION}/ja"


def test_opening_the_link_changes_nothing(client, link, request_):
    for _ in range(3):
        client.get(link)
        client.head(link)

    request_.refresh_from_db()
    assert request_.status == "signing"
    assert Link.objects.get().used_at is None


def test_the_page_is_not_cached(client, link):
    assert "no-store" in client.get(link).headers["Cache-Control"]


# Accepting


def test_accept_records_when_from_where_and_which_terms(client, link, request_, people):
    moment = clock.now() + timedelta(days=1)
    with time_machine.travel(moment, tick=False):
        page = accept(client, link)

    request_.refresh_from_db()
    people.ov.refresh_from_db()
    assert "You accepted" in page.content.decode()
    assert (request_.status, request_.answered_from) == ("vetting", "203.0.113.7")
    assert request_.answered_at == moment
    assert request_.terms_version == f"{ev_terms.VERSION}/en"
    assert people.ov.status == Status.UPGRADING
    told = audit.of(people.ov).last()
    assert (told.verb, told.actor, told.origin) == ("accept_ev", "sid@example.com", "203.0.113.7")


def test_accept_opens_the_case_of_the_vetting_team(client, link, people):
    accept(client, link)

    case = VettingCase.objects.get()
    assert (case.profile, case.level) == (people.ov, "EV")


@pytest.mark.parametrize("missing", ["accept", "edition"])
def test_without_consent_nothing_is_accepted(client, link, request_, missing):
    page = client.post(link, {name: value for name, value in ACCEPT.items() if name != missing})

    assert page.status_code == 422
    request_.refresh_from_db()
    assert request_.status == "signing"


def test_terms_that_changed_since_must_be_read_first(client, link, request_):
    page = accept(client, link, edition="2001-01/en")

    assert page.status_code == 422
    assert "The terms have changed since you opened this page." in page.content.decode()
    request_.refresh_from_db()
    assert request_.status == "signing"


# Declining


def test_decline_leaves_the_profile_as_it_was_and_tells_those_who_asked(client, link, request_, people):
    page = client.post(link, {"answer": "decline"}, REMOTE_ADDR="203.0.113.7")

    request_.refresh_from_db()
    people.ov.refresh_from_db()
    assert "You declined" in page.content.decode()
    assert (request_.status, request_.answered_from, request_.terms_version) == ("declined", "203.0.113.7", "")
    assert (people.ov.status, people.ov.level) == ("ready", "OV")
    assert last_letter("paul@example.com").subject == "The Extended Validation terms were declined for “Example OV”"
    assert [notice.kind for notice in Notice.objects.visible_to(people.paul)] == ["profile-ev-terms-declined"]
    assert audit.of(people.ov).last().actor == "sid@example.com"


# Links that lead nowhere


def test_an_answered_link_says_so(client, link, request_):
    accept(client, link)

    for response in (client.get(link), client.post(link, {"answer": "decline"}), accept(client, link)):
        assert refuses(response, "no longer works")
    request_.refresh_from_db()
    assert request_.status == "vetting"
    assert VettingCase.objects.count() == 1


def test_an_expired_link_says_so(client, link):
    with time_machine.travel(Link.objects.get().expires_at):
        assert refuses(client.get(link), "has expired")
        assert refuses(accept(client, link), "has expired")


@pytest.mark.parametrize("token", ["x", "A" * 43, "A" * 5000])
def test_a_forged_link_says_so(client, db, token):
    assert refuses(client.get(f"/ev-terms/{token}/"), "not one of ours")


def test_while_the_profile_is_suspended_the_link_rests_and_then_works_again(client, link, people, request_):
    suspend(people.ov, reason="A complaint.", by=people.vera)
    for response in (client.get(link), accept(client, link), client.post(link, {"answer": "decline"})):
        assert refuses(response, "at rest")

    resume(people.ov, by=people.vera)
    accept(client, link)

    request_.refresh_from_db()
    assert request_.status == "vetting"


def test_a_request_that_ended_with_a_re_vetting_is_over(client, link, people):
    type(people.ov).objects.filter(pk=people.ov.pk).update(status=Status.EXPIRED)
    start_revetting(people.ov, by=people.vera)

    assert refuses(client.get(link), "no longer works")


# The copy


def test_the_copy_goes_to_signer_approver_and_requester(client, link, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        accept(client, link)

    assert {mail.to for mail in copies()} == {"sid@example.com", "ada@example.com", "paul@example.com"}
    assert len(copies()) == 3
    assert [notice.kind for notice in Notice.objects.all()] == ["profile-ev-terms-accepted"]
    assert {mail.status for mail in copies()} == {"sent"}


def test_the_copy_is_a_pdf(client, link, request_, makes_pdf):
    accept(client, link)

    tasks.send_ev_copy(request_.pk)

    assert {mail.attachments.get().name for mail in copies()} == {f"ev-terms-{request_.pk}.pdf"}
    assert {mail.attachments.get().content_type for mail in copies()} == {"application/pdf"}


def test_the_copy_says_what_was_accepted_by_whom_when_and_from_where(client, link, people, request_, makes_pdf):
    people.company.time_zone = "Asia/Tokyo"
    people.company.save()
    with time_machine.travel("2026-12-01 23:30:05+00:00", tick=False):
        accept(client, link)

    tasks.send_ev_copy(request_.pk)

    text = " ".join(" ".join(pages_of(copies()[0])).split())
    for told in (
        "Extended Validation Terms of Service",
        f"Request {request_.pk}",
        f"Version {ev_terms.VERSION}",
        "Sid Signer <sid@example.com>",
        "2026-12-01 23:30:05 UTC",
        "2026-12-02 08:30:05 Asia/Tokyo",
        "203.0.113.7",
        "Example Corporation",
        "2 Harbour Road, Bristol",
        "Ada Approver <ada@example.com>",
        "Protection of private keys",
        "12. Records",
        "1 / 3",
    ):
        assert told in text


def test_the_copy_is_in_the_language_that_was_read(client, link, request_, people, writes_japanese):
    type(people.ov).objects.filter(pk=people.ov.pk).update(organization_ja="株式会社サンプル")
    accept(client, link, edition=f"{ev_terms.VERSION}/ja")

    tasks.send_ev_copy(request_.pk)

    document = PdfReader(io.BytesIO(bytes(copies()[0].attachments.get().content)))
    assert document.trailer["/Root"]["/Lang"] == "ja"
    assert "株式会社サンプル" in " ".join(page.extract_text() for page in document.pages)


def test_the_copy_is_sent_once_however_often_the_task_runs(client, link, request_):
    accept(client, link)

    for _ in range(2):
        tasks.send_ev_copy(request_.pk)

    assert len(copies()) == 3


def test_a_lost_message_is_found_again(client, link, request_, django_capture_on_commit_callbacks):
    accept(client, link)  # its transaction is never committed here, so that nothing was queued
    assert copies() == []

    tasks.send_lost_ev_copies()
    tasks.send_lost_ev_copies()

    assert len(copies()) == 3


def test_what_was_not_accepted_has_no_copy(client, link):
    client.post(link, {"answer": "decline"})

    tasks.send_lost_ev_copies()

    assert copies() == []


def test_one_person_in_all_roles_gets_one_copy(client, people):
    paul = ADA | ADDRESS | {"email": "paul@example.com"}
    request = ask(people.ov, people.paul, approver=paul, signer=paul)
    accept(client, signers_link("paul@example.com"))

    tasks.send_ev_copy(request.pk)

    assert [mail.to for mail in copies()] == ["paul@example.com"]


def test_without_pango_the_copy_goes_out_as_html(client, link, request_, monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, "weasyprint", None)  # as where it cannot be loaded
    accept(client, link)

    tasks.send_ev_copy(request_.pk)

    file = copies()[0].attachments.get()
    assert (file.name, file.content_type) == (f"ev-terms-{request_.pk}.html", "text/html")
    assert "Protection of private keys" in bytes(file.content).decode()
    assert "libpango-1.0-0" in caplog.text
