"""The contacts that a domain names in DNS (BR 3.2.2.4.13, .14), and in WHOIS where wanted: found, filtered, remembered."""

import time
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from domains import contacts, tasks
from domains.methods import Contacts
from domains.models import ContactLookup
from sslportal.kit import dns as resolver
from sslportal.kit import dns_exchange, names, outside
from tests.whois_server import IANA, REGISTRY, WhoisServer, silence

NAME = "shop.example.com"
START = timezone.now().replace(microsecond=0)


def at(**after):
    return time_machine.travel(START + timedelta(**after), tick=False)


def look(name=NAME):
    """The addresses and the trouble."""
    return outside.run(lambda: contacts.look(names.parse(name)))


def found(name=NAME):
    """The addresses that DNS names."""
    pairs, _trouble = look(name)
    assert {method for method, _address in pairs} <= {"dns-contact"}
    return [address for _method, address in pairs]


def name_in_caa(dns_server, place, *addresses):
    dns_server.zone["CAA", place] = [f'0 contactemail "{address}"' for address in addresses]


def name_in_txt(dns_server, place, *addresses):
    dns_server.zone["TXT", f"_validation-contactemail.{place}"] = list(addresses)


# CAA


def test_the_contact_of_the_caa_records_is_found(dns_server):
    name_in_caa(dns_server, NAME, "security@example.org")

    assert look() == ([("dns-contact", "security@example.org")], [])


@pytest.mark.parametrize("place", ["a.b.example.com", "b.example.com", "example.com"])
def test_the_caa_records_that_count_are_the_first_on_the_way_up(dns_server, place):
    """RFC 8659 3, down to the registrable domain."""
    name_in_caa(dns_server, place, "security@example.org")

    assert found("a.b.example.com") == ["security@example.org"]


def test_records_further_up_do_not_count_where_there_are_nearer_ones(dns_server):
    name_in_caa(dns_server, NAME, "shop@example.org")
    name_in_caa(dns_server, "example.com", "security@example.org")

    assert found() == ["shop@example.org"]
    assert dns_server.asked("CAA", "example.com") == 0


def test_nearer_records_count_even_if_they_name_nobody(dns_server):
    dns_server.zone["CAA", NAME] = ['0 issue "ca.example.net"']
    name_in_caa(dns_server, "example.com", "security@example.org")

    assert found() == []


def test_nobody_above_the_registrable_domain_is_asked(dns_server):
    name_in_caa(dns_server, "co.uk", "registry@example.net")
    name_in_caa(dns_server, "uk", "registry@example.net")
    name_in_txt(dns_server, "co.uk", "registry@example.net")

    assert found("shop.example.co.uk") == []
    assert {question.name.removeprefix("_validation-contactemail.") for question in dns_server.questions} == {
        "shop.example.co.uk",
        "example.co.uk",
    }


def test_several_contacts_are_found_and_other_properties_are_passed_over(dns_server):
    dns_server.zone["CAA", NAME] = [
        '0 issue "contactemail@example.org"',
        '0 iodef "mailto:incidents@example.org"',
        '0 contactphone "+442079460000"',
        '0 contactemail "one@example.org"',
        '128 CONTACTEMAIL "two@example.org"',
    ]

    assert sorted(found()) == ["one@example.org", "two@example.org"]


def test_caa_records_behind_an_alias_count(dns_server):
    dns_server.zone["CNAME", NAME] = ["shops.example.net"]
    name_in_caa(dns_server, "shops.example.net", "security@example.org")

    assert found() == ["security@example.org"]


# TXT


@pytest.mark.parametrize("place", [NAME, "example.com"])
def test_the_contact_of_the_txt_record_is_found_at_the_name_and_at_its_parents(dns_server, place):
    name_in_txt(dns_server, place, "security@example.org")

    assert found() == ["security@example.org"]


def test_the_txt_records_of_all_places_count_and_each_address_once(dns_server):
    """Each is an Authorization Domain Name of its own (BR 3.2.2.4.14)."""
    name_in_txt(dns_server, NAME, "shop@example.org")
    name_in_txt(dns_server, "example.com", "Security@Example.org", "shop@example.org")
    name_in_caa(dns_server, NAME, "caa@example.org", "shop@example.org")

    assert sorted(found()) == ["caa@example.org", "security@example.org", "shop@example.org"]


def test_contacts_of_caa_come_before_those_of_txt_and_the_nearest_first(dns_server):
    name_in_txt(dns_server, NAME, "two@example.org")
    name_in_txt(dns_server, "example.com", "three@example.org")
    name_in_caa(dns_server, "example.com", "one@example.org")

    assert found() == ["one@example.org", "two@example.org", "three@example.org"]


