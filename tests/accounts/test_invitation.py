"""Adding an administrator, and becoming one (B5, A9)."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.models import Administrator
from accounts.states import Status
from profiles.models import Access
from profiles.states import Status as ProfileStatus
from sslportal.kit.models import Draft
from tests.factories import PASSWORD, make_profile
from tests.letters import last_letter, letters_to, link_in

NINA = {
    "first_name": "Nina",
    "last_name": "New",
    "job_title": "Web Operations",
    "phone": "+44 20 7946 0002",
    "email": "nina@example.com",
    "is_global": "no",
}
ACCEPTED = {
    "first_name": "Nina",
    "last_name": "Newman",
    "job_title": "Web Operations",
    "phone": "+44 20 7946 0002",
    "password": PASSWORD,
    "password_again": PASSWORD,
    "terms": "on",
}
ADD = "/administration/administrators/add/"


@pytest.fixture
def gina(people, sign_in):
    return sign_in(people.gina)


@pytest.fixture
def link(gina):
    gina.post(ADD, NINA)
    return link_in(last_letter("nina@example.com"))


def nina():
    return Administrator.objects.get(email="nina@example.com")


def choose_profiles(client, typed, path=ADD):
    """The page Organization Profile access, opened with the button Profiles."""
    return client.post(path, typed | {"go": "profiles"}).headers["Location"]


# Adding


def test_adding_makes_a_pending_administrator_and_mails_the_invitation(gina, people):
    response = gina.post(ADD, NINA)

    assert response.headers["Location"] == "/administration/administrators/"
    assert (nina().status, nina().is_global, nina().account) == (Status.PENDING, False, people.company)
    assert [letter.subject for letter in letters_to("nina@example.com")] == ["You are invited to SSL Portal"]


def test_roles_in_profiles_are_chosen_on_a_page_of_their_own(gina, people):
    page = choose_profiles(gina, NINA)
    gina.post(page, {"add": people.ov.pk})
    back = gina.post(page, {f"role-{people.ov.pk}": "primary", "go": "update"}).headers["Location"]

    assert 'value="nina@example.com"' in gina.get(back).content.decode()
    gina.post(back, NINA)

    assert list(nina().accesses.values_list("profile__name", "role")) == [("Example OV", Access.Role.PRIMARY)]
    assert not Draft.objects.exists()


def test_a_profile_that_was_added_can_be_removed_again(gina, people):
    page = choose_profiles(gina, NINA)
    gina.post(page, {"add": people.ov.pk})
    gina.post(page, {"remove": people.ov.pk})
    back = gina.post(page, {"go": "update"}).headers["Location"]
    gina.post(back, NINA)

    assert not nina().accesses.exists()


def test_a_profile_of_another_account_cannot_be_added(gina, people):
    page = choose_profiles(gina, NINA)
    gina.post(page, {"add": people.foreign_ov.pk, f"role-{people.foreign_ov.pk}": "primary"})
    back = gina.post(page, {"go": "update"}).headers["Location"]
    gina.post(back, NINA)

    assert not nina().accesses.exists()


def test_a_pending_profile_takes_nobody(gina, people):
    pending = make_profile(people.company, "New", primary=people.gina, status=ProfileStatus.PENDING)
    page = choose_profiles(gina, NINA)

    gina.post(page, {"add": pending.pk})

    assert "Cannot be changed while the profile is Pending" in gina.get(page).content.decode()
    gina.post(gina.post(page, {"go": "update"}).headers["Location"], NINA)
    assert not nina().accesses.exists()


def test_somebody_elses_draft_does_not_exist(gina, people, client):
    page = choose_profiles(gina, NINA)
    people.stan.is_global = True
    people.stan.save()
    client.force_login(people.stan, backend="allauth.account.auth_backends.AuthenticationBackend")

    assert client.get(page).status_code == 404


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("email", "nina", "This is not an email address"),
        ("email", "", "required"),
        ("first_name", "https://evil.example/", "contains an address"),
        ("last_name", "Ne\u202ew", "invisible character"),
        ("first_name", "Urgent: see evil-login.com/portal", "contains an address"),
        ("phone", "call me", "not a phone number"),
        ("is_global", "maybe", "valid choice"),
    ],
)
def test_what_is_wrong_is_said_at_the_field_and_nothing_typed_is_lost(gina, field, value, says):
    response = gina.post(ADD, NINA | {field: value})

    assert response.status_code == 422
    assert says in str(response.context["form"].errors[field])
    assert 'value="Web Operations"' in response.content.decode()
    assert not Administrator.objects.filter(job_title="Web Operations").exists()


@pytest.mark.parametrize("email", ["nina@example.com", "NINA@Example.COM"])
def test_two_invitations_for_one_address_are_refused_with_the_way_on(gina, link, email):
    response = gina.post(ADD, NINA | {"email": email})

    assert "send the invitation again" in str(response.context["form"].errors["email"])
    assert len(letters_to("nina@example.com")) == 1


def test_an_address_of_another_account_tells_nothing_about_it(gina):
    response = gina.post(ADD, NINA | {"email": "stranger@example.org"})

    assert response.context["form"].errors["email"] == [
        "This address cannot be used. Use another address of the same person."
    ]


@pytest.mark.parametrize("person", ["paul", "stan"])
def test_only_global_administrators_add(people, sign_in, person):
    assert sign_in(getattr(people, person)).post(ADD, NINA).status_code == 403


# Accepting


def test_the_invitation_shows_the_contact_information(client, link):
    page = client.get(link).content.decode()

    assert "Welcome" in page
    assert 'value="Nina"' in page
    assert 'value="nina@example.com"' in page


def test_accepting_makes_the_administrator_active(client, link):
    client.logout()

    response = client.post(link, ACCEPTED)

    assert response.headers["Location"] == "/invitation/complete/"
    assert (nina().status, nina().last_name) == (Status.ACTIVE, "Newman")
    assert nina().check_password(PASSWORD)
    assert client.post("/sign-in/", {"login": "nina@example.com", "password": PASSWORD}).status_code == 302


def test_the_address_cannot_be_changed_while_accepting(client, link):
    client.post(link, ACCEPTED | {"email": "mallory@example.com"})

    assert nina().status == Status.ACTIVE
    assert not Administrator.objects.filter(email="mallory@example.com").exists()


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"password_again": "something-else-8!"}, "password_again"),
        ({"password": "short1!", "password_again": "short1!"}, "password"),
        ({"terms": ""}, "terms"),
        ({"first_name": ""}, "first_name"),
    ],
)
def test_what_is_missing_keeps_the_person_pending(client, link, changed, field):
    response = client.post(link, ACCEPTED | changed)

    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert nina().status == Status.PENDING


def test_opening_the_link_changes_nothing(client, link):
    client.get(link)
    client.head(link)

    assert nina().status == Status.PENDING
    assert client.post(link, ACCEPTED).status_code == 302


def test_the_link_works_once(client, link):
    client.post(link, ACCEPTED)

    again = client.post(link, ACCEPTED | {"password": "Another-one-99!", "password_again": "Another-one-99!"})

    assert again.status_code == 410
    assert nina().check_password(PASSWORD)


def test_the_link_expires_after_a_week(client, link):
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        response = client.post(link, ACCEPTED)

    assert response.status_code == 410
    assert "ask the person who invited you" in response.content.decode()


def test_sending_again_ends_the_earlier_link(gina, link):
    gina.post(f"/administration/administrators/{nina().pk}/invite-again/")

    assert gina.get(link).status_code == 410
    assert gina.get(link_in(last_letter("nina@example.com"))).status_code == 200


def test_an_active_administrator_is_not_invited_again(gina, people):
    gina.post(f"/administration/administrators/{people.paul.pk}/invite-again/")

    assert letters_to("paul@example.com") == []


def test_deleting_a_pending_administrator_ends_the_link(gina, link):
    gina.post("/administration/administrators/delete/", {"pick": nina().pk})

    assert gina.get(link).status_code == 410


def test_a_removed_persons_address_can_be_invited_anew(gina, link):
    gina.post("/administration/administrators/delete/", {"pick": nina().pk})

    gina.post(ADD, NINA)

    assert sorted(Administrator.objects.filter(email="nina@example.com").values_list("status", flat=True)) == [
        Status.PENDING,
        Status.REMOVED,
    ]
