"""Pages of the Help menu that belong to no app."""

import re

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
