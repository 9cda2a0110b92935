"""What Global Administrators are told of their account: on the page Notifications, and of critical matters by mail."""

import pytest

from accounts import locking
from accounts.actions import administrators, invitations, passwords
from accounts.sso import actions as sign_on
from accounts.sso.models import Kind
from accounts.states import Status
from profiles.actions import add_profile
from profiles.notifications.models import Notice
from sslportal.kit import tokens
from sslportal.kit.models import OutgoingMail
from tests.factories import PASSWORD, make_person
from tests.letters import letters_to

NINA = {
    "first_name": "Nina",
    "last_name": "New",
    "job_title": "Web Operations",
    "phone": "+44 20 7946 0002",
    "email": "nina@example.com",
}
ORGANIZATION = {
    "name": "Another one",
    "organization": "Another Ltd",
    "address1": "1 Example Street",
    "locality": "London",
    "state": "Greater London",
    "postal_code": "EC1A 1AA",
    "country": "GB",
    "phone": "+44 20 7946 0000",
}


def told(person):
    """The keys of the notices that the person can read, oldest first."""
    return list(Notice.objects.visible_to(person).order_by("pk").values_list("kind", flat=True))


def mailed(kind):
    """To whom and in which languages a notice was mailed."""
    return dict(OutgoingMail.objects.filter(key__startswith=f"{kind}:").values_list("to", "language"))


@pytest.fixture
def gus(people):
    """A second Global Administrator, who reads Japanese."""
    return make_person("gus@example.com", people.company, is_global=True, language="ja")


@pytest.fixture
def nina(people):
    return invitations.invite(people.company, contact=NINA, is_global=False, access={}, by=people.gina)


@pytest.fixture
def provider(people):
    configuration = {"issuer": "https://idp.example.com"}
    return sign_on.configure(people.company, "example", Kind.OIDC, configuration, by="command line", client_id="portal")


def edit(person, by, *, is_global):
    contact = {name: getattr(person, name) for name in ("first_name", "last_name", "job_title", "phone")}
    access = dict(person.accesses.values_list("profile", "role"))
    administrators.edit(person, contact=contact, is_global=is_global, access=access, by=by)


def test_an_invitation_is_told_to_the_globals_of_the_account_only(people, nina):
    assert told(people.gina) == ["administrator-invited"]
    assert [told(person) for person in (people.paul, people.stan, people.stranger, people.vera)] == [[], [], [], []]


def test_an_invitation_sent_again_is_no_news(people, nina):
    invitations.invite_again(nina, by=people.gina)

    assert told(people.gina) == ["administrator-invited"]


def test_the_notice_of_an_invitation_says_who_was_invited_by_whom_and_as_what(people, nina):
    notice = Notice.objects.get()

    assert notice.subject == "Nina New is invited to be an administrator"
    assert "Gina Example <gina@example.com> invited Nina New" in notice.letter["paragraphs"][0]
    assert ["Administrator", "Nina New <nina@example.com>"] in notice.letter["facts"]
    assert ["Administrator Role", "Certificate Administrator"] in notice.letter["facts"]
    assert notice.letter["action"][1].endswith(nina.get_absolute_url())


def test_a_completed_set_up_is_told(people, nina):
    tokens.withdraw(invitations.INVITATION, nina.pk)
    token = tokens.issue(invitations.INVITATION, nina.pk, invitations.LIFETIME)
    link = tokens.find(invitations.INVITATION, token)

    contact = {name: NINA[name] for name in ("first_name", "last_name", "job_title", "phone")}
    invitations.accept_invitation(link, contact=contact, password=PASSWORD, language="en")

    assert told(people.gina) == ["administrator-invited", "administrator-set-up"]


def test_a_removal_is_told(people):
    administrators.remove(people.stan, by=people.gina)

    assert told(people.gina) == ["administrator-removed"]
    assert mailed("administrator-removed") == {}
    assert [letter.subject for letter in letters_to("stan@example.com")] == [
        "You are no longer an administrator of Example Corporation"
    ]


@pytest.mark.parametrize("is_global", [True, False])
def test_another_role_is_told_and_mailed_to_every_global_in_their_language(people, gus, is_global):
    person = make_person("pia@example.com", people.company, is_global=not is_global)

    edit(person, people.gina, is_global=is_global)

    also = {"pia@example.com": "en"} if is_global else {}
    assert told(people.gina) == ["administrator-role-changed"]
    assert mailed("administrator-role-changed") == {"gina@example.com": "en", "gus@example.com": "ja", **also}