def test_txt_records_of_the_name_itself_name_nobody(dns_server):
    dns_server.zone["TXT", NAME] = ["security@example.org"]

    assert found() == []


# What strangers write


@pytest.mark.parametrize(
    "text",
    [
        *("", "nobody", "@example.org", "security@", "security@example..org", "a b@example.org"),
        *("mailto:security@example.org", "Security <security@example.org>", "one@example.org, two@example.org"),
        *("security@example.org\r\nBcc: somebody@example.net", "security@example.org\nBcc: a@example.net", "a@b@c.org"),
        *("security@example.org\x00", "\x00@example.org", "security\r@example.org", "\u202esecurity@example.org"),
        *(
            "root@localhost",
            "root@mailhost",
            "root@[127.0.0.1]",
            "root@[169.254.169.254]",
            "root@10.0.0.1",
            "root@co.uk",
        ),
        *("a" * 65 + "@" + "b" * 60 + ".example.org" * 20, "<script>@example.org", '"quoted"@example.org'),
        *("m\u0131ke@example.org", "\u017fecurity@example.org", "\u00ff@example.org"),
    ],
    ids=repr,
)
@pytest.mark.parametrize("name_in", [name_in_caa, name_in_txt])
def test_what_is_no_mail_address_is_passed_over(dns_server, name_in, text):
    name_in(dns_server, NAME, text, "good@example.org")

    assert found() == ["good@example.org"]


def test_white_space_around_an_address_is_forgiven(dns_server):
    name_in_txt(dns_server, NAME, "  security@example.org\r\n")

    assert found() == ["security@example.org"]


def test_at_most_ten_addresses_are_kept(dns_server):
    name_in_txt(dns_server, NAME, *(f"security{number}@example.org" for number in range(60)))
    name_in_txt(dns_server, "example.com", *(f"other{number}@example.org" for number in range(60)))

    assert len(found()) == 10


def test_three_hundred_addresses_are_more_than_anybody_needs(dns_server):
    name_in_txt(dns_server, NAME, *(f"security{number}@example.org" for number in range(300)))
    name_in_caa(dns_server, NAME, *(f"security{number}@example.org" for number in range(300)))

    assert look() == ([], [f"CAA {NAME}: failed", f"TXT _validation-contactemail.{NAME}: failed"])


def test_what_strangers_write_is_kept_in_the_database(dns_server, db):
    name_in_txt(dns_server, NAME, "\x00", b"\xff\xfe", "<script>", '"\x01"@example.org', "good@example.org")
    contacts.want([NAME])

    contacts.look_up(NAME)

    assert ("dns-contact", "good@example.org") in contacts.known(NAME).pairs


# No answer that counts


@pytest.mark.parametrize(("failure", "outcome"), [("SERVFAIL", "failed"), ("bogus", "bogus"), ("REFUSED", "failed")])
def test_a_question_that_fails_names_nobody_and_is_told(dns_server, failure, outcome):
    """Nor does it lead further up: whether there are nearer records is not known (RFC 8659 3)."""
    name_in_caa(dns_server, "example.com", "security@example.org")
    dns_server.fails["CAA", NAME] = failure

    assert look() == ([], [f"CAA {NAME}: {outcome}"])


def test_one_question_that_fails_does_not_hide_the_other_answers(dns_server):
    name_in_caa(dns_server, NAME, "caa@example.org")
    name_in_txt(dns_server, "example.com", "txt@example.org")
    dns_server.fails["TXT", f"_validation-contactemail.{NAME}"] = "SERVFAIL"

    pairs, trouble = look()

    assert [address for _method, address in pairs] == ["caa@example.org", "txt@example.org"]
    assert trouble == [f"TXT _validation-contactemail.{NAME}: failed"]


def test_silence_is_told(dns_server, monkeypatch):
    monkeypatch.setattr(dns_exchange, "SECONDS", 0.1)
    monkeypatch.setattr(resolver, "WHOLE_SECONDS", 0.5)
    for place in (NAME, "example.com"):
        dns_server.fails[place] = dns_server.fails[f"_validation-contactemail.{place}"] = "silent"

    assert look() == (
        [],
        [
            f"CAA {NAME}: silent",
            f"TXT _validation-contactemail.{NAME}: silent",
            "TXT _validation-contactemail.example.com: silent",
        ],
    )


