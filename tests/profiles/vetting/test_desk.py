"""The pages of a profile at the desk: the case, its checklist, writing down a check, evidence, decisions."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from profiles.models import OrganizationProfile
from profiles.states import Level, Status
from profiles.vetting import checklists
from profiles.vetting.models import Check, Evidence, VettingCase
from sslportal.kit import clock
from tests.factories import make_case, make_check
from tests.profiles.vetting.files import GOOD, OTHER, PDF
from tests.profiles.vetting.test_actions import make_ev_request

PAGE = "/vetting/profiles/organizationprofile/{}/"


@pytest.fixture
def vera(people, sign_in):
    return sign_in(people.vera)


@pytest.fixture
def case(pending):
    return make_case(pending)


def page_of(profile):
    return PAGE.format(profile.pk)


def text_of(response):
    return " ".join(response.content.decode().split())


def fields(**changed):
    return {"source": "Companies House", "checked_on": clock.now().date().isoformat(), "note": "", "link": ""} | changed


def write_down(client, profile, key="address", **changed):
    return client.post(f"{page_of(profile)}check/{key}/", fields(**changed))


def seen_at(client, where):
    return client.get(where).context["seen"]


def decide(client, profile, key, **data):
    where = f"{page_of(profile)}decide/{key}/"
    return client.post(where, {"seen": seen_at(client, where), **data}, follow=True)


def test_the_page_shows_the_organization_and_what_is_missing(vera, case, pending):
    shown = text_of(vera.get(f"{page_of(pending)}change/"))

    for word in ("Example Corporation", "1 Example Street", "Authority of the requester", "BR 3.2.5"):
        assert word in shown
    assert "decide/approve" not in shown
    assert "decide/take" in shown


def test_when_all_is_checked_it_can_be_approved(people, vera, pending):
    make_case(pending, checked_by=people.vera)
    assert "decide/approve" in text_of(vera.get(f"{page_of(pending)}change/"))

    response = decide(vera, pending, "approve")

    pending.refresh_from_db()
    assert pending.status == Status.READY
    assert "Approved: New" in text_of(response)


def test_approving_what_is_not_complete_is_refused_and_names_it(people, vera, pending):
    make_case(pending, checked_by=people.vera, except_for=("address",))

    response = decide(vera, pending, "approve")

    pending.refresh_from_db()
    assert pending.status == Status.PENDING
    assert "Still to do: Address (Missing)." in text_of(response)


def test_a_decision_on_what_changed_meanwhile_is_not_carried_out(people, vera, pending):
    case = make_case(pending, checked_by=people.vera)
    where = f"{page_of(pending)}decide/approve/"
    seen = seen_at(vera, where)
    make_check(case, "address", by=people.victor, note="On second thoughts a letter box.")

    response = vera.post(where, {"seen": seen}, follow=True)

    pending.refresh_from_db()
    assert pending.status == Status.PENDING
    assert "This has changed since you opened the page." in text_of(response)


def test_an_old_check_is_shown_with_the_day(people, vera, case, pending):
    make_check(case, "address", by=people.vera, checked_on=clock.now().date() - timedelta(days=1000))

    shown = text_of(vera.get(f"{page_of(pending)}change/"))

    assert "Too old since:" in shown
    assert "It counts as missing" in shown


def test_writing_down_a_check_with_a_file_and_a_link(people, vera, case, pending):
    file = SimpleUploadedFile("../register.pdf", PDF)

    response = write_down(vera, pending, file=file, link="https://register.example/1", note="Same\r\naddress.")

    check = Check.objects.get()
    assert response.headers["Location"] == f"{page_of(pending)}change/#address"
    assert (check.key, check.source, check.note, check.by) == (
        "address",
        "Companies House",
        "Same\naddress.",
        people.vera,
    )
    assert [str(one) for one in check.evidence.all()] == ["register.pdf", "https://register.example/1"]
    assert "register.pdf" in text_of(vera.get(f"{page_of(pending)}change/"))


@pytest.mark.parametrize(
    ("changed", "field", "says"),
    [
        ({}, "file", "Attach a file, or give the link"),
        ({"source": "", "link": "https://a.example/"}, "source", "This field is required."),
        ({"checked_on": "", "link": "https://a.example/"}, "checked_on", "This field is required."),
        ({"checked_on": "2999-01-01", "link": "https://a.example/"}, "checked_on", "The day is in the future."),
        ({"checked_on": "2010-01-01", "link": "https://a.example/"}, "checked_on", "does not count for OV"),
        ({"checked_on": "yesterday", "link": "https://a.example/"}, "checked_on", "Enter a valid date."),
        ({"link": "http://a.example/"}, "link", "begins with https://"),
        ({"link": "https://me:secret@a.example/"}, "link", "holds no password"),
        ({"link": "javascript:alert(1)"}, "link", "Enter a valid URL."),
    ],
)
def test_what_is_wrong_is_told_at_its_field_and_nothing_is_lost(vera, case, pending, changed, field, says):
    response = write_down(vera, pending, note="A long note.", **changed)

    assert response.status_code == 422
    assert says in str(response.context["form"].errors[field])
    assert "A long note." in text_of(response)
    assert not Check.objects.exists()


@pytest.mark.parametrize("content", [b"", *OTHER.values()])
def test_a_wrong_file_is_told_at_its_field_and_nothing_is_lost(vera, case, pending, content):
    response = write_down(vera, pending, file=SimpleUploadedFile("x.pdf", content), note="A long note.")

    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["file"]
    assert "A long note." in text_of(response)


def test_a_file_that_is_too_large_is_dropped_on_its_way(vera, case, pending, evidence_root):
    bomb = SimpleUploadedFile("bomb.pdf", PDF + b"\0" * (11 * 1024 * 1024))

    response = write_down(vera, pending, file=bomb, note="A long note.")

    assert "larger than 10 MB" in str(response.context["form"].errors["file"])
    assert "A long note." in text_of(response)
    assert not evidence_root.exists()


def test_of_a_call_a_note_is_enough(vera, case, pending):
    assert write_down(vera, pending, "phone").status_code == 422
    assert write_down(vera, pending, "phone", note="Ann answered.").status_code == 302


def test_what_was_found_is_asked_with_its_item(people, vera):
    people.ov.status = Status.UPGRADING
    people.ov.save()
    make_ev_request(people.ov, people.gina)
    make_case(people.ov, Level.EV)
    found = {"jurisdiction_country": "GB", "jurisdiction_state": "", "jurisdiction_locality": "Cardiff"}

    wrong = write_down(vera, people.ov, "jurisdiction", link="https://a.example/", registration_number="", **found)
    found |= {"jurisdiction_state": "Wales", "registration_number": "0123"}
    right = write_down(vera, people.ov, "jurisdiction", link="https://a.example/", **found)

    assert set(wrong.context["form"].errors) == {"jurisdiction_state", "registration_number"}
    assert right.status_code == 302
    assert Check.objects.get().data == found


def test_the_page_of_an_upgrade_names_the_contacts_and_the_terms(people, vera):
    people.ov.status = Status.UPGRADING
    people.ov.save()
    make_ev_request(people.ov, people.gina)
    make_case(people.ov, Level.EV)

    shown = text_of(vera.get(f"{page_of(people.ov)}change/"))

    assert "Ann Example, CFO" in shown
    assert "accepted version 2026-11 from 192.0.2.1" in shown


def test_ev_is_approved_by_two_people_at_the_desk(people, vera, client):
    people.ov.status = Status.UPGRADING
    people.ov.save()
    make_ev_request(people.ov, people.gina)
    make_case(people.ov, Level.EV, checked_by=people.vera, except_for=("terms",))

    decide(vera, people.ov, "first-approve")
    again = decide(vera, people.ov, "approve")
    client.force_login(people.victor, backend="allauth.account.auth_backends.AuthenticationBackend")
    decide(client, people.ov, "approve")

    people.ov.refresh_from_db()
    assert "You gave the first approval" in text_of(again)
    assert (people.ov.status, people.ov.level) == (Status.READY, Level.EV)


def test_declining_needs_a_reason(vera, case, pending):
    decide(vera, pending, "decline", reason="  ")
    assert VettingCase.objects.get().status == "open"

    decide(vera, pending, "decline", reason="Not in the register.")

    assert OrganizationProfile.objects.get(pk=pending.pk).reason == "Not in the register."


def test_taking_and_giving_back(people, vera, case, pending):
    decide(vera, pending, "take")
    case.refresh_from_db()
    assert case.taken_by == people.vera

    decide(vera, pending, "release")

    case.refresh_from_db()
    assert case.taken_by is None


def test_a_ready_profile_can_be_suspended_resumed_and_vetted_again(people, vera):
    decide(vera, people.ov, "suspend", reason="A complaint.")
    decide(vera, people.ov, "resume")
    decide(vera, people.ov, "revet")

    people.ov.refresh_from_db()
    assert people.ov.status == Status.RE_VETTING
    assert VettingCase.objects.get().is_revetting


def test_a_check_without_a_case_is_told(people, vera):
    response = vera.get(f"{page_of(people.ov)}check/address/", follow=True)

    assert "This no longer waits for a decision." in text_of(response)


# Evidence


@pytest.fixture
def stored(vera, case, pending):
    """A file of the type, through the page."""

    def store(content=PDF):
        write_down(vera, pending, file=SimpleUploadedFile('a".pdf\r\nX: y', content))
        return Evidence.objects.get()

    return store


@pytest.mark.parametrize("content_type", GOOD)
def test_evidence_is_a_download_and_nothing_else(vera, stored, content_type):
    one = stored(GOOD[content_type])

    response = vera.get(f"/vetting/profiles/organizationprofile/evidence/{one.pk}/")

    assert response.content == GOOD[content_type]
    assert response["Content-Type"] == content_type
    assert response["Content-Disposition"] == f'attachment; filename="{one.file_name}"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"


@pytest.mark.parametrize("person", ["gina", "paul", "stan", "stranger"])
def test_evidence_is_not_there_for_others(people, stored, sign_in, person):
    one = stored()

    response = sign_in(getattr(people, person)).get(f"/vetting/profiles/organizationprofile/evidence/{one.pk}/")

    assert response.status_code == 404


def test_a_file_that_is_gone_from_the_disk_is_told(vera, stored, evidence_root):
    one = stored()
    (evidence_root / one.stored).unlink()

    response = vera.get(f"/vetting/profiles/organizationprofile/evidence/{one.pk}/", follow=True)

    assert "is missing in the store of evidence" in text_of(response)


def test_a_link_is_no_download(vera, case, pending):
    write_down(vera, pending, link="https://a.example/")

    assert vera.get(f"/vetting/profiles/organizationprofile/evidence/{Evidence.objects.get().pk}/").status_code == 404


def test_the_page_takes_as_many_queries_however_much_was_checked(people, vera, pending):
    case = make_case(pending, checked_by=people.vera)
    make_check(case, "address", by=people.vera)
    where = f"{page_of(pending)}change/"
    vera.get(where)

    with CaptureQueriesContext(connection) as few:
        vera.get(where)
    for item in checklists.items(Level.OV) * 3:
        make_check(case, item.key, by=people.victor)
    with CaptureQueriesContext(connection) as many:
        vera.get(where)

    assert len(many) == len(few)
