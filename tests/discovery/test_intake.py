"""What a scan finds, as it is taken in: certificates once, places, warnings, and the same chunk twice."""

import pytest

from certificates.models import Order
from discovery.actions import intake, scans
from discovery.models import Finding, FoundCertificate, Miss
from discovery.scanner.results import REFUSED, Result
from discovery.states import Status
from sslportal.kit.moves import Refused
from tests import der
from tests.discovery import handmade
from tests.discovery.strange_ca import StrangeCa, strange_ca
from tests.factories import issue, make_domain, make_order, make_scan

HOSTS = [f"192.0.2.{number}" for number in range(1, 21)]


@pytest.fixture
def scan(people):
    return make_scan(people.gina)


def test_a_certificate_is_kept_once_however_many_servers_show_it(scan):
    leaf = strange_ca().issue()

    intake.take(scan, 3, [strange_ca().shown(host, leaf=leaf) for host in HOSTS[:3]])

    assert Finding.objects.count() == 3
    assert sorted(FoundCertificate.objects.values_list("common_name", flat=True)) == ["Strange Root", "www.example.com"]


def test_the_same_chunk_again_changes_nothing(scan):
    chunk = [strange_ca().shown(HOSTS[0]), Result(HOSTS[1], 443, REFUSED)]

    for _time in range(2):
        intake.take(scan, 2, chunk)

    scan.refresh_from_db()
    assert (scan.position, Finding.objects.count(), Miss.objects.count()) == (2, 1, 1)


def test_what_is_said_later_of_a_server_counts(scan):
    intake.take(scan, 1, [Result(HOSTS[0], 443, REFUSED)])
    intake.take(scan, 1, [strange_ca().shown(HOSTS[0])])

    assert (Finding.objects.count(), Miss.objects.count()) == (1, 0)


def test_a_chunk_that_comes_late_does_not_set_the_scan_back(scan):
    intake.take(scan, 5, [])
    intake.take(scan, 3, [])

    scan.refresh_from_db()
    assert scan.position == 5


def test_two_certificates_of_one_server_are_two_rows(scan):
    shown = strange_ca().shown(HOSTS[0]).shown + strange_ca().shown(HOSTS[0]).shown

    intake.take(scan, 1, [strange_ca().shown(HOSTS[0])._replace(shown=shown)])

    assert Finding.objects.filter(host=HOSTS[0]).count() == 2


@pytest.mark.parametrize(("host", "port"), [("198.51.100.1", 443), (HOSTS[0], 8443), ("www.example.com", 443)])
def test_nothing_is_taken_of_what_the_scan_does_not_look_at(scan, host, port):
    with pytest.raises(intake.NotAsked):
        intake.take(scan, 2, [strange_ca().shown(HOSTS[0]), Result(host, port, REFUSED)])

    assert not Finding.objects.exists()


def test_nothing_is_taken_for_a_scan_that_is_over(scan, people):
    scans.cancel(scan, by=people.gina)

    with pytest.raises(Refused, match="canceled"):
        intake.take(scan, 1, [strange_ca().shown(HOSTS[0])])


def test_a_scan_that_was_stopped_goes_on_with_the_next_chunk(scan):
    scans.stop(scan)
    intake.take(scan, 1, [])

    scan.refresh_from_db()
    assert scan.status == Status.RUNNING


def issued(people):
    make_domain(people.ov)
    order = make_order(people.ov, people.stan)
    issue(order)
    return Order.objects.get(pk=order.pk)


def warned(result, people, include="192.0.2.1-192.0.2.20 www.example.com other.example"):
    intake.take(make_scan(people.gina, include=include), 1, [result])
    return sorted(Finding.objects.get().warnings)


def test_a_sound_certificate_is_warned_of_nothing(people):
    assert warned(strange_ca().shown(HOSTS[0]), people) == []


def test_a_certificate_shown_for_a_name_that_it_does_not_hold(people):
    assert warned(strange_ca().shown("other.example"), people) == ["name-mismatch"]


def test_nobody_is_asked_for_a_name_at_an_address(people):
    assert warned(strange_ca().shown(HOSTS[0], leaf=strange_ca().issue("other.example")), people) == []


def test_a_server_that_does_not_send_the_whole_chain(people):
    alone = strange_ca().shown(HOSTS[0], chain=(strange_ca().issue(),))

    assert warned(alone, people) == ["incomplete-chain"]


def test_a_python_that_shows_the_leaf_only_says_nothing_of_the_chain(people):
    alone = strange_ca().shown(HOSTS[0], chain=(strange_ca().issue(),), leaf_only=True)

    assert warned(alone, people) == []


def test_a_certificate_that_signed_itself(people):
    assert warned(strange_ca().shown(HOSTS[0], chain=(strange_ca().der,)), people) == ["self-signed"]


def test_a_server_that_compresses(people):
    assert warned(strange_ca().shown(HOSTS[0], deflate=True), people) == ["crime"]


def test_a_certificate_that_is_not_valid_yet(people):
    warned(strange_ca().shown(HOSTS[0], leaf=strange_ca().issue(age=-2)), people)

    assert Finding.objects.get().warned == ["not-yet-valid"]


@pytest.mark.parametrize("end", ["991399000000Z", "x"])
def test_a_certificate_whose_end_cannot_be_read_is_not_called_good(people, end):
    validity = der.sequence(handmade.time("260101000000Z"), handmade.time(end))
    leaf = handmade.certificate(issuer=handmade.name("CA"), signer=handmade.key("CA"), validity=validity)

    assert "unreadable" in warned(strange_ca().shown(HOSTS[0], chain=(leaf,)), people)


def test_what_is_no_certificate_is_kept_as_what_it_is(people):
    scan = make_scan(people.gina)

    intake.take(scan, 1, [strange_ca().shown(HOSTS[0], chain=(b"\x30\x03nothing",))])

    assert FoundCertificate.objects.get().unread == ["certificate"]


def test_a_certificate_of_this_portal_is_recognized(ca, people):
    order = issued(people)
    scan = make_scan(people.gina)

    intake.take(scan, 1, [strange_ca().shown(HOSTS[0], chain=(bytes(order.certificate.der),))])

    assert FoundCertificate.objects.get(sha256=order.certificate.sha256).issued == order.certificate


def test_a_chain_up_to_our_own_root_is_complete_without_it(ca, people):
    order = issued(people)
    chain = (bytes(order.certificate.der), *(bytes(one.der) for one in order.certificate.authority.chain()[:-1]))

    assert warned(strange_ca().shown(HOSTS[0], chain=chain), people) == []


def test_a_chunk_costs_the_same_whatever_was_found_before(people, django_assert_max_num_queries):
    other = StrangeCa()
    scan = make_scan(people.gina, include="192.0.2.0/24")
    intake.take(scan, 100, [other.shown(f"192.0.2.{number}", leaf=other.issue()) for number in range(100)])

    with django_assert_max_num_queries(40):
        intake.take(scan, 200, [other.shown(f"192.0.2.{number}", leaf=other.issue()) for number in range(100, 200)])


def test_scans_of_two_accounts_keep_their_certificates_apart(people):
    leaf, stranger = strange_ca().issue(), people.stranger
    for person in (people.gina, stranger):
        intake.take(make_scan(person), 1, [strange_ca().shown(HOSTS[0], leaf=leaf)])

    assert FoundCertificate.objects.filter(common_name="www.example.com").count() == 2
    assert Finding.objects.visible_to(people.gina).count() == 1
