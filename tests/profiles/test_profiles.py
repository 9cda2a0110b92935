"""Organization profiles: the list, adding one, and editing what may be edited (C1 to C8)."""

import csv
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from profiles import actions
from profiles.forms import AddProfileForm
from profiles.models import OrganizationProfile
from profiles.states import Level, Status
from sslportal.kit.models import HistoryEntry
from tests.factories import make_ev_profile, make_people, make_person, make_profile

LIST = "/administration/profiles/"
ADD = f"{LIST}add/"
NEW = {
    "name": "Contoso",
    "country": "GB",
    "organization": "Contoso Limited",
    "address1": "3 Mill Lane",
    "locality": "Leeds",
    "state": "West Yorkshire",
    "postal_code": "LS1 1UR",
    "phone": "+44 113 496 0000",
    "language": "en",
    "informs_primaries": "on",
    "expiry_days": ["90", "30"],
}


@pytest.fixture
def gina(people, sign_in):
    return sign_in(people.gina)


def url(profile):
    return f"{LIST}{profile.pk}/"


def roles(profile):
    return sorted(profile.accesses.values_list("administrator__email", "role"))


def shown(response):
    return [row.record.name for row in response.context["page"].object_list]


# The list


def test_global_administrators_see_all_profiles_and_others_their_own(people, sign_in):
    make_profile(people.company, "Another", primary=people.gina)

    assert shown(sign_in(people.gina).get(LIST)) == ["Another", "Example OV"]
    assert shown(sign_in(people.stan).get(LIST)) == ["Example OV"]
    assert shown(sign_in(people.stranger).get(LIST)) == ["Foreign OV"]


def test_the_export_has_the_columns_of_the_list(gina):
    lines = b"".join(gina.get(f"{LIST}?export=all")).decode().splitlines()

    rows = list(csv.DictReader(lines))
    assert rows[0]["Profile Name"] == "Example OV"
    assert list(rows[0])[:2] == ["Profile Name", "Organization Name"]
    assert {"State/Province", "Country", "Type", "Status", "Created", "Expires", "Re-Vetting"} <= set(rows[0])


def test_the_japanese_name_has_a_column_where_there_is_one(gina, people):
    assert "Japanese Organization Name" not in gina.get(LIST).content.decode()
    make_profile(people.company, "Tokyo", primary=people.gina, country="JP", organization_ja="株式会社例")

    page = gina.get(LIST).content.decode()

    assert "Japanese Organization Name" in page
    assert "株式会社例" in page


@pytest.mark.parametrize(
    ("person", "status", "level", "has_arrow"),
    [
        ("gina", Status.READY, Level.OV, True),
        ("paul", Status.READY, Level.OV, True),
        ("stan", Status.READY, Level.OV, False),
        ("paul", Status.PENDING, Level.OV, False),
        ("paul", Status.EXPIRING, Level.OV, False),
        ("paul", Status.READY, Level.EV, False),
    ],
)
def test_the_up_arrow_is_for_those_who_may_where_it_leads_somewhere(people, sign_in, person, status, level, has_arrow):
    OrganizationProfile.objects.filter(pk=people.ov.pk).update(status=status, level=level)

    page = sign_in(getattr(people, person)).get(LIST).content.decode()

    assert (f'href="{url(people.ov)}ev/"' in page) == has_arrow


def test_the_list_needs_the_same_number_of_queries_for_any_number(gina, people, django_assert_num_queries):
    gina.get(LIST)
    with CaptureQueriesContext(connection) as few:
        gina.get(LIST)
    for number in range(24):
        make_profile(people.company, f"Profile {number}", primary=people.paul)

    with django_assert_num_queries(len(few)):
        gina.get(LIST)


# Adding


def test_a_new_profile_is_pending_and_its_requester_is_primary(gina, people):
    response = gina.post(ADD, NEW)

    profile = OrganizationProfile.objects.get(name="Contoso")
    assert response.headers["Location"] == f"{url(profile)}added/"
    assert (profile.status, profile.level, profile.account) == (Status.PENDING, Level.OV, people.company)
    assert profile.requester == people.gina
    assert roles(profile) == [("gina@example.com", "primary")]
    assert HistoryEntry.objects.filter(subject="Contoso", verb="add", actor="gina@example.com").exists()


