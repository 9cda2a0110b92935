"""Pages of the Help menu that belong to no app."""

import html
import re

import pytest
import time_machine


def page(client):
    """The words of the page, with one space between them."""
    content = client.get("/help/rules/").content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", content).split())


def row(words, name, following):
    """What the page says from one rule to the next."""
    return words[words.rindex(name) : words.rindex(following)].strip()


def test_the_help_menu_leads_to_the_rules(people, sign_in):
    content = sign_in(people.stan).get("/certificates/").content.decode()

    assert '<a href="/help/rules/">What the rules are and when they change</a>' in content


def test_the_rules_are_those_of_the_settings(people, sign_in, settings):
    with time_machine.travel("2026-11-24T09:00:00Z"):
        stan = sign_in(people.stan)
        private = page(stan)
        settings.PORTAL_POLICY = "public-trust"
        public = page(stan)

    assert "The rules of the users&#x27; guide, for a CA that a company runs for itself" in private
    assert "No change is planned." in private
    assert "The rules of the CA/Browser Forum, for a CA that browsers trust" in public
    assert row(public, "Longest validity period", "Keys and names") == (
        "Longest validity period 200 days March 15, 2026 March 15, 2027 100 days BR 6.3.2"
    )


def test_the_rules_change_with_the_clock(people, sign_in, settings):
    settings.PORTAL_POLICY = "public-trust"

    with time_machine.travel("2027-03-14T23:59:59Z"):
        before = row(page(sign_in(people.stan)), "Longest validity period", "Keys and names")
    with time_machine.travel("2027-03-15T00:00:00Z"):
        after = row(page(sign_in(people.stan)), "Longest validity period", "Keys and names")

    assert before == "Longest validity period 200 days March 15, 2026 March 15, 2027 100 days BR 6.3.2"
    assert after == "Longest validity period 100 days March 15, 2027 March 15, 2029 47 days BR 6.3.2"


def test_what_changes_next_stands_on_top_day_by_day(people, sign_in, settings):
    settings.PORTAL_POLICY = "public-trust"

    with time_machine.travel("2026-11-24T09:00:00Z"):
        words = page(sign_in(people.stan))
    coming = words[words.index("What changes next") : words.index("Hash algorithms and validity")]

    assert coming.strip() == (
        "What changes next"
        " March 15, 2027 Validity periods on offer 99 days, 45 days Longest validity period 100 days"
        " Confirmation of a domain counts for 100 days"
        " March 15, 2028 Mail to an administrative address Not allowed Mail to a contact named in DNS Not allowed"
        " March 15, 2029 Validity periods on offer 46 days, 30 days Longest validity period 47 days"
        " Confirmation of a domain counts for 10 days A domain is Expiring, before its end, for 3 days"
    )


def test_the_rules_are_told_in_the_language_of_the_reader(people, sign_in):
    people.stan.language = "ja"
    people.stan.save()

    response = sign_in(people.stan).get("/help/rules/", headers={"accept-language": "ja"})

    assert response.status_code == 200
    assert '<html lang="ja">' in response.content.decode()


# The other pages

ENTRIES = {
    "Introduction": "/introduction/",
    "Create a CSR": "/help/create-csr/",
    "Install your certificate": "/help/install/",
    "About OV and EV": "/help/ov-and-ev/",
    "About hash algorithms": "/help/hash-algorithms/",
    "About weak keys": "/help/weak-keys/",
    "What the rules are and when they change": "/help/rules/",
    "Trust this CA": "/help/trust/",
}
SERVERS = ["openssl", "apache", "nginx", "iis", "tomcat", "haproxy"]


def show(client, path):
    return client.get(path).content.decode()


def test_the_help_menu_has_all_pages_in_the_order_of_the_guide(people, sign_in):
    content = show(sign_in(people.stan), "/certificates/")
    menu = content[content.index('<div class="menu-items">') :]

    assert re.findall(r'<a href="([^"]+)">([^<]+)</a>', menu[: menu.index("</div>")]) == [
        (url, word) for word, url in ENTRIES.items()
    ]


def test_the_vetting_team_has_the_help_too(people, sign_in):
    content = show(sign_in(people.vera), "/help/weak-keys/")

    assert all(f'<a href="{url}">{word}</a>' in content for word, url in list(ENTRIES.items())[1:])
    assert "/certificates/" not in content


@pytest.mark.parametrize(("heading", "path"), list(ENTRIES.items())[1:])
def test_each_page_is_headed_as_in_the_menu(people, sign_in, heading, path):
    assert re.findall(r"<h1>(.+?)</h1>", show(sign_in(people.stan), path)) == [heading]


@pytest.mark.parametrize("path", ["/help/create-csr/", "/help/install/"])
def test_each_server_has_a_section_and_a_link_to_it(people, sign_in, path):
    content = show(sign_in(people.stan), path)

    assert re.findall(r'<a href="#(\w+)">', content) == SERVERS
    assert re.findall(r'<section class="panel"\s+id="(\w+)"', content) == SERVERS


