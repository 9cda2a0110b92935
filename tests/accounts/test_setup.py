"""From an activated account to a Global Administrator and a first organization profile (A1 to A3)."""

from datetime import timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import Account, Activation, Administrator
from accounts.states import Status
from profiles.models import Access, OrganizationProfile
from profiles.states import Status as ProfileStatus
from sslportal.kit.models import Draft, HistoryEntry
from tests.factories import PASSWORD, make_person
from tests.letters import last_letter, letters_to, link_in

CONTACT = {"first_name": "Ada", "last_name": "Admin", "job_title": "IT", "phone": "+44 20 7946 0001"}
CHOSEN = {"password": PASSWORD, "password_again": PASSWORD}
CORPORATE = {
    "name": "Northwind",
    "country": "GB",
    "organization": "Northwind Traders Limited",
    "address1": "2 Harbour Road",
    "locality": "Bristol",
    "state": "Bristol",
    "postal_code": "BS1 5TT",
    "phone": "+44 117 496 0000",
}


def activate(**options):
    words = {"company": "Northwind", "first_name": "Ada", "last_name": "Admin", "email": "ada@northwind.example"}
    call_command(
        "account", "activate", *(f"--{name.replace('_', '-')}={value}" for name, value in (words | options).items())
    )
    return Activation.objects.get()


@pytest.fixture
def link(db):
    activate()
    return link_in(last_letter("ada@northwind.example"))


def fill_in(client, link, *, contact=None, corporate=None):
    client.post(f"{link}welcome/")
    client.post(f"{link}contact/", contact or CONTACT | CHOSEN)
    return client.post(f"{link}corporate/", corporate or CORPORATE)


def finish(client, link):
    return client.post(f"{link}terms/", {"terms": "on"})


# Activation


def test_activation_creates_the_account_with_its_subscription_and_mails_the_link(db):
    activation = activate(domains="25", product="SSL for 25")

    assert activation.account.name == "Northwind"
    assert [(one.product, one.domains) for one in activation.account.subscriptions.all()] == [("SSL for 25", 25)]
    assert [letter.subject for letter in letters_to("ada@northwind.example")] == ["Set up your SSL Portal account"]


def test_activation_creates_no_administrator_yet(db):
    activate()

    assert not Administrator.objects.exists()


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ({"email": "not-an-address"}, "--email: This is not an email address"),
        ({"domains": "0"}, "--domains"),
        ({"ends_on": "2001-01-01"}, "--ends-on: The subscription ends before it starts."),
        ({"country": "Atlantis"}, "--country"),
    ],
)
def test_the_command_names_the_option_that_is_wrong(db, option, says):
    with pytest.raises(CommandError, match=says):
        activate(**option)

    assert not Account.objects.exists()


def test_an_address_that_is_an_administrators_cannot_be_activated(people):
    with pytest.raises(CommandError, match="already"):
        activate(email="GINA@example.com")


def test_sending_again_ends_the_earlier_link(client, link):
    call_command("account", "resend", str(Account.objects.get().pk))

    assert client.get(link).status_code == 410
    assert client.get(link_in(last_letter("ada@northwind.example"))).status_code == 200


def test_the_desk_activates_an_account_as_well(people, sign_in):
    client = sign_in(people.vera)
    form = {"company": "Northwind", "first_name": "Ada", "last_name": "Admin", "email": "ada@northwind.example"}
    dates = {"starts_on": "2026-01-01", "ends_on": "2027-01-01"}

    response = client.post(
        "/vetting/accounts/account/activate/", form | dates | {"language": "ja", "product": "SSL", "domains": "5"}
    )

    account = Account.objects.get(name="Northwind")
    assert response.headers["Location"] == f"/vetting/accounts/account/{account.pk}/change/"
    assert last_letter("ada@northwind.example").language == "ja"


def test_the_desk_sends_the_link_again(people, sign_in, link):
    account = Account.objects.get(name="Northwind")

    sign_in(people.vera).post(f"/vetting/accounts/account/{account.pk}/resend/")

    assert len(letters_to("ada@northwind.example")) == 2


# The wizard