def test_a_resolver_that_does_not_show_that_it_validates_names_nobody(dns_server, settings):
    settings.DNS_VALIDATION = "required"
    name_in_caa(dns_server, NAME, "caa@example.org")
    name_in_txt(dns_server, NAME, "txt@example.org")

    pairs, trouble = look()

    assert pairs == []
    assert f"CAA {NAME}: unvalidated" in trouble


# WHOIS


@pytest.fixture
def whois_server(settings, dns_server):
    """IANA's server and the registry's, which knows the owner of example.com."""
    with WhoisServer() as server:
        settings.WHOIS_SERVER, settings.WHOIS_PORT = f"{IANA}:{server.port}", server.port
        settings.EGRESS_NETWORKS = [f"{host}/32" for host in (IANA, REGISTRY)]
        server.answers[IANA, "com"] = f"refer: {REGISTRY}\n"
        server.answers[REGISTRY, "example.com"] = "Domain Name: EXAMPLE.COM\nRegistrant Email: owner@example.net\n"
        yield server


def test_whois_is_not_asked_unless_switched_on(whois_server):
    assert look() == ([], [])
    assert whois_server.heard == []


def test_whois_is_not_asked_where_the_policy_does_not_let_it_count(whois_server, settings):
    settings.WHOIS_CONTACTS, settings.PORTAL_POLICY = True, "public-trust"

    assert look() == ([], [])
    assert whois_server.heard == []


def test_whois_is_asked_for_the_registrable_domain(whois_server, dns_server, settings):
    settings.WHOIS_CONTACTS = True
    name_in_txt(dns_server, NAME, "security@example.org")

    assert look() == ([("dns-contact", "security@example.org"), ("whois", "owner@example.net")], [])
    assert whois_server.heard == [(IANA, b"com\r\n"), (REGISTRY, b"example.com\r\n")]


def test_trouble_of_whois_is_told_and_does_not_hide_dns(whois_server, dns_server, settings, monkeypatch):
    settings.WHOIS_CONTACTS = True
    monkeypatch.setattr("domains.whois.WHOLE_TIMEOUT", 0.1)
    whois_server.answers[REGISTRY, "example.com"] = silence
    name_in_txt(dns_server, NAME, "security@example.org")

    assert look() == ([("dns-contact", "security@example.org")], ["WHOIS: timeout"])


def test_that_whois_names_nobody_is_no_trouble(whois_server, settings):
    settings.WHOIS_CONTACTS = True
    whois_server.answers[REGISTRY, "example.com"] = "Registrant Email: REDACTED FOR PRIVACY\n"

    assert look() == ([], [])


# Asked by a worker, and remembered


@pytest.fixture
def ask(dns_server, db, django_capture_on_commit_callbacks):
    """Want the contacts as a page does; the worker is there at once."""

    def ask(*wanted):
        with django_capture_on_commit_callbacks(execute=True) as queued:
            contacts.want(wanted or [NAME])
        return len(queued)

    return ask


def test_a_page_gets_them_from_the_worker(dns_server, ask):
    name_in_caa(dns_server, NAME, "security@example.org")

    ask()

    assert contacts.known(NAME) == Contacts((("dns-contact", "security@example.org"),), is_running=False)


def test_a_page_asks_nobody_itself(dns_server, db):
    contacts.want([NAME])

    assert contacts.known(NAME) == Contacts((), is_running=True)
    assert dns_server.questions == []


def test_they_are_asked_for_once_an_hour(dns_server, ask):
    with at():
        assert ask() == 1
    with at(minutes=60):
        assert ask() == 0
    with at(minutes=60, seconds=1):
        assert ask() == 1
        assert ask() == 0

    assert dns_server.asked("CAA", NAME) == 2


def test_many_that_want_the_same_ask_once(dns_server, ask):
    ask(NAME, NAME, "www.example.com")
    ask("www.example.com", NAME, "other.example.com")

    for name in (NAME, "www.example.com", "other.example.com"):
        assert dns_server.asked("TXT", f"_validation-contactemail.{name}") == 1


def test_an_answer_counts_for_eight_hours(dns_server, ask):
    name_in_caa(dns_server, NAME, "security@example.org")
    with at():
        ask()

    with at(hours=8, seconds=-1):
        assert contacts.known(NAME).of("dns-contact") == ["security@example.org"]
    with at(hours=8):
        assert contacts.known(NAME) == Contacts((), is_running=False)


def test_the_old_answer_counts_while_a_new_one_is_on_its_way(dns_server, ask):
    name_in_caa(dns_server, NAME, "security@example.org")
    with at():
        ask()

    with at(hours=2):
        contacts.want([NAME])

        assert contacts.known(NAME) == Contacts((("dns-contact", "security@example.org"),), is_running=True)


