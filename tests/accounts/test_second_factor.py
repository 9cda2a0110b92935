"""Second factors: adding and removing them, signing in with them, and being held up without one."""

import time
from datetime import timedelta
from urllib.parse import urlencode

import pytest
import time_machine
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from accounts import second_factor
from accounts.actions import factors
from accounts.locking import is_locked
from sslportal.kit import audit
from sslportal.kit.models import OutgoingMail
from sslportal.kit.moves import Refused
from tests.factories import PASSWORD

REQUIRED = reverse("second_factor_required")
APP = reverse("mfa_activate_totp")
ADDED = "A second factor was added to your SSL Portal user ID"


def code_of(secret, periods=0):
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + periods))


def give_app(person):
    """The person has an authenticator app; returns its secret."""
    secret = generate_totp_secret()
    TOTP.activate(person, secret)
    return secret


def give_passkey(person, name="Key"):
    """A passkey that nobody can use: enough where only its being there counts."""
    return Authenticator.objects.create(user=person, type="webauthn", data={"name": name, "credential": {}})


def enter_password(client, email="paul@example.com", **more):
    return client.post("/sign-in/", {"login": email, "password": PASSWORD, **more})


def enter_code(client, code):
    return client.post("/sign-in/second-factor/", {"code": code})


def confirm_password(client):
    return client.post("/sign-in/again/", {"password": PASSWORD})


def is_signed_in(client):
    return "_auth_user_id" in client.session


def verbs(person):
    return [entry.verb for entry in audit.of(person)]


def subjects(person):
    return list(OutgoingMail.objects.filter(to=person.email).order_by("pk").values_list("subject", flat=True))


def add_app(client):
    """Through the pages, by somebody who is signed in; returns the secret and the last answer."""
    confirm_password(client)
    secret = client.get(APP).context["form"].secret
    return secret, client.post(APP, {"code": code_of(secret)})


# Adding and removing


def test_adding_an_app_asks_for_the_password_first(people, sign_in):
    client = sign_in(people.paul)

    response = client.get(APP)

    assert response.headers["Location"] == "/sign-in/again/?" + urlencode({"next": APP})


def test_an_app_is_added_with_its_code_and_leads_to_the_recovery_codes(
    people, sign_in, django_capture_on_commit_callbacks
):
    client = sign_in(people.paul)

    with django_capture_on_commit_callbacks(execute=True):
        _secret, response = add_app(client)

    assert response.headers["Location"] == reverse("mfa_view_recovery_codes")
    assert {"add_factor", "new_recovery_codes"} <= set(verbs(people.paul))
    assert subjects(people.paul) == [ADDED]
    codes = client.get(response.headers["Location"]).context["unused_codes"]
    assert len(codes) == 10
    download = client.get(reverse("mfa_download_recovery_codes"))
    assert download.content.decode().split()[-10:] == codes


def test_a_wrong_code_adds_no_app_and_keeps_the_secret(people, sign_in):
    client = sign_in(people.paul)
    confirm_password(client)
    secret = client.get(APP).context["form"].secret

    response = client.post(APP, {"code": "000000"})

    assert response.context["form"].secret == secret
    assert response.context["form"].errors["code"] == [str(get_adapter().error_messages["incorrect_code"])]
    assert not second_factor.panel(people.paul)["factors"]


def test_an_app_is_removed_with_its_recovery_codes(people, sign_in):
    give_app(people.paul)
    RecoveryCodes.activate(people.paul)
    client = sign_in(people.paul)
    confirm_password(client)

    client.post(reverse("mfa_deactivate_totp"))

    assert not Authenticator.objects.filter(user=people.paul).exists()
    assert verbs(people.paul)[-1] == "remove_factor"
    assert subjects(people.paul) == ["A second factor of your SSL Portal user ID was removed"]