def test_the_wizard_creates_the_global_administrator(client, link):
    fill_in(client, link)

    response = finish(client, link)

    assert response.headers["Location"] == "/setup/complete/"
    ada = Administrator.objects.get()
    assert (ada.email, ada.status, ada.is_global, ada.job_title) == ("ada@northwind.example", Status.ACTIVE, True, "IT")
    assert ada.check_password(PASSWORD)
    assert ada.terms_accepted_at is not None


def test_the_wizard_creates_the_first_profile_pending_with_its_primary(client, link):
    fill_in(client, link)
    finish(client, link)

    profile = OrganizationProfile.objects.get()
    assert (profile.organization, profile.status) == ("Northwind Traders Limited", ProfileStatus.PENDING)
    assert list(profile.accesses.values_list("administrator__email", "role")) == [
        ("ada@northwind.example", Access.Role.PRIMARY)
    ]


def test_who_has_set_up_an_account_signs_in(client, link):
    fill_in(client, link)
    finish(client, link)

    response = client.post("/sign-in/", {"login": "ada@northwind.example", "password": PASSWORD})

    assert response.status_code == 302


def test_the_wizard_starts_from_what_the_operator_entered(client, link):
    page = client.get(f"{link}contact/").content.decode()

    assert 'value="Ada"' in page
    assert 'value="ada@northwind.example"' in page


def test_a_half_done_wizard_is_taken_up_again_from_the_same_link(client, link):
    fill_in(client, link)

    page = type(client)().get(f"{link}corporate/").content.decode()

    assert 'value="2 Harbour Road"' in page


def test_the_password_is_kept_as_a_hash_only(client, link):
    fill_in(client, link)

    assert PASSWORD not in str(Draft.objects.get().data)


def test_the_draft_is_gone_when_the_set_up_is_complete(client, link):
    fill_in(client, link)
    finish(client, link)

    assert not Draft.objects.exists()


def test_going_back_keeps_the_password(client, link):
    fill_in(client, link)

    client.post(f"{link}contact/", CONTACT | {"job_title": "CTO", "password": "", "password_again": ""})
    finish(client, link)

    ada = Administrator.objects.get()
    assert ada.job_title == "CTO"
    assert ada.check_password(PASSWORD)


def test_terms_that_are_not_accepted_stop_the_set_up(client, link):
    fill_in(client, link)

    response = client.post(f"{link}terms/", {})

    assert response.status_code == 422
    assert "accept them to go on" in response.content.decode()
    assert not Administrator.objects.exists()


def test_a_page_whose_turn_has_not_come_leads_to_the_first_open_one(client, link):
    response = client.get(f"{link}terms/")

    assert response.headers["Location"] == f"{link}contact/"


def test_the_japanese_name_belongs_to_japan(client, link):
    refused = fill_in(client, link, corporate=CORPORATE | {"country": "JP"})
    fill_in(client, link, corporate=CORPORATE | {"country": "GB", "organization_ja": "ノースウィンド"})
    finish(client, link)

    assert refused.status_code == 422
    assert OrganizationProfile.objects.get().organization_ja == ""


def test_the_set_up_is_told_in_the_accounts_history(client, link):
    fill_in(client, link)
    finish(client, link)

    told = HistoryEntry.objects.filter(account_id=Account.objects.get().pk).values_list("subject_type", "verb")
    assert set(told) == {
        ("account", "activate"),
        ("account", "send_setup"),
        ("account", "set_up"),
        ("administrator", "create"),
        ("organizationprofile", "add"),
    }


# Another address as user ID


def ask_for_other(client, link, email="ada@other.example"):
    return client.post(f"{link}contact/", CONTACT | {"use_other": "on", "other_email": email})


def test_another_address_gets_a_confirmation_mail(client, link):
    page = ask_for_other(client, link).content.decode()

    assert "ada@other.example" in page
    assert last_letter("ada@other.example").subject == "Confirm your SSL Portal user ID"
    assert not Administrator.objects.exists()


def test_its_link_leads_to_the_welcome_page_with_the_address_fixed(client, link):
    ask_for_other(client, link)
    other = link_in(last_letter("ada@other.example"))

    page = client.get(f"{other}contact/").content.decode()

    assert "Welcome" in client.get(other).content.decode()
    assert 'value="ada@other.example"' in page
    assert "use_other" not in page