def test_a_new_answer_takes_the_place_of_the_old_one(dns_server, ask):
    name_in_caa(dns_server, NAME, "old@example.org")
    with at():
        ask()
    name_in_caa(dns_server, NAME, "new@example.org")
    with at(hours=2):
        ask()

        assert contacts.known(NAME).of("dns-contact") == ["new@example.org"]


def test_the_page_stops_waiting_for_a_worker_that_does_not_come(db):
    with at():
        contacts.want([NAME])
        assert contacts.known(NAME).is_running
    with at(seconds=30):
        assert contacts.known(NAME) == Contacts((), is_running=False)


def test_a_lost_message_is_made_good_by_the_next_page_an_hour_later(dns_server, ask, db):
    name_in_caa(dns_server, NAME, "security@example.org")
    with at():
        contacts.want([NAME])  # and no worker came
    with at(hours=2):
        ask()

        assert contacts.known(NAME).of("dns-contact") == ["security@example.org"]


def test_asking_twice_is_harmless(dns_server, ask):
    name_in_caa(dns_server, NAME, "security@example.org")
    ask()

    tasks.look_for_contacts(NAME)

    assert contacts.known(NAME).of("dns-contact") == ["security@example.org"]
    assert ContactLookup.objects.count() == 1


def test_all_that_wait_are_looked_up_together(dns_server, db, monkeypatch):
    """Slow servers take their time together, not one after the other: there may be one worker."""
    monkeypatch.setattr(dns_exchange, "SECONDS", 0.3)
    monkeypatch.setattr(resolver, "WHOLE_SECONDS", 0.3)
    wanted = [f"shop{number}.example.com" for number in range(20)]
    for name in wanted[1:]:
        dns_server.fails[name] = "silent"
    name_in_caa(dns_server, wanted[0], "security@example.org")
    contacts.want(wanted)

    began = time.monotonic()
    for name in wanted:
        tasks.look_for_contacts(name)

    assert time.monotonic() - began < 20 * 0.3
    assert contacts.known(wanted[0]).of("dns-contact") == ["security@example.org"]
    assert not any(one.is_running for one in contacts.known_of(wanted).values())


def test_a_hundred_are_wanted_by_a_handful_of_queries_and_two_messages(
    dns_server, db, django_assert_max_num_queries, django_capture_on_commit_callbacks
):
    wanted = [f"example{number}.com" for number in range(100)]

    with django_assert_max_num_queries(5), django_capture_on_commit_callbacks() as messages:
        contacts.want(wanted)
    for message in messages:
        message()

    assert len(messages) == 2
    assert not any(one.is_running for one in contacts.known_of(wanted).values())


def test_a_domain_is_given_up_after_a_while_and_keeps_no_other(dns_server, db, monkeypatch):
    monkeypatch.setattr(contacts, "LONGEST", 0.2)
    name_in_caa(dns_server, NAME, "security@example.org")
    dns_server.fails["slow.example.com"] = "silent"
    contacts.want(["slow.example.com", NAME])

    tasks.look_for_contacts("slow.example.com")

    assert ContactLookup.objects.get(name="slow.example.com").trouble == ["not finished within 0.2 s"]
    assert contacts.known(NAME).of("dns-contact") == ["security@example.org"]


def test_what_could_not_be_asked_is_kept(dns_server, ask):
    dns_server.fails["CAA", NAME] = "SERVFAIL"

    ask()

    assert ContactLookup.objects.get().trouble == [f"CAA {NAME}: failed"]


def test_a_name_that_nobody_asked_for_has_no_contacts(db):
    assert contacts.known(NAME) == Contacts()


def test_many_names_are_read_by_one_query(dns_server, ask, django_assert_num_queries):
    wanted = [f"shop{number}.example.com" for number in range(20)]
    name_in_txt(dns_server, "shop3.example.com", "three@example.org")
    ask(*wanted[:10])

    with django_assert_num_queries(1):
        known = contacts.known_of(iter(wanted))

    assert list(known) == wanted
    assert {name: one.pairs for name, one in known.items() if one.pairs} == {
        "shop3.example.com": (("dns-contact", "three@example.org"),)
    }


@pytest.mark.parametrize(("hours", "left"), [(48, 1), (49, 0)])
def test_what_nobody_asks_for_any_more_is_forgotten(db, hours, left):
    with at():
        contacts.want([NAME])
    with at(hours=hours):
        tasks.forget_old_contacts()

    assert ContactLookup.objects.count() == left
