"""What is on offer for a name (D5, D6): addresses and other ways, by the policy of the day, and what is not."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.utils import translation

from domains import methods
from domains.actions import requests
from domains.methods import Contacts, NotOnOffer, Offer
from domains.models import Attempt, Domain
from domains.states import Method, Status
from profiles.states import Level
from sslportal.kit import names
from tests.factories import make_attempt, make_domain

FIVE = ("admin", "administrator", "webmaster", "hostmaster", "postmaster")
NOBODY = Contacts()
BOTH = Contacts((("whois", "owner@example.net"), ("dns-contact", "security@example.org")))


def on(day):
    return time_machine.travel(datetime.fromisoformat(day).replace(tzinfo=UTC), tick=False)


def values(name="example.com", known=NOBODY, wanted=()):
    return [offer.value for offer in methods.offers(name, known, [names.parse(one) for one in wanted])]


def addresses(name, known=NOBODY):
    return [offer.address for offer in methods.offers(name, known) if offer.address]


def offer_of(value, known=NOBODY, name="example.com"):
    return methods.chosen(name, value, known)


def five_at(*hosts):
    return [f"{local}@{host}" for host in hosts for local in FIVE]


# Addresses


@pytest.mark.parametrize(
    ("name", "hosts"),
    [
        ("example.com", ["example.com"]),
        ("www.example.com", ["www.example.com", "example.com"]),
        ("a.b.c.example.com", ["a.b.c.example.com", "b.c.example.com", "c.example.com", "example.com"]),
        ("example.co.uk", ["example.co.uk"]),
        ("www.example.co.uk", ["www.example.co.uk", "example.co.uk"]),
        ("xn--r8jz45g.co.jp", ["xn--r8jz45g.co.jp"]),
    ],
)
def test_the_five_addresses_are_on_offer_at_the_name_and_each_parent_down_to_the_registrable_domain(name, hosts):
    assert addresses(name) == five_at(*hosts)


def test_addresses_that_are_too_long_for_mail_are_left_out():
    name = ".".join(["a" * 60] * 3 + ["b" * 50, "example.com"])

    assert addresses(name)[-5:] == five_at("example.com")
    assert max(map(len, addresses(name))) <= 254
    assert f"administrator@{name}" not in addresses(name)


def test_contacts_of_dns_come_first():
    known = Contacts((("dns-contact", "security@example.org"), ("dns-contact", "root@example.org")))

    assert methods.offers("example.com", known)[:2] == [
        Offer(
            "security@example.org",
            Method.DNS_CONTACT,
            "security@example.org",
            "Named as contact in DNS.",
            "security@example.org",
        ),
        Offer(
            "root@example.org", Method.DNS_CONTACT, "root@example.org", "Named as contact in DNS.", "root@example.org"
        ),
    ]
    assert values(known=known)[2:] == [*five_at("example.com"), "dns", "file", "manual"]


def test_an_address_that_is_a_contact_and_one_of_the_five_stands_there_once():
    known = Contacts((("dns-contact", "webmaster@example.com"),))

    assert values(known=known).count("webmaster@example.com") == 1
    assert offer_of("webmaster@example.com", known).method == Method.DNS_CONTACT


@pytest.mark.parametrize(
    ("policy", "switched_on", "day", "is_offered"),
    [
        ("private", False, "2026-06-01", False),
        ("private", True, "2026-06-01", True),
        ("public-trust", True, "2026-06-01", False),
        ("public-trust", True, "2025-07-15", False),
        ("public-trust", True, "2025-07-14", True),
        ("public-trust", False, "2025-07-14", False),
    ],
)
def test_contacts_of_whois_are_on_offer_only_where_switched_on_and_allowed(
    settings, policy, switched_on, day, is_offered
):
    settings.PORTAL_POLICY, settings.WHOIS_CONTACTS = policy, switched_on

    with on(day):
        assert ("owner@example.net" in values(known=BOTH)) is is_offered


def test_contacts_of_whois_come_after_those_of_dns(settings):
    settings.WHOIS_CONTACTS = True

    first, second, *_ = methods.offers("example.com", BOTH)

    assert (first.method, second.method) == (Method.DNS_CONTACT, Method.WHOIS)
    assert second.help == "Named as contact in WHOIS."


# Ways


@pytest.mark.parametrize(
    ("policy", "day", "ways"),
    [
        ("private", "2014-01-01", ["dns-contact", "mail", "dns", "file", "manual"]),
        ("private", "2040-01-01", ["dns-contact", "mail", "dns", "file", "manual"]),
        ("public-trust", "2019-01-31", ["mail", "dns", "file", "manual"]),
        ("public-trust", "2019-02-01", ["dns-contact", "mail", "dns", "file", "manual"]),
        ("public-trust", "2026-11-01", ["dns-contact", "mail", "dns", "file", "manual"]),
        ("public-trust", "2028-03-14", ["dns-contact", "mail", "dns", "file", "manual"]),
        ("public-trust", "2028-03-15", ["dns", "file", "manual"]),
    ],
)
def test_the_ways_are_those_of_the_day(settings, policy, day, ways):
    settings.PORTAL_POLICY = policy

    with on(day):
        assert methods.open_ways() == ways
        offered = [offer.method for offer in methods.offers("example.com", BOTH)]

    assert list(dict.fromkeys(offered)) == ways


@pytest.mark.parametrize("length", [253, 232])
def test_a_record_is_on_offer_only_where_its_name_has_room(length):
    """With its label of twenty characters and the dot."""
    name = ".".join(["a" * 63] * 3 + ["example.com"])
    name = "b" * (length - len(name) - 1) + "." + name

    assert len(name) == length
    assert ("dns" in values(name)) is (length == 232)


def test_what_each_way_means_is_told():
    assert {value: offer_of(value).help for value in ("admin@example.com", "dns", "file", "manual")} == {
        "admin@example.com": "",
        "dns": (
            "You publish a TXT record with a value that you get afterwards. It is found by itself, mostly within "
            "minutes."
        ),
        "file": (
            "You put a file with a value that you get afterwards on the domain's web server. It is found by itself. "
            "A file proves this very name only: no names below it, and no wildcard."
        ),
        "manual": ("The vetting team makes sure that the organization controls the domain. This takes longer."),
    }


ENDS = "By the rules, a confirmation of this kind counts until March 15, 2028 only."


def test_the_end_of_a_way_is_told_with_its_date_under_public_trust(settings):
    settings.PORTAL_POLICY = "public-trust"

    with on("2026-11-01"):
        helps = {offer.value: offer.help for offer in methods.offers("example.com", BOTH)}

    assert helps.pop("security@example.org") == f"Named as contact in DNS. {ENDS}"
    assert [helps.pop(address) for address in five_at("example.com")] == [ENDS] * 5
    assert sorted(helps) == ["dns", "file", "manual"]
    assert not any("By the rules" in help_ for help_ in helps.values())


def test_the_end_of_a_way_is_told_in_the_readers_language(settings):
    settings.PORTAL_POLICY = "public-trust"

    with on("2026-11-01"), translation.override("ja"):
        assert "2028年3月15日" in offer_of("admin@example.com").help


def test_a_rule_that_changes_is_not_told_as_an_end(settings):
    """A file proves less from 2021-12-01 on, but goes on counting."""
    settings.PORTAL_POLICY = "public-trust"

    with on("2021-11-30"):
        assert "By the rules" not in offer_of("file").help


def test_no_way_ends_by_the_private_policy():
    assert not any("By the rules" in offer.help for offer in methods.offers("example.com", BOTH))


# Names that certificates are needed for


@pytest.mark.parametrize(
    ("wanted", "is_offered"),
    [
        ([], True),
        (["example.com"], True),
        (["www.example.com"], False),
        (["example.com", "www.example.com"], False),
        (["*.example.com"], False),
        (["example.com", "*.example.com"], False),
    ],
)
@pytest.mark.parametrize("policy", ["private", "public-trust"])
def test_a_file_is_left_out_where_it_would_not_prove_all_the_names(settings, policy, wanted, is_offered):
    """BR 3.2.2.4.18: a file proves no name below, and no wildcard. All other ways do."""
    settings.PORTAL_POLICY = policy

    with on("2026-11-01"):
        everything = values()
        assert values(wanted=wanted) == [value for value in everything if is_offered or value != "file"]


@pytest.mark.parametrize(("day", "is_offered"), [("2021-11-30", True), ("2021-12-01", False)])
def test_a_file_proved_names_below_until_2021_12_01(settings, day, is_offered):
    settings.PORTAL_POLICY = "public-trust"

    with on(day):
        assert ("file" in values(wanted=["www.example.com"])) is is_offered


# The choice


def test_the_choice_is_one_of_the_offers():
    for offer in methods.offers("www.example.com", BOTH):
        assert methods.chosen("www.example.com", offer.value, BOTH) == offer


@pytest.mark.parametrize(
    "value",
    [
        *("", "nonsense", "mail", "whois", "dns-contact", "DNS"),
        *("root@example.com", "admin@example.net", "admin@com", "admin@www.example.com", "Admin@example.com"),
        *("owner@example.net", "admin@example.com\nBcc: somebody@example.net"),
    ],
)
def test_what_is_not_on_offer_cannot_be_chosen(value):
    """The contact out of WHOIS is known, but WHOIS is switched off."""
    with pytest.raises(NotOnOffer):
        methods.chosen("example.com", value, BOTH)


def test_what_is_not_on_offer_is_told_shortened():
    with pytest.raises(NotOnOffer) as refused:
        methods.chosen("xn--bcher-kva.com", "x" * 5000, NOBODY)

    assert str(refused.value) == (
        f"“{'x' * 100}” is no longer on offer for xn--bcher-kva.com (bücher.com). Choose another way."
    )


def test_a_contact_that_dns_no_longer_names_cannot_be_chosen():
    assert offer_of("security@example.org", BOTH).method == Method.DNS_CONTACT
    with pytest.raises(NotOnOffer):
        methods.chosen("example.com", "security@example.org", NOBODY)


def test_nothing_is_added_by_a_choice_that_is_not_on_offer(people):
    with pytest.raises(NotOnOffer):
        requests.add_domain(people.ov, "example-new.com", level=Level.OV, choice="admin@example.net", by=people.paul)

    assert not Domain.objects.exists()
    assert not Attempt.objects.exists()


@pytest.mark.parametrize(
    ("fields", "value"),
    [
        ({"method": Method.MAIL, "address": "admin@example.com"}, "admin@example.com"),
        ({"method": Method.DNS_CONTACT, "address": "security@example.org"}, "security@example.org"),
        ({"method": Method.DNS, "value": "5f2d"}, "dns"),
        ({"method": Method.FILE, "value": "5f2d"}, "file"),
        ({"method": Method.MANUAL}, "manual"),
    ],
)
def test_the_choice_that_led_to_an_attempt_is_known(people, fields, value):
    attempt = make_attempt(make_domain(people.ov, status=Status.PENDING), **fields)

    assert methods.value_of(attempt) == value
    assert methods.chosen("example.com", value, BOTH).method == attempt.method


# Random values


@pytest.mark.parametrize("way", ["dns", "file"])
def test_each_attempt_has_a_random_value_of_its_own(people, way):
    """160 bits, where BR 1.6.1 asks for 112."""
    domain = requests.add_domain(people.ov, "example-new.com", level=Level.OV, choice=way, by=people.paul)
    for _again in range(2):
        requests.reconfirm(domain, choice=way, by=people.paul)

    given = list(domain.attempts.values_list("value", flat=True))
    assert len(set(given)) == 3
    assert [len(bytes.fromhex(value)) * 8 for value in given] == [160] * 3


def test_other_ways_have_no_value_to_publish(people):
    for number, choice in enumerate(("admin@example.com", "manual")):
        name = f"shop{number}.example.com"
        domain = requests.add_domain(people.ov, name, level=Level.OV, choice=choice, by=people.paul)
        assert domain.attempts.get().value == ""
