"""WHOIS answers in the formats of the world's registries: who is a contact, and who is not."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domains.whois_answers import PRIVACY_SERVICES, addresses, referral
from tests.whois_samples import FORMATS


@pytest.mark.parametrize(("domain", "answer", "expected"), FORMATS.values(), ids=FORMATS)
def test_contacts_are_found_in_the_usual_formats(domain, answer, expected):
    assert addresses([answer], domain) == tuple(expected)


@pytest.mark.parametrize(("domain", "answer", "expected"), FORMATS.values(), ids=FORMATS)
def test_case_and_line_ends_do_not_matter(domain, answer, expected):
    assert addresses([answer.upper().replace("\n", "\r\n")], domain) == tuple(expected)


@pytest.mark.parametrize(
    "value",
    [
        *("", "REDACTED FOR PRIVACY", "Data Protected", "NOT DISCLOSED", "n/a", "none", "-"),
        "Please query the RDDS service of the Registrar of Record identified in this output for information",
        "Select Request Email Form at https://domains.registrar.net/whois/example.com",
        *("https://www.example.com/contact", "http://me@example.com/"),
        *("me at example.com", "me@example", "me@localhost", "me@server.local", "me@[192.0.2.1]", "me@192.0.2.1"),
        *("@example.com", "me@", "me@@example.com", "me@example..com", ".me@example.com", "me.@example.com"),
        *(
            "write to me@example.com",
            "me@example.com (Jo Bloggs)",
            "Jo Bloggs <me@example.com>",
            '"Jo Bloggs"@example.com',
        ),
        *(
            "me@example.com\x00",
            "me@exam\x00ple.com",
            "me\x07@example.com",
            "me@example.com\x1b[31m",
            "me@example.com\u202e",
        ),
        *("me@example.com%0d%0aBcc:you@example.com", "me@example.com\\r\\nBcc:you@example.com", "me@example.com:25"),
        *("mé@example.com", "me@exämple.com", "me@xn--a.com", "me@com", "me@co.uk", "me@_dmarc.example.com"),
        *("a" * 65 + "@example.com", "me@" + "a" * 64 + ".com", "a" * 60 + "@" + ".".join(["b" * 60] * 4) + ".com"),
    ],
)
def test_what_is_no_address_is_left_out(value):
    assert addresses([f"Registrant Email: {value}\n"], "example.com") == ()


@pytest.mark.parametrize(
    ("separator", "expected"),
    [
        *((one, ("me@example.com",)) for one in "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"),
        *((one, ("me@example.com", "you@example.com")) for one in (", ", ";", " ", "\t", "\u00a0")),
    ],
)
def test_a_value_ends_with_its_line_and_may_have_several_addresses(separator, expected):
    assert addresses([f"Registrant Email: me@example.com{separator}you@example.com\n"], "example.com") == expected


@pytest.mark.parametrize(
    "key",
    [
        *("Email", "E-mail", "Registrar Email", "Registrar Abuse Contact Email", "Billing Email", "Abuse Email", "Bcc"),
        *("Reseller Email", "Sponsoring Registrar Email", "Registrant Name", "Registrant", "Registry Admin Email"),
        *(
            "Registrant Email Verified By",
            "Not the Registrant Email",
            "Zone Contact Email",
            "changed",
            "notify",
            "mnt-by",
        ),
    ],
)
def test_other_keys_are_no_contacts(key):
    assert addresses([f"{key}: me@example.com\n"], "example.com") == ()


@pytest.mark.parametrize(
    "heading", ["Reseller:", "Billing Contact:", "Abuse contact: A Desk", "[Zone-C]", "Registrar: One", "Dates:"]
)
def test_a_heading_without_an_empty_line_above_ends_a_contact(heading):
    answer = f"Registrant:\nName: Jo\nEmail: me@example.com\n{heading}\nEmail: other@example.com\n"

    assert addresses([answer], "example.com") == ("me@example.com",)


@pytest.mark.parametrize(
    "between",
    ["\n", "\nNot shown\n\n", "Registrar: One\n", "\nName: Jo\nCity: Here\n\n", "Name servers\n\n", "\n[Nothing]\n"],
)
def test_a_heading_counts_up_to_an_empty_line(between):
    answer = f"Tech\nName: Jo\n{between}Email: other@example.com\n"

    assert addresses([answer], "example.com") == ()


@pytest.mark.parametrize("between", ["Not shown", "Name: Jo", "Dates:", "% a remark"])
def test_a_heading_with_an_empty_line_under_it_counts_for_what_follows_only(between):
    assert addresses([f"Tech\n\n{between}\n\nEmail: other@example.com\n"], "example.com") == ()


@pytest.mark.parametrize("between", ["", "\n", "\n\n", "% a remark\n", "Fax:\n", "[名前]\n", "Name: Jo\n"])
def test_a_heading_counts_from_the_next_line_or_the_one_after_an_empty_one(between):
    assert addresses([f"Tech\n{between}Email: me@example.com\n"], "example.com") == ("me@example.com",)


@pytest.mark.parametrize("local", ["abuse", "abuse-reports", "domainabuse", "ABUSE+example"])
def test_abuse_desks_are_left_out(local):
    assert addresses([f"Tech Email: {local}@example.com\n"], "example.com") == ()


@pytest.mark.parametrize(
    "telling",
    [
        *("Registrar URL: https://www.registrar.net/domains?x=1", "Registrar WHOIS Server: whois.registrar.net"),
        *("Registrar: Registrar.net, LLC", "Registrar Abuse Contact Email: post@registrar.net"),
        *("Registrar:\n  URL: http://registrar.net", "\nRegistrar\n\n www....: registrar.net"),
    ],
)
def test_addresses_at_the_registrar_are_left_out(telling):
    answer = f"Tech Email: hostmaster@mail.registrar.net\nAdmin Email: me@example.org\n{telling}\n"

    assert addresses([answer], "example.com") == ("me@example.org",)


def test_what_one_answer_tells_of_the_registrar_counts_for_the_other():
    of_the_registry = "Registrar URL: http://www.registrar.net\n"
    of_the_registrar = "Tech Email: hostmaster@registrar.net\nAdmin Email: me@example.org\n"

    assert addresses([of_the_registry, of_the_registrar], "example.com") == ("me@example.org",)


def test_a_registrar_may_be_written_to_about_its_own_domain():
    answer = "Registrar URL: http://www.registrar.net\nTech Email: hostmaster@registrar.net\n"

    assert addresses([answer], "registrar.net") == ("hostmaster@registrar.net",)


@pytest.mark.parametrize(
    "host",
    [
        *(
            "whoisguard.com",
            "protect.withheldforprivacy.com",
            "domainsbyproxy.com",
            "contactprivacy.com",
            "privacyguardian.org",
        ),
        *(
            "privacyprotect.org",
            "example.com.whoisprivacyprotect.com",
            "contact.gandi.net",
            "o-w-o.info",
            "identity-protect.org",
        ),
    ],
)
def test_privacy_services_are_left_out(host):
    assert addresses([f"Registrant Email: 5f3c.protect@{host}\n"], "example.com") == ()


def test_a_privacy_service_may_be_written_to_about_its_own_domain():
    assert addresses(["Admin Email: me@whoisguard.com\n"], "whoisguard.com") == ("me@whoisguard.com",)


def test_the_list_of_privacy_services_is_in_the_form_in_which_it_is_compared():
    assert all(part == part.lower() and len(part) > 8 for part in PRIVACY_SERVICES)
    assert len(set(PRIVACY_SERVICES)) == len(PRIVACY_SERVICES)


def test_each_address_counts_once_and_ten_are_enough():
    many = [f"me{number}@example.com" for number in range(20)]
    answer = "".join(f"Registrant Email: {one}\nAdmin Email: {one.upper()}\n" for one in many)

    assert addresses([answer, answer], "example.com") == tuple(many[:10])


@pytest.mark.parametrize(
    ("answer", "host"),
    [
        ("Registrar WHOIS Server: WHOIS.Registrar.net\n", "whois.registrar.net"),
        ("   Whois Server: whois.registrar.net\n", "whois.registrar.net"),
        ("Registrar WHOIS Server: \nRegistrar WHOIS Server: whois.registrar.net.\n", "whois.registrar.net"),
        ("Registrar WHOIS Server: whois://whois.registrar.net:43/\n", "whois.registrar.net"),
        ("Registrar WHOIS Server: https://whois.registrar.net\n", ""),
        ("Registrar WHOIS Server: whois.registrar.net:25\n", ""),
        ("Registrar WHOIS Server: whois.registrar.net whois.example.net\n", ""),
        ("Registrar WHOIS Server: whois_1.registrar.net\n", ""),
        ("Registrar URL: whois.registrar.net\n", ""),
        ("% Whois Server: whois.registrar.net\n", ""),
        ("Whois Server Version 2.0\n", ""),
        ("", ""),
    ],
)
def test_a_referral_names_a_host(answer, host):
    assert referral(answer, "registrar whois server", "whois server") == host


keys = st.sampled_from(
    ["Registrant Email", "Registrar", "[Tech-C]", "nic-hdl", "contact", "Email", "[ ]", ".", "", "admin-c", "Tech"]
)
pieces = st.lists(
    st.one_of(keys, st.sampled_from([": ", ":", "\n", "\n\n", "me@example.com", "[x]"]), st.text(max_size=8))
)


@given(pieces.map("".join))
def test_any_answer_can_be_read(answer):
    found = addresses([answer], "example.org")

    assert all(one in answer.lower() and one.isascii() and one.isprintable() for one in found)
    assert isinstance(referral(answer, "registrar"), str)


@pytest.mark.parametrize(
    "line",
    [
        " ",
        ".",
        ":",
        "a",
        "a.",
        "a-",
        "[",
        "\t.",
        "Registrar: a.",
        "Registrar: a-.",
        "Registrant Email: a@",
        "e-mail e-mail ",
    ],
)
def test_an_answer_that_is_meant_to_be_slow_is_read_quickly(line):
    long_line, many_lines = (line * 64 * 1024)[: 64 * 1024], f"{line}\n" * (64 * 1024 // (len(line) + 1))

    began = time.process_time()
    addresses([long_line, many_lines, f"Registrar:\n{long_line}"], "example.com")

    assert time.process_time() - began < 5