@pytest.mark.parametrize("factor", ["app", "passkey"])
def test_the_last_factor_stays_where_the_account_requires_one(people, sign_in, factor):
    people.company.requires_second_factor = True
    people.company.save()
    url = give_and_address(people.paul, factor)
    client = sign_in(people.paul)
    confirm_password(client)

    page = client.get(url)
    client.post(url)

    assert "A second factor is required of you." in page.content.decode()
    assert Authenticator.objects.filter(user=people.paul).exists()


@pytest.mark.parametrize("factor", ["app", "passkey"])
def test_one_of_two_factors_goes_where_the_account_requires_one(people, sign_in, factor):
    people.company.requires_second_factor = True
    people.company.save()
    give_passkey(people.paul, "Other")
    url = give_and_address(people.paul, factor)
    client = sign_in(people.paul)
    confirm_password(client)

    client.post(url)

    assert Authenticator.objects.get(user=people.paul).wrap().name == "Other"


def give_and_address(person, factor):
    """Where the factor is removed that the person is given."""
    if factor == "app":
        give_app(person)
        return reverse("mfa_deactivate_totp")
    return reverse("mfa_remove_webauthn", args=[give_passkey(person).pk])


def test_a_passkey_gets_another_name(people, sign_in):
    passkey = give_passkey(people.paul)
    client = sign_in(people.paul)
    confirm_password(client)

    client.post(reverse("mfa_edit_webauthn", args=[passkey.pk]), {"name": "Desk key"})

    passkey.refresh_from_db()
    assert passkey.wrap().name == "Desk key"


def test_nobody_reaches_the_passkeys_of_others(people, sign_in):
    passkey = give_passkey(people.stan)
    client = sign_in(people.paul)
    confirm_password(client)

    answers = [
        client.post(reverse(f"mfa_{what}_webauthn", args=[passkey.pk]), {"name": "x"}) for what in ("edit", "remove")
    ]

    assert [answer.status_code for answer in answers] == [404, 404]


def test_new_recovery_codes_replace_the_old(people, sign_in, django_capture_on_commit_callbacks):
    give_app(people.paul)
    before = RecoveryCodes.activate(people.paul).get_unused_codes()
    client = sign_in(people.paul)
    confirm_password(client)

    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("mfa_generate_recovery_codes"))

    after = client.get(reverse("mfa_view_recovery_codes")).context["unused_codes"]
    assert set(before) & set(after) == set()
    assert verbs(people.paul)[-1] == "new_recovery_codes"
    assert subjects(people.paul) == ["New recovery codes for your SSL Portal user ID"]


def test_the_mail_is_in_the_language_of_the_person(people, sign_in, django_capture_on_commit_callbacks):
    people.paul.language = "ja"
    people.paul.save()

    with django_capture_on_commit_callbacks(execute=True):
        add_app(sign_in(people.paul))

    assert OutgoingMail.objects.get(to=people.paul.email).language == "ja"


# Secrets


def test_secrets_are_sealed_in_the_database(people):
    secret = give_app(people.paul)
    RecoveryCodes.activate(people.paul)

    stored = str(list(Authenticator.objects.filter(user=people.paul).values_list("data", flat=True)))

    assert secret not in stored
    assert Authenticator.objects.get(user=people.paul, type="totp").wrap().validate_code(code_of(secret))


def test_secrets_sealed_under_an_earlier_secret_key_are_opened(people, settings):
    secret = give_app(people.paul)

    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [settings.SECRET_KEY]

    assert Authenticator.objects.get(user=people.paul).wrap().validate_code(code_of(secret))


# Signing in


def test_the_password_alone_does_not_sign_in(client, people):
    give_app(people.paul)

    response = enter_password(client)

    assert response.headers["Location"] == "/sign-in/second-factor/"
    assert not is_signed_in(client)
    assert client.get("/certificates/").headers["Location"].startswith("/sign-in/")


