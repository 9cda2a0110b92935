"""The list of administrators; editing, deleting and unlocking them (B4 to B6)."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from accounts.actions import administrators as actions
from accounts.actions import invitations
from accounts.models import Administrator
from accounts.states import Status
from profiles.models import Access
from sslportal.kit.models import HistoryEntry
from tests.factories import make_people, make_person, make_profile
from tests.letters import letters_to

LIST = "/administration/administrators/"
DELETE = f"{LIST}delete/"
PAUL = {
    "first_name": "Paul",
    "last_name": "Example",
    "job_title": "Web Operations",
    "phone": "+44 20 7946 0000",
    "is_global": "no",
}


@pytest.fixture
def gina(people, sign_in):
    return sign_in(people.gina)


def url(person):
    return f"{LIST}{person.pk}/"


def says(response):
    return [str(message) for message in response.context["messages"]]


# The list


def test_the_list_shows_the_administrators_of_the_account_only(gina):
    page = gina.get(LIST).content.decode()

    shown = [email for email in ("gina@example.com", "paul@example.com", "stranger@example.org") if email in page]
    assert shown == ["gina@example.com", "paul@example.com"]


def test_the_export_has_name_address_and_status(gina, people):
    make_person("pia@example.com", people.company, status=Status.PENDING)

    response = gina.get(f"{LIST}?export=all&q=pia")

    lines = b"".join(response).decode().splitlines()
    assert response.headers["Content-Disposition"] == 'attachment; filename="Administrators.csv"'
    assert lines[0].startswith("Name,Email,Role,Status")
    assert lines[1].startswith("Pia Example,pia@example.com,Certificate Administrator,Pending")


def test_removed_administrators_are_not_shown(gina, people):
    actions.remove(people.stan, by=people.gina)

    assert "stan@example.com" not in gina.get(LIST).content.decode()


def test_the_list_needs_the_same_number_of_queries_for_any_number(gina, people, django_assert_num_queries):
    gina.get(f"{LIST}?rows=100")
    with CaptureQueriesContext(connection) as few:
        gina.get(f"{LIST}?rows=100")
    for number in range(60):
        make_person(f"person{number}@example.com", people.company)

    with django_assert_num_queries(len(few)):
        gina.get(f"{LIST}?rows=100")


def test_colleagues_see_the_list_without_buttons(people, sign_in):
    page = sign_in(people.stan).get(LIST).content.decode()

    assert "gina@example.com" in page
    assert "/add/" not in page
    assert 'name="pick"' not in page
    assert f'href="{url(people.gina)}"' not in page


# Editing


def test_contact_information_and_role_are_edited_and_told(gina, people):
    gina.post(url(people.paul), PAUL | {"is_global": "yes", "job_title": "CTO"})

    paul = Administrator.objects.get(pk=people.paul.pk)
    assert (paul.is_global, paul.job_title) == (True, "CTO")
    entry = HistoryEntry.objects.get(verb="edit")
    assert entry.actor == "gina@example.com"
    assert entry.changes == {
        "Job Title": ["", "CTO"],
        "Phone Number": ["", "+44 20 7946 0000"],
        "Administrator Role": ["Certificate Administrator", "Global Administrator"],
    }


def test_the_address_stays_whatever_is_sent(gina, people):
    gina.post(url(people.paul), PAUL | {"email": "mallory@example.com"})

    assert Administrator.objects.get(pk=people.paul.pk).email == "paul@example.com"


def test_access_is_changed_on_the_page_of_profiles(gina, people):
    other = make_profile(people.company, "Other", primary=people.gina)
    page = gina.post(url(people.stan), PAUL | {"go": "profiles"}).headers["Location"]
    gina.post(page, {"add": other.pk})
    gina.post(page, {"remove": people.ov.pk})
    back = gina.post(page, {f"role-{other.pk}": "primary", "go": "update"}).headers["Location"]

    gina.post(back, PAUL)

    assert list(people.stan.accesses.values_list("profile__name", "role")) == [("Other", Access.Role.PRIMARY)]


def test_the_only_primary_cannot_be_taken_away_and_the_profile_is_named(gina, people):
    page = gina.post(url(people.paul), PAUL | {"go": "profiles"}).headers["Location"]
    gina.post(page, {"remove": people.ov.pk})
    back = gina.post(page, {"go": "update"}).headers["Location"]

    response = gina.post(back, PAUL)

    assert response.status_code == 422
    assert "only Primary Administrator of “Example OV”" in response.content.decode()
    assert people.paul.accesses.exists()


def test_a_refused_change_leaves_nothing_half_done(gina, people):
    page = gina.post(url(people.paul), PAUL | {"go": "profiles"}).headers["Location"]
    gina.post(page, {f"role-{people.ov.pk}": "standard", "go": "update"})
    draft = page.split("/")[-3]

    gina.post(f"{url(people.paul)}{draft}/", PAUL | {"job_title": "CTO"})

    paul = Administrator.objects.get(pk=people.paul.pk)
    assert (paul.job_title, paul.accesses.get().role) == ("", Access.Role.PRIMARY)


def test_the_last_global_administrator_cannot_be_demoted(gina, people):
    response = gina.post(url(people.gina), PAUL | {"first_name": "Gina"})

    assert "only Global Administrator" in str(response.context["form"].errors["is_global"])
    assert Administrator.objects.get(pk=people.gina.pk).is_global


def test_a_pending_global_administrator_does_not_count(gina, people):
    make_person("pia@example.com", people.company, is_global=True, status=Status.PENDING)

    response = gina.post(url(people.gina), PAUL)

    assert response.status_code == 422


def test_where_there_are_two_one_may_be_demoted(gina, people):
    make_person("pia@example.com", people.company, is_global=True)

    gina.post(url(people.gina), PAUL)

    assert not Administrator.objects.get(pk=people.gina.pk).is_global


@pytest.mark.django_db(transaction=True)
def test_two_globals_who_demote_each_other_at_the_same_moment_leave_one():
    people = make_people()
    pia = make_person("pia@example.com", people.company, is_global=True)
    contact = {"first_name": "A", "last_name": "B", "job_title": "C", "phone": "12345"}

    def demote(by, person):
        try:
            actions.edit(person, contact=contact, is_global=False, access={}, by=by)
        except PermissionDenied:  # by then no longer a Global Administrator
            return "refused"
        finally:
            connections.close_all()
        return "done"

    with ThreadPoolExecutor() as threads:
        answers = list(threads.map(demote, [people.gina, pia], [pia, people.gina]))

    assert sorted(answers) == ["done", "refused"]
    assert Administrator.objects.active_globals().filter(account=people.company).count() == 1


@pytest.mark.parametrize("path", ["", "invite-again/", "unlock/", "remove-second-factor/"])
def test_administrators_of_another_account_do_not_exist(gina, people, path):
    assert gina.post(f"{url(people.stranger)}{path}", PAUL).status_code == 404


@pytest.mark.parametrize("path", ["", "invite-again/", "unlock/", "remove-second-factor/"])
def test_colleagues_who_are_not_global_may_not(people, sign_in, path):
    assert sign_in(people.paul).post(f"{url(people.stan)}{path}", PAUL).status_code == 403


# Deleting


def test_deleting_asks_first(gina, people):
    page = gina.get(DELETE, {"pick": people.stan.pk}).content.decode()

    assert "cannot be undone" in page
    assert "stan@example.com" in page
    assert Administrator.objects.get(pk=people.stan.pk).status == Status.ACTIVE


def test_deleting_ends_everything(gina, people, client):
    response = gina.post(DELETE, {"pick": people.stan.pk}, follow=True)

    stan = Administrator.objects.get(pk=people.stan.pk)
    assert says(response) == ["stan@example.com was deleted."]
    assert (stan.status, stan.is_active, stan.has_usable_password()) == (Status.REMOVED, False, False)
    assert not stan.accesses.exists()
    assert [letter.subject for letter in letters_to("stan@example.com")] == [
        "You are no longer an administrator of Example Corporation"
    ]


def test_a_deleted_person_who_is_signed_in_is_out_at_once(people, sign_in, client):
    sign_in(people.stan)

    actions.remove(people.stan, by=people.gina)

    assert client.get("/certificates/").status_code == 302


def test_the_only_primary_cannot_be_deleted_and_the_profile_is_named(gina, people):
    response = gina.post(DELETE, {"pick": people.paul.pk}, follow=True)

    assert "only Primary Administrator of “Example OV”" in says(response)[0]
    assert Administrator.objects.get(pk=people.paul.pk).status == Status.ACTIVE


def test_one_who_cannot_be_deleted_does_not_keep_the_others(gina, people):
    gina.post(DELETE, {"pick": [people.paul.pk, people.stan.pk]})

    statuses = [Administrator.objects.get(pk=person.pk).status for person in (people.paul, people.stan)]
    assert statuses == [Status.ACTIVE, Status.REMOVED]


def test_nobody_deletes_oneself(gina, people):
    make_person("pia@example.com", people.company, is_global=True)

    response = gina.post(DELETE, {"pick": people.gina.pk}, follow=True)

    assert says(response) == ["You cannot delete yourself. Ask another Global Administrator."]


def test_the_last_global_administrator_cannot_be_deleted(people):
    with pytest.raises(actions.Refused):
        actions.remove(people.gina, by=people.gina)


@pytest.mark.parametrize("pick", ["", "x", "-1", "9" * 30, "٣"])
def test_odd_picks_delete_nobody(gina, pick):
    response = gina.post(DELETE, {"pick": pick}, follow=True)

    assert says(response) == ["Tick the administrators that you want to delete first."]


def test_foreign_picks_delete_nobody(gina, people):
    gina.post(DELETE, {"pick": people.stranger.pk})

    assert Administrator.objects.get(pk=people.stranger.pk).status == Status.ACTIVE


def test_what_a_deleted_person_did_is_still_told(gina, people):
    actions.remove(people.stan, by=people.gina)

    assert HistoryEntry.objects.filter(subject="stan@example.com", verb="remove", actor="gina@example.com").exists()


def test_who_was_removed_meanwhile_invites_and_edits_nobody(people):
    actions.edit(people.paul, contact={}, is_global=True, access={people.ov.pk: "primary"}, by=people.gina)
    actions.remove(people.gina, by=Administrator.objects.get(pk=people.paul.pk))

    contact = {"email": "eve@example.com", "first_name": "E", "last_name": "E", "job_title": "", "phone": ""}
    with pytest.raises(PermissionDenied):
        invitations.invite(people.company, contact=contact, is_global=True, access={}, by=people.gina)
    with pytest.raises(PermissionDenied):
        actions.edit(people.stan, contact={}, is_global=True, access={}, by=people.gina)


def test_who_was_deleted_meanwhile_is_not_edited(people):
    actions.remove(people.stan, by=people.gina)

    with pytest.raises(actions.Refused, match="deleted meanwhile"):
        actions.edit(people.stan, contact={}, is_global=True, access={}, by=people.gina)


@pytest.mark.parametrize(
    "path", [LIST, "/administration/my-preferences/", "/administration/history/", "/certificates/"]
)
def test_pages_are_not_kept_by_others_and_files_by_nobody(gina, path):
    assert gina.get(path).headers["Cache-Control"] == "private, no-cache"
    assert "no-store" in gina.get(f"{LIST}?export=all").headers["Cache-Control"]