def test_an_edit_that_leaves_the_role_is_no_news(people):
    edit(people.stan, people.gina, is_global=False)

    assert told(people.gina) == []


def test_a_second_factor_that_is_required_is_told_without_mail(people):
    administrators.update_account(people.company, requires_second_factor=True, by=people.gina)

    assert told(people.gina) == ["account-second-factor-required"]
    assert mailed("account-second-factor-required") == {}


def test_a_second_factor_that_is_no_longer_required_is_mailed_too(people, gus):
    people.company.requires_second_factor = True
    people.company.save()

    administrators.update_account(people.company, requires_second_factor=False, by=people.gina)

    assert told(people.gina) == ["account-second-factor-optional"]
    assert mailed("account-second-factor-optional") == {"gina@example.com": "en", "gus@example.com": "ja"}


def test_another_time_zone_is_no_news(people):
    administrators.update_account(people.company, time_zone="Asia/Tokyo", by=people.gina)

    assert told(people.gina) == []


def test_single_sign_on_is_told_each_time_it_is_switched(people, provider):
    for on in (True, True, False, True):
        sign_on.switch(provider, on=on, by="command line")

    on, off = "account-single-sign-on-on", "account-single-sign-on-off"
    assert told(people.gina) == [on, off, on]
    assert mailed(off) == {"gina@example.com": "en"}


@pytest.mark.parametrize("is_on", [True, False])
def test_single_sign_on_that_is_removed_is_told_where_it_was_on(people, provider, is_on):
    sign_on.switch(provider, on=is_on, by="command line")
    Notice.objects.all().delete()

    sign_on.remove(provider, by="command line")

    assert told(people.gina) == ["account-single-sign-on-off"] * is_on


def test_another_identity_provider_is_told_by_the_name_of_the_one_that_is_switched_off(people, provider):
    sign_on.switch(provider, on=True, by="command line")
    Notice.objects.all().delete()

    other = {"issuer": "https://other.example.com"}
    sign_on.configure(people.company, "example", Kind.OIDC, other, by="command line", client_id="portal")

    assert "https://idp.example.com" in Notice.objects.get().letter["paragraphs"][0]


def test_a_locked_user_id_is_told_to_the_globals_and_mailed_to_the_person_only(people):
    passwords.tell_locked("paul@example.com")

    notice = Notice.objects.get()
    assert (told(people.gina), notice.priority) == (["administrator-locked"], "critical")
    assert ["Administrator", "Paul Example <paul@example.com>"] in notice.letter["facts"]
    assert [mail.to for mail in OutgoingMail.objects.all()] == ["paul@example.com"]


@pytest.mark.parametrize("email", ["nobody@example.com", "vera@sslportal.example"])
def test_nobodys_account_is_told_of_a_locked_address_without_one(people, email):
    passwords.tell_locked(email)

    assert not Notice.objects.exists()


def test_wrong_passwords_at_the_sign_in_page_reach_the_globals(people, client):
    for _once in range(6):
        client.post("/sign-in/", {"login": "paul@example.com", "password": "wrong-horse-7!"})

    assert locking.is_locked("paul@example.com")
    assert told(people.gina) == ["administrator-locked"]


def test_a_profile_that_is_added_is_told_to_those_with_a_role_in_it(people):
    profile = add_profile(
        people.company, organization=ORGANIZATION, by=people.gina, access={people.stan.pk: "standard"}
    )

    assert (told(people.gina), told(people.stan), told(people.paul)) == (["profile-added"], ["profile-added"], [])
    assert Notice.objects.get().profile == profile
    assert mailed("profile-added") == {"gina@example.com": "en"}


def test_a_profile_that_does_not_inform_its_primaries_mails_them_nothing_of_that_kind(people):
    settings = {"informs_primaries": False}
    add_profile(people.company, organization=ORGANIZATION, settings=settings, by=people.gina)

    assert told(people.gina) == ["profile-added"]
    assert mailed("profile-added") == {}


def test_a_dismissed_vetter_is_told_by_the_operator_not_by_an_administrator(people):
    administrators.dismiss_vetter(people.victor, by="command line")

    letter = letters_to("victor@sslportal.example")[0]
    assert letter.subject == "You are no longer on the vetting team of SSL Portal"
    assert "Global Administrator" not in letter.text
    assert not Notice.objects.exists()
    people.victor.refresh_from_db()
    assert people.victor.status == Status.REMOVED