def test_the_code_signs_in_and_leads_on(client, people):
    secret = give_app(people.paul)
    people.paul.shows_introduction = False
    people.paul.save()
    enter_password(client, next="/domains/")

    response = client.post("/sign-in/second-factor/", {"code": code_of(secret)}, follow=True)

    assert response.redirect_chain[-1][0] == "/domains/"
    assert verbs(people.paul)[-1] == "sign_in"


def test_somebody_signed_in_by_a_code_is_signed_out_when_idle(client, people):
    secret = give_app(people.paul)
    enter_password(client)
    enter_code(client, code_of(secret))

    with time_machine.travel(timezone.now() + timedelta(minutes=31), tick=False):
        response = client.get("/certificates/")

    assert response.headers["Location"].startswith("/sign-in/")


def test_a_recovery_code_signs_in_once(client, people):
    give_app(people.paul)
    code = RecoveryCodes.activate(people.paul).get_unused_codes()[0]
    enter_password(client)
    enter_code(client, code)
    signed_in = is_signed_in(client)
    client.logout()

    enter_password(client)
    enter_code(client, code)

    assert signed_in
    assert not is_signed_in(client)


@pytest.mark.parametrize("later", [0, 35])
def test_a_code_signs_in_once_even_without_the_cache(client, people, settings, later):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    start = 1_800_000_000  # a period begins
    secret = give_app(people.paul)
    with time_machine.travel(start, tick=False):
        code = code_of(secret)
        enter_password(client)
        enter_code(client, code)
    signed_in = is_signed_in(client)
    client.logout()

    with time_machine.travel(start + later, tick=False):
        enter_password(client)
        enter_code(client, code)

    assert signed_in
    assert not is_signed_in(client)


def test_cancel_forgets_the_password_that_was_entered(client, people):
    secret = give_app(people.paul)
    enter_password(client)

    response = client.post("/sign-out/", {"next": "/sign-in/"})
    enter_code(client, code_of(secret))

    assert response.headers["Location"] == "/sign-in/"
    assert not is_signed_in(client)


def test_the_second_stage_offers_what_the_person_has(client, people):
    give_app(people.paul)
    enter_password(client)

    page = client.get("/sign-in/second-factor/").content.decode()

    assert 'autocomplete="one-time-code"' in page
    assert "Use a passkey" not in page


# Guessing


@pytest.fixture(params=["with the cache", "without the cache"])
def _cache_or_none(request, settings):
    if request.param == "without the cache":
        settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}


@pytest.mark.usefixtures("_cache_or_none")
def test_five_wrong_codes_lock_and_the_right_one_comes_too_late(client, people):
    secret = give_app(people.paul)
    enter_password(client)

    answers = [enter_code(client, "000000").status_code for _try in range(5)]
    late = enter_code(client, code_of(secret))

    assert answers == [200, 200, 200, 200, 403]
    assert late.status_code == 403
    assert is_locked(people.paul.email)
    assert not is_signed_in(client)
    assert verbs(people.paul) == ["lock"]


def test_the_right_password_before_the_code_does_not_begin_the_count_anew(client, people):
    give_app(people.paul)
    for _try in range(4):
        enter_password(client)
        enter_code(client, "000000")

    enter_password(client)
    response = enter_code(client, "000000")

    assert response.status_code == 403
    assert is_locked(people.paul.email)


def test_signing_in_wholly_begins_the_count_anew(client, people):
    secret = give_app(people.paul)
    enter_password(client)
    for _try in range(4):
        enter_code(client, "000000")
    enter_code(client, code_of(secret))
    client.logout()

    enter_password(client)
    response = enter_code(client, "000000")

    assert response.status_code == 200
    assert not is_locked(people.paul.email)


def test_wrong_codes_of_somebody_signed_in_count_too(people, sign_in):
    give_app(people.paul)
    client = sign_in(people.paul)

    answers = [client.post("/sign-in/again/code/", {"code": "000000"}).status_code for _try in range(5)]

    assert answers == [200, 200, 200, 200, 403]


# Being held up


