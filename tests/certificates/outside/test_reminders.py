"""Reminders of the end of a certificate that somebody outside asked for."""

from datetime import timedelta

from certificates.states import Kind
from certificates.states import Status as OrderStatus
from profiles.notifications import expiry, unsubscribing
from sslportal.kit import clock
from tests.certificates.outside.visiting import OLGA
from tests.factories import issue, make_domain, make_issued, make_order, make_outsider
from tests.letters import last_letter, letters_to


def ending(people, number=0, days=5):
    return make_issued(
        people.ov,
        None,
        name=f"www{number}.example.com",
        days=100,
        age=100 - days,
        outsider=make_outsider(people.company),
    )


def test_the_requester_is_reminded_with_a_link_of_their_own(people, portal, noon):
    ending(people)
    with clock.at(clock.now() + timedelta(days=4)):
        expiry.sweep()

        letter = last_letter(OLGA)
        assert "which you have requested" in letter.text
        assert f"/request/{portal.slug}/requests/back/" in letter.text
        assert "/certificates/" not in letter.text
        assert letter.unsubscribe
        assert [file.name for file in letter.attachments.all()] == ["expiry.ics"]
        assert "Renew the certificate" in last_letter(people.paul.email).text


def test_many_ends_are_no_list_that_leads_nowhere(people, portal, noon):
    for number in range(8):
        ending(people, number)
    with clock.at(clock.now() + timedelta(days=4)):
        expiry.sweep()

    assert {letter.key.partition(":")[0] for letter in letters_to(OLGA)} == {"certificate-expiring"}
    assert len(letters_to(OLGA)) == 8
    assert last_letter(people.paul.email).key.startswith("expiry-digest:")


def test_a_requester_who_has_stopped_them_gets_none(people, portal, noon):
    order = ending(people)
    unsubscribing.unsubscribe(OLGA, f"order:{order.pk}")
    with clock.at(clock.now() + timedelta(days=4)):
        expiry.sweep()

    assert not letters_to(OLGA)


def test_a_renewal_by_an_administrator_is_told_without_a_page_that_is_not_theirs(people, portal, ca):
    make_domain(people.ov)
    old = ending(people)
    renewal = make_order(people.ov, people.paul, kind=Kind.RENEWAL, source=old, status=OrderStatus.PENDING)

    issue(renewal)

    letter = last_letter(OLGA)
    assert letter.key.startswith("certificate-renewed:")
    assert "renewed by an administrator" in letter.text
    assert f"/certificates/{renewal.pk}" not in letter.text


def test_an_approver_whose_address_somebody_gave_gets_one_list_of_many_ends(people, portal, noon):
    for number in range(8):
        outsider = make_outsider(people.company, people.paul.email)
        make_issued(people.ov, None, name=f"www{number}.example.com", days=100, age=95, outsider=outsider)
    with clock.at(clock.now() + timedelta(days=4)):
        expiry.sweep()

    assert [letter.key.partition(":")[0] for letter in letters_to(people.paul.email)] == ["expiry-digest"]