@pytest.mark.parametrize("path", ["/help/create-csr/", "/help/install/"])
def test_every_block_has_a_button_that_copies_it(people, sign_in, path):
    content = show(sign_in(people.stan), path)
    shown = re.findall(r'<pre id="([^"]+)">', content)

    assert len(set(shown)) == len(shown) > 20
    assert re.findall(r'data-copy-from="([^"]+)"', content) == shown


def test_the_commands_are_for_the_names_that_are_given(people, sign_in):
    content = html.unescape(
        show(sign_in(people.stan), "/help/create-csr/?names=*.Example.com,+b%C3%BCcher.com+b%C3%BCcher.com")
    )

    assert '-subj "/CN=*.example.com"' in content
    assert '-addext "subjectAltName=DNS:*.example.com,DNS:xn--bcher-kva.com"' in content
    assert "-keyout wildcard.example.com.key -out wildcard.example.com.csr" in content


@pytest.mark.parametrize("query", ["", "?names=", "?names=+%0A,;"])
def test_without_names_there_is_an_example(people, sign_in, query):
    content = html.unescape(show(sign_in(people.stan), f"/help/create-csr/{query}"))

    assert '-addext "subjectAltName=DNS:www.example.com,DNS:shop.example.com"' in content
    assert "There is a problem" not in content


@pytest.mark.parametrize(
    "typed",
    [
        "10.0.0.1",
        "server1",
        'a.example.com"; rm -rf /',
        "$(reboot).example.com",
        "`reboot`.example.com",
        "a.example.com\x00",
        "<script>alert(1)</script>",
        "../../etc/passwd",
        "x" * 5000,
        " ".join(f"n{number}.example.com" for number in range(100)),
    ],
)
@pytest.mark.parametrize("path", ["/help/create-csr/", "/help/install/"])
def test_what_is_no_name_gets_into_no_command(people, sign_in, path, typed):
    response = sign_in(people.stan).get(path, {"names": typed})
    content = response.content.decode()

    assert response.status_code == 200
    assert "There is a problem" in content
    blocks = "".join(re.findall(r"<pre[^>]*>(.*?)</pre>", content, re.DOTALL))
    assert "www.example.com.key" in blocks  # the example instead
    assert not any(word in blocks for word in ("reboot", "rm -rf", "script", "passwd", "n1.example.com"))
    assert "<script>alert" not in content


def test_the_files_to_install_are_called_as_the_portal_calls_them(people, sign_in, settings):
    settings.PORTAL_BRAND = "Example Trust"

    content = show(sign_in(people.stan), "/help/install/?names=www.example.com")

    assert "<code>www.example.com.p7b</code>, <code>example-trust-root-1.crt</code>" in content


def test_keys_and_names_are_those_of_the_rules(people, sign_in):
    stan = sign_in(people.stan)

    assert "RSA of 2048 to 8192 bits, in steps of 8, or ECDSA on P-256, P-384" in show(stan, "/help/create-csr/")
    assert "up to 98 others" in show(stan, "/help/create-csr/")
    assert "one of the curves P-256, P-384" in show(stan, "/help/weak-keys/")


def test_ov_and_ev_are_compared_by_the_rules_of_the_day(people, sign_in, settings):
    settings.PORTAL_POLICY = "public-trust"
    stan = sign_in(people.stan)

    assert compared(stan, "Wildcards") == ("Possible.", "Not possible.")
    assert compared(stan, "Vetting of an organization counts for") == ("398 days", "398 days")
    with time_machine.travel("2027-03-15T00:00:00Z"):
        assert compared(sign_in(people.stan), "Confirmation of a domain counts for") == ("100 days", "100 days")


def compared(client, what):
    cells = rf'<th scope="rowgroup" colspan="2">{what}</th>\s*</tr>\s*<tr>\s*<td>(.*?)</td>\s*<td>(.*?)</td>'
    return re.search(cells, show(client, "/help/ov-and-ev/"))[1], re.search(cells, show(client, "/help/ov-and-ev/"))[2]


def test_the_end_of_sha_1_is_that_of_the_rules(people, sign_in):
    with time_machine.travel("2026-11-24T09:00:00Z"):
        now = words(sign_in(people.stan), "/help/hash-algorithms/")
    with time_machine.travel("2015-06-01T09:00:00Z"):
        then = words(sign_in(people.stan), "/help/hash-algorithms/")

    assert "On offer now SHA-256 Since Jan. 1, 2016 Source users&#x27; guide, “About hash algorithms”" in now
    assert "Jan. 1, 2016 From this day on no certificate is signed with SHA-1." in now
    assert "On offer now SHA-256, SHA-1 Later SHA-256 From Jan. 1, 2016" in then
    assert "From this day on" not in then


def words(client, path):
    return " ".join(re.sub(r"<[^>]+>", " ", show(client, path)).split())


def test_the_weak_keys_page_has_a_place_for_every_finding(people, sign_in):
    content = show(sign_in(people.stan), "/help/weak-keys/")

    assert re.findall(r'<section id="([\w-]+)">', content) == [
        "debian", "roca", "close-primes", "modulus", "exponent", "size", "public", "compromised"
    ]  # fmt: skip
    assert content.count("What to do:") == 8
    assert "the other eight sets of RSA 4096, RSA 3072" in content