@pytest.fixture
def required(people):
    people.company.requires_second_factor = True
    people.company.save()
    return people


@pytest.mark.parametrize("path", ["/certificates/", "/domains/", "/administration/my-preferences/"])
def test_people_without_a_required_factor_see_nothing_else(required, sign_in, path):
    client = sign_in(required.paul)

    assert client.get(path).headers["Location"] == REQUIRED
    assert client.get(REQUIRED).status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/sign-out/", "/session/", "/sign-in/again/", REQUIRED])
def test_people_without_a_required_factor_still_reach_what_they_need(required, sign_in, path):
    assert sign_in(required.paul).get(path).status_code == 200


def test_people_go_on_once_they_have_the_required_factor(required, sign_in):
    client = sign_in(required.paul)

    add_app(client)

    assert client.get("/certificates/").status_code == 200
    assert client.get(REQUIRED).headers["Location"] == "/"


def test_recovery_codes_alone_are_not_enough(required, sign_in):
    RecoveryCodes.activate(required.paul)

    assert sign_in(required.paul).get("/certificates/").headers["Location"] == REQUIRED


def test_the_switch_of_another_account_holds_up_nobody_here(required, sign_in):
    assert sign_in(required.stranger).get("/certificates/").status_code == 200
    assert sign_in(required.vera).get("/vetting/").status_code == 200


def test_losing_the_factor_holds_up_at_once(required, sign_in):
    give_app(required.paul)
    client = sign_in(required.paul)
    before = client.get("/certificates/").status_code

    Authenticator.objects.all().delete()

    assert before == 200
    assert client.get("/certificates/").headers["Location"] == REQUIRED


def test_the_vetting_team_is_held_up_where_the_operator_says_so(people, sign_in, settings):
    settings.PORTAL_VETTING_SECOND_FACTOR = True
    client = sign_in(people.vera)

    assert client.get("/vetting/").headers["Location"] == REQUIRED
    assert sign_in(people.paul).get("/certificates/").status_code == 200


def test_being_held_up_costs_one_query(required, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert second_factor.is_missing(required.paul)


# Help for somebody who lost everything


def test_a_global_administrator_removes_every_factor(people):
    give_app(people.paul)
    give_passkey(people.paul)
    RecoveryCodes.activate(people.paul)

    factors.remove_all(people.paul, by=people.gina)

    assert not Authenticator.objects.filter(user=people.paul).exists()
    assert [(entry.verb, entry.actor_id) for entry in audit.of(people.paul)] == [("remove_factor", people.gina.pk)] * 2
    assert subjects(people.paul) == ["Your SSL Portal user ID has no second factor any more"]


@pytest.mark.parametrize("by", ["paul", "stan", "stranger", "vera"])
def test_nobody_else_removes_them(people, by):
    give_app(people.paul)

    with pytest.raises(PermissionDenied):
        factors.remove_all(people.paul, by=getattr(people, by))


def test_a_global_administrator_does_not_get_around_the_password_that_way(people):
    give_app(people.gina)

    with pytest.raises(PermissionDenied):
        factors.remove_all(people.gina, by=people.gina)


def test_where_there_is_no_factor_none_is_removed(people):
    with pytest.raises(Refused):
        factors.remove_all(people.paul, by=people.gina)


# Pages


def test_the_panel_shows_what_there_is(people, sign_in):
    give_app(people.paul)
    give_passkey(people.paul, "Desk key")
    RecoveryCodes.activate(people.paul)

    page = sign_in(people.paul).get("/administration/my-preferences/").content.decode()

    assert "Desk key" in page
    assert "10 codes are left" in page


def test_pages_with_secrets_are_kept_by_no_cache(people, sign_in):
    give_app(people.paul)
    RecoveryCodes.activate(people.paul)
    client = sign_in(people.paul)
    confirm_password(client)

    assert "no-store" in client.get(reverse("mfa_view_recovery_codes")).headers["Cache-Control"]
