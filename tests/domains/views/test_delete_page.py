"""Deleting domains: asked for once more, refused while an order needs them, told to those who answer for them (D12)."""

import pytest

from certificates.states import Status as OrderStatus
from domains.actions import requests
from domains.models import Attempt, Domain
from domains.states import Outcome, Status
from profiles.models import Access
from profiles.states import Status as ProfileStatus
from sslportal.kit.models import HistoryEntry, Link
from tests.factories import make_domain, make_order, make_person, make_profile
from tests.letters import letters_to
from tests.wizard import url_of

LIST = "/domains/"
DELETE = f"{LIST}delete/"
KEEPS = {OrderStatus.APPROVE, OrderStatus.PENDING, OrderStatus.CANCELING}


def delete(client, *domains):
    return client.post(DELETE, {"pick": [domain.pk for domain in domains]}, follow=True)


def says(response):
    return [str(message) for message in response.context["messages"]]


def left():
    return list(Domain.objects.order_by("name").values_list("name", flat=True))


def test_deleting_asks_first(people, paul):
    domain = make_domain(people.ov, "xn--exmple-cua.com")

    page = paul.get(DELETE, {"pick": domain.pk}).content.decode()

    for told in ("Delete Domains", "This cannot be undone", "xn--exmple-cua.com (exämple.com)", "Example OV", "Ready"):
        assert told in page
    assert page.index("Cancel</a>") < page.index("OK</button>")
    assert left() == ["xn--exmple-cua.com"]


def test_several_are_deleted_at_once(people, paul):
    one, two, three = (make_domain(people.ov, f"{name}.example") for name in ("one", "two", "three"))

    response = delete(paul, one, two)

    assert url_of(response) == LIST
    assert says(response) == ["one.example was deleted.", "two.example was deleted."]
    assert left() == [three.name]


@pytest.mark.parametrize("person", ["paul", "stan"])
@pytest.mark.parametrize("status", [status for status in Status if status != Status.SUSPENDED])
def test_both_roles_delete_a_domain_of_any_other_status(people, sign_in, person, status):
    domain = make_domain(people.ov, status=status)

    delete(sign_in(getattr(people, person)), domain)

    assert left() == []


def test_a_suspended_domain_stays(people, paul):
    domain = make_domain(people.ov, status=Status.SUSPENDED)

    response = delete(paul, domain)

    assert says(response) == ["example.com is suspended. It stays until the vetting team resumes it."]
    assert left() == ["example.com"]


def test_the_domain_of_a_suspended_profile_can_be_deleted(people, paul):
    domain = make_domain(people.ov)
    people.ov.status = ProfileStatus.SUSPENDED
    people.ov.save()

    delete(paul, domain)

    assert left() == []


def test_the_primaries_are_told_and_the_list_of_the_profile(people, paul):
    pia = make_person("pia@example.com", people.company)
    Access.objects.create(profile=people.ov, administrator=pia, role=Access.Role.PRIMARY)
    people.ov.domain_recipients = ["dns@example.com"]
    people.ov.save()

    delete(paul, make_domain(people.ov))

    told = {to: [letter.subject for letter in letters_to(to)] for to in ("paul@example.com", "pia@example.com",
            "dns@example.com", "stan@example.com", "gina@example.com")}  # fmt: skip
    subject = ["example.com was deleted"]
    assert told == {
        "paul@example.com": subject, "pia@example.com": subject, "dns@example.com": subject,
        "stan@example.com": [], "gina@example.com": [],
    }  # fmt: skip
    assert "Paul Example <paul@example.com> deleted example.com" in letters_to("pia@example.com")[0].text


def test_the_history_and_the_attempts_stay(people, paul):
    domain = requests.add_domain(people.ov, "example.com", level="OV", choice="admin@example.com", by=people.paul)

    delete(paul, domain)

    attempt = Attempt.objects.get()
    assert (attempt.domain, attempt.name, attempt.status) == (None, "example.com", Outcome.WITHDRAWN)
    assert Link.objects.get().used_at is not None
    assert HistoryEntry.objects.filter(verb="delete", actor="paul@example.com", subject="example.com").exists()