def test_access_and_settings_are_stored_with_it(gina, people):
    gina.post(
        ADD,
        NEW
        | {
            "primary": [people.gina.pk, people.paul.pk],
            "standard": [people.stan.pk],
            "standard_may_approve": "on",
            "certificate_recipients": "ops@example.com, web@example.com;ops@example.com",
            "informs_primaries": "",
        },
    )

    profile = OrganizationProfile.objects.get(name="Contoso")
    assert roles(profile) == [
        ("gina@example.com", "primary"),
        ("paul@example.com", "primary"),
        ("stan@example.com", "standard"),
    ]
    assert (profile.standard_may_approve, profile.standard_may_revoke, profile.informs_primaries) == (
        True,
        False,
        False,
    )
    assert profile.expiry_days == [90, 30]
    assert profile.certificate_recipients == ["ops@example.com", "web@example.com"]


def test_strangers_get_no_access(gina, people):
    gina.post(ADD, NEW | {"primary": [people.stranger.pk], "standard": [people.vera.pk, "x", "-1"]})

    assert roles(OrganizationProfile.objects.get(name="Contoso")) == [("gina@example.com", "primary")]


def test_an_arrow_moves_names_saves_nothing_and_loses_nothing(gina, people):
    response = gina.post(
        ADD, NEW | {"primary": [people.gina.pk], "move": "none-standard", "pick-none": [people.stan.pk]}
    )

    page = response.content.decode()
    assert [person.email for person in response.context["lists"]["standard"]] == ["stan@example.com"]
    assert 'value="Contoso Limited"' in page
    assert "There is a problem" not in page
    assert not OrganizationProfile.objects.filter(name="Contoso").exists()


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"organization": "x" * 65}, "organization"),
        ({"organization": "株式会社コントソ"}, "organization"),
        ({"organization": "12345"}, "organization"),
        ({"locality": "x" * 129}, "locality"),
        ({"state": "x" * 129}, "state"),
        ({"state": ""}, "state"),
        ({"country": "XX"}, "country"),
        ({"country": "JP", "postal_code": "100-0005"}, "organization_ja"),
        ({"postal_code": "12345"}, "postal_code"),
        ({"phone": "+44 1"}, "phone"),
        ({"phone": "call us"}, "phone"),
        ({"fax": "1234567890123456789"}, "fax"),
        ({"name": "example ov"}, "name"),
        ({"certificate_recipients": "ops@example.com, nonsense"}, "certificate_recipients"),
        ({"expiry_days": ["31"]}, "expiry_days"),
        ({"language": "fr"}, "language"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(gina, people, changed, field):
    response = gina.post(ADD, NEW | changed)

    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]


def test_a_japanese_organization_has_both_names(gina):
    japan = {"country": "JP", "postal_code": "100-0005", "phone": "03-1234-5678", "organization_ja": "株式会社コントソ"}

    gina.post(ADD, NEW | japan)

    profile = OrganizationProfile.objects.get(name="Contoso")
    assert (profile.organization, profile.organization_ja) == ("Contoso Limited", "株式会社コントソ")


@pytest.mark.parametrize("person", ["paul", "stan", "vera"])
def test_only_global_administrators_add(people, sign_in, person):
    assert sign_in(getattr(people, person)).post(ADD, NEW).status_code == 403


# Editing

EDITED = {"name": "Example OV", "language": "ja", "expiry_days": ["60"]}


def edit(client, people, **changed):
    access = {"primary": [people.paul.pk], "standard": [people.stan.pk]}
    return client.post(url(people.ov), EDITED | access | changed)


@pytest.mark.parametrize("person", ["gina", "paul"])
def test_global_and_primary_administrators_edit_name_policies_and_notifications(people, sign_in, person):
    edit(sign_in(getattr(people, person)), people, name="Renamed", standard_may_revoke="on")

    profile = OrganizationProfile.objects.get(pk=people.ov.pk)
    assert (profile.name, profile.language, profile.expiry_days) == ("Renamed", "ja", [60])
    assert profile.standard_may_revoke
    changes = HistoryEntry.objects.get(verb="edit", subject="Renamed").changes
    assert changes["Profile Name"] == ["Example OV", "Renamed"]