def test_the_account_is_set_up_under_the_other_address(client, link):
    ask_for_other(client, link)
    other = link_in(last_letter("ada@other.example"))

    fill_in(client, other)
    finish(client, other)

    assert Administrator.objects.get().email == "ada@other.example"
    assert client.get(link).status_code == 410


def test_after_a_wrong_address_one_can_go_on_under_the_first(client, link):
    ask_for_other(client, link)

    fill_in(client, link)
    finish(client, link)

    assert Administrator.objects.get().email == "ada@northwind.example"
    assert client.get(link_in(last_letter("ada@other.example"))).status_code == 410


def test_only_the_newest_other_address_counts(client, link):
    ask_for_other(client, link, "first@other.example")
    ask_for_other(client, link, "second@other.example")

    assert client.get(link_in(last_letter("first@other.example"))).status_code == 410


def test_a_password_typed_under_the_first_link_is_not_the_other_persons(client, link):
    client.post(f"{link}contact/", CONTACT | CHOSEN | {"use_other": "on", "other_email": "ada@other.example"})
    other = link_in(last_letter("ada@other.example"))

    response = client.post(f"{other}contact/", CONTACT)

    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["password"]


def test_sending_the_link_again_ends_the_links_to_other_addresses_too(client, link):
    ask_for_other(client, link)

    call_command("account", "resend", str(Account.objects.get().pk))

    assert client.get(link_in(last_letter("ada@other.example"))).status_code == 410


def test_five_other_addresses_a_day_are_enough(client, link):
    answers = [ask_for_other(client, link, f"ada{number}@other.example").status_code for number in range(6)]

    assert answers == [200, 200, 200, 200, 200, 422]


def test_that_an_address_is_taken_only_its_reader_is_told(client, link):
    make_person("taken@other.example")

    free, taken = (ask_for_other(client, link, email) for email in ("ada@other.example", "taken@other.example"))

    text = taken.content.decode().replace("taken@", "ada@")
    assert text == free.content.decode()
    assert "already" in last_letter("taken@other.example").subject


def test_an_address_is_asked_for_where_the_box_is_ticked(client, link):
    response = client.post(f"{link}contact/", CONTACT | {"use_other": "on", "other_email": ""})

    assert response.status_code == 422


# Links


def test_opening_the_link_changes_nothing(client, link):
    for _once in range(3):
        assert client.get(link).status_code == 200
        assert client.head(link).status_code == 200

    fill_in(client, link)
    assert finish(client, link).status_code == 302


def test_a_used_link_says_so(client, link):
    fill_in(client, link)
    finish(client, link)

    response = client.get(link)

    assert response.status_code == 410
    assert "used already" in response.content.decode()


def test_finishing_twice_creates_one_administrator(client, link):
    fill_in(client, link)

    finish(client, link)
    second = finish(client, link)

    assert second.status_code == 410
    assert Administrator.objects.count() == 1


def test_an_expired_link_says_so(client, link):
    with time_machine.travel(timezone.now() + timedelta(days=15)):
        response = client.get(link)

    assert response.status_code == 410
    assert "expired" in response.content.decode()


@pytest.mark.parametrize("path", ["/setup/forged/", "/setup/forged/contact/", "/invitation/forged/"])
def test_a_forged_link_says_so(client, db, path):
    response = client.get(path)

    assert response.status_code == 410
    assert "not one of ours" in response.content.decode()


def test_a_link_for_something_else_does_not_set_up(client, people, link):
    client.post("/password/reset/", {"email": "gina@example.com"})
    token = link_in(last_letter("gina@example.com")).split("/")[-2]

    assert client.get(f"/setup/{token}/").status_code == 410


def test_an_address_that_was_taken_meanwhile_stops_the_set_up(client, link):
    fill_in(client, link)
    make_person("ada@northwind.example")

    response = finish(client, link)

    assert response.status_code == 422
    assert "This address cannot be used" in response.content.decode()
    assert not OrganizationProfile.objects.exists()