def test_a_deleted_domain_can_be_added_again(people, paul):
    delete(paul, make_domain(people.ov, status=Status.DECLINED))

    added = requests.add_domain(people.ov, "example.com", level="OV", choice="dns", by=people.paul)

    assert added.status == Status.PENDING


# In use


@pytest.mark.parametrize("status", sorted(KEEPS))
@pytest.mark.parametrize(
    "names", [{"name": "example.com"}, {"name": "www.example.com"}, {"name": "a.org", "sans": ["*.example.com"]}]
)
def test_a_domain_that_an_order_needs_stays_and_the_order_is_named(people, paul, status, names):
    domain = make_domain(people.ov)
    order = make_order(people.ov, people.stan, status=status, **names)

    response = delete(paul, domain)

    [told] = says(response)
    assert told.startswith("example.com is part of certificate requests that are under way:")
    assert f"#{order.pk}" in told
    assert left() == ["example.com"]


@pytest.mark.parametrize("status", sorted(set(OrderStatus) - KEEPS))
def test_other_orders_need_it_no_more(people, paul, status):
    domain = make_domain(people.ov)
    make_order(people.ov, people.stan, status=status)

    delete(paul, domain)

    assert left() == []


def test_the_orders_of_other_names_and_profiles_are_no_obstacle(people, paul):
    other = make_profile(people.company, "Other", primary=people.paul)
    make_domain(other)
    domain = make_domain(people.ov)
    make_order(people.ov, people.paul, name="www.notexample.com")
    make_order(other, people.paul)

    delete(paul, domain)

    assert list(Domain.objects.values_list("profile", flat=True)) == [other.pk]


def test_one_that_is_in_use_does_not_keep_the_others(people, paul):
    used, free = make_domain(people.ov, "example.com"), make_domain(people.ov, "free.example")
    make_order(people.ov, people.paul)

    response = delete(paul, used, free)

    assert left() == ["example.com"]
    assert len(says(response)) == 2
    assert letters_to("paul@example.com")[-1].subject == "free.example was deleted"


# What was picked


@pytest.mark.parametrize("pick", ["", "x", "-1", "9" * 30, "٣", "1 OR 1=1"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_odd_picks_delete_nothing(people, paul, pick, method):
    make_domain(people.ov)

    response = getattr(paul, method)(DELETE, {"pick": pick}, follow=True)

    assert says(response) == ["Tick the domains that you want to delete first."]
    assert left() == ["example.com"]


def test_nothing_picked_is_told(paul):
    response = paul.get(DELETE, follow=True)

    assert (url_of(response), says(response)) == (LIST, ["Tick the domains that you want to delete first."])


def test_what_is_not_ones_own_is_left_out(people, paul):
    colleagues = make_domain(make_profile(people.company, "Not pauls"), "colleagues.example")
    foreign = make_domain(people.foreign_ov, "strangers.example")
    own = make_domain(people.ov, "own.example")

    page = paul.get(DELETE, {"pick": [colleagues.pk, foreign.pk, own.pk]}).content.decode()
    assert "own.example" in page
    assert "colleagues.example" not in page
    assert "strangers.example" not in page
    response = delete(paul, colleagues, foreign, own)

    assert says(response) == ["own.example was deleted."]
    assert left() == ["colleagues.example", "strangers.example"]


def test_sent_twice_it_is_deleted_once(people, paul):
    domain = make_domain(people.ov)

    delete(paul, domain)

    assert says(delete(paul, domain)) == ["Tick the domains that you want to delete first."]
    assert len(letters_to("paul@example.com")) == 1


def test_people_without_a_role_may_not(people, sign_in):
    domain = make_domain(people.ov)

    assert sign_in(people.gina).post(DELETE, {"pick": domain.pk}).status_code == 403
    assert left() == ["example.com"]