def test_the_organization_cannot_be_edited(gina, people):
    edit(gina, people, organization="Evil Corporation", country="US", status="ready", level="EV")

    profile = OrganizationProfile.objects.get(pk=people.ov.pk)
    assert (profile.organization, profile.country, profile.level) == ("Example Corporation", "GB", Level.OV)


def test_standard_administrators_look_and_change_nothing(people, sign_in):
    client = sign_in(people.stan)

    assert ">Update<" not in client.get(url(people.ov)).content.decode()
    assert edit(client, people).status_code == 403


def test_access_is_edited_and_told(gina, people):
    edit(gina, people, primary=[people.paul.pk, people.gina.pk], standard=[])

    assert roles(people.ov) == [("gina@example.com", "primary"), ("paul@example.com", "primary")]
    told = HistoryEntry.objects.filter(verb="access").values_list("changes", flat=True)
    assert list(told) == [
        {"gina@example.com": ["", "Primary Administrator"]},
        {"stan@example.com": ["Standard Administrator", ""]},
    ]


def test_one_who_can_sign_in_stays_primary(gina, people):
    invited = make_person("pia@example.com", people.company, status="pending")

    response = edit(gina, people, primary=[invited.pk])

    assert "at least one Primary Administrator" in response.content.decode()
    assert roles(people.ov) == [("paul@example.com", "primary"), ("stan@example.com", "standard")]


def test_a_refused_edit_leaves_nothing_half_done(gina, people):
    edit(gina, people, name="Renamed", primary=[])

    assert OrganizationProfile.objects.get(pk=people.ov.pk).name == "Example OV"


def test_a_primary_may_hand_over_to_another(gina, people):
    edit(gina, people, primary=[people.stan.pk], standard=[people.paul.pk])

    assert roles(people.ov) == [("paul@example.com", "standard"), ("stan@example.com", "primary")]


def test_while_pending_access_stays_and_the_rest_is_edited(gina, people):
    OrganizationProfile.objects.filter(pk=people.ov.pk).update(status=Status.PENDING)

    edit(gina, people, name="Renamed", primary=[people.gina.pk], standard=[])

    assert OrganizationProfile.objects.get(pk=people.ov.pk).name == "Renamed"
    assert roles(people.ov) == [("paul@example.com", "primary"), ("stan@example.com", "standard")]


def test_a_profile_of_another_account_does_not_exist(gina, people):
    assert gina.get(url(people.foreign_ov)).status_code == 404
    assert gina.post(url(people.foreign_ov), EDITED).status_code == 404


def test_why_a_profile_was_declined_is_shown(gina, people):
    OrganizationProfile.objects.filter(pk=people.ov.pk).update(status=Status.DECLINED, reason="No such register entry.")

    assert "No such register entry." in gina.get(url(people.ov)).content.decode()


def test_an_ev_profile_offers_no_upgrade(gina, people):
    profile = make_ev_profile(people.company, primary=people.gina)

    assert "Request EV" not in gina.get(url(profile)).content.decode()
    assert "Request EV" in gina.get(url(people.ov)).content.decode()


def test_a_page_that_was_open_while_others_changed_the_access_does_not_undo_it(gina, people):
    stale = {"seen": "1", "shown-primary": [people.paul.pk], "shown-standard": [people.stan.pk]}
    edit(gina, people, standard=[])

    edit(gina, people, name="Renamed", **stale)

    assert OrganizationProfile.objects.get(pk=people.ov.pk).name == "Renamed"
    assert roles(people.ov) == [("paul@example.com", "primary")]


@pytest.mark.django_db(transaction=True)
def test_of_two_who_add_the_same_name_at_once_one_is_told():
    people = make_people()
    form = AddProfileForm(NEW, account=people.company)
    assert form.is_valid()

    def add(_number):
        try:
            actions.add_profile(people.company, organization=form.organization_data(), by=people.gina)
        except actions.NameTaken:
            return "told"
        finally:
            connections.close_all()
        return "added"

    with ThreadPoolExecutor(3) as threads:
        answers = sorted(threads.map(add, range(3)))

    assert answers == ["added", "told", "told"]
