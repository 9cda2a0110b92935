"""Whether what was found is revoked: which questions go out with a scan, and what the answers do."""

from datetime import UTC, datetime

import pytest

from discovery.actions import asking, intake
from discovery.chunks import Answer
from discovery.models import FoundCertificate
from discovery.states import Revocation
from tests.discovery.strange_ca import CRL, OCSP, StrangeCa
from tests.factories import make_issued, make_scan


@pytest.fixture(scope="module")
def theirs():
    return StrangeCa()


@pytest.fixture
def scan(people):
    return make_scan(people.gina)


def take(scan, theirs, *leaves):
    intake.take(scan, 1, [theirs.shown(f"192.0.2.{at}", leaf=leaf) for at, leaf in enumerate(leaves, 1)])


def asked(scan):
    return [(one.kind, one.url) for one in asking.open_questions(scan)]


def answer(scan, *bodies, problem=""):
    waiting = scan.questions.filter(answered_at=None).order_by("pk")
    asking.answer(scan, [Answer(question.pk, body, problem) for question, body in zip(waiting, bodies, strict=True)])


def status(common_name="www.example.com"):
    return FoundCertificate.objects.get(common_name=common_name).revocation


def test_the_responder_is_asked_first(scan, theirs):
    take(scan, theirs, theirs.issue())

    assert asked(scan) == [("ocsp", OCSP)]


def test_each_question_is_given_out_once(scan, theirs):
    take(scan, theirs, theirs.issue())
    asked(scan)

    assert asked(scan) == []


def test_a_program_that_begins_anew_gets_its_questions_again(scan, theirs):
    take(scan, theirs, theirs.issue())
    asked(scan)
    asking.ask_again(scan)

    assert asked(scan) == [("ocsp", OCSP)]


def test_a_responder_that_says_good_is_believed(scan, theirs):
    leaf = theirs.issue()
    take(scan, theirs, leaf)
    answer(scan, theirs.status(leaf))

    assert status() == Revocation.GOOD
    assert not asking.is_waiting(scan)


def test_a_responder_that_says_revoked_is_believed(scan, theirs):
    leaf, at = theirs.issue(), datetime(2026, 11, 1, tzinfo=UTC)
    take(scan, theirs, leaf)
    answer(scan, theirs.status(leaf, revoked=at.replace(tzinfo=None)))

    found = FoundCertificate.objects.get(common_name="www.example.com")
    assert (found.revocation, found.revoked_at) == (Revocation.REVOKED, at)


@pytest.mark.parametrize("body", [b"", b"\x00" * 100, b"<html>"])
def test_a_responder_that_says_nothing_usable_makes_the_list_be_asked(scan, theirs, body):
    take(scan, theirs, theirs.issue())
    answer(scan, body, problem="" if body else "timeout")

    assert asked(scan) == [("crl", CRL)]
    answer(scan, theirs.crl())
    assert status() == Revocation.GOOD


def test_an_answer_that_somebody_else_signed_does_not_count(scan, theirs):
    leaf = theirs.issue(crl_url="")
    take(scan, theirs, leaf)
    answer(scan, StrangeCa().status(leaf))

    assert status() == Revocation.UNKNOWN


def test_one_list_answers_for_all_certificates_that_name_it(scan, theirs):
    leaves = [theirs.issue(name, ocsp_url="") for name in ("a.example", "b.example")]
    take(scan, theirs, *leaves)

    assert asked(scan) == [("crl", CRL)]
    answer(scan, theirs.crl(leaves[1]))
    assert (status("a.example"), status("b.example")) == (Revocation.GOOD, Revocation.REVOKED)


def test_a_list_that_is_there_already_answers_for_what_is_found_later(scan, theirs):
    take(scan, theirs, theirs.issue("a.example", ocsp_url=""))
    answer(scan, theirs.crl())
    take(scan, theirs, theirs.issue("b.example", ocsp_url=""))

    assert asked(scan) == []
    assert status("b.example") == Revocation.GOOD


@pytest.mark.parametrize("urls", [{}, {"ocsp_url": ""}])
def test_a_server_that_hides_the_issuer_does_not_hide_that_another_shows_it(scan, theirs, urls):
    leaf = theirs.issue(**urls)
    intake.take(scan, 1, [theirs.shown("192.0.2.1", chain=(leaf,))])
    answer(scan, theirs.crl(leaf))
    assert status() == Revocation.UNKNOWN
    intake.take(scan, 2, [theirs.shown("192.0.2.2", leaf=leaf)])
    if "ocsp_url" not in urls:
        answer(scan, theirs.status(leaf, revoked=datetime(2026, 11, 1)))  # noqa: DTZ001

    assert status() == Revocation.REVOKED


def test_a_certificate_that_names_nobody_is_of_unknown_status_and_says_why(scan, theirs):
    take(scan, theirs, theirs.issue(ocsp_url="", crl_url=""))

    found = FoundCertificate.objects.get(common_name="www.example.com")
    assert (found.revocation, asked(scan)) == (Revocation.UNKNOWN, [])
    assert found.revocation_problem


def test_a_second_answer_changes_nothing(scan, theirs):
    leaf = theirs.issue()
    take(scan, theirs, leaf)
    question = scan.questions.get().pk
    asking.answer(scan, [Answer(question, theirs.status(leaf))])
    asking.answer(scan, [Answer(question, theirs.status(leaf, revoked=datetime(2026, 11, 1)))])  # noqa: DTZ001

    assert status() == Revocation.GOOD


def test_that_one_was_revoked_is_not_forgotten_because_nobody_says_so_any_more(scan, theirs, people):
    leaf = theirs.issue(crl_url="")
    take(scan, theirs, leaf)
    answer(scan, theirs.status(leaf, revoked=datetime(2026, 11, 1)))  # noqa: DTZ001
    later = make_scan(people.gina)
    take(later, theirs, leaf)
    answer(later, b"", problem="timeout")

    assert status() == Revocation.REVOKED


def test_each_scan_asks_anew(scan, theirs, people):
    leaf = theirs.issue()
    take(scan, theirs, leaf)
    later = make_scan(people.gina)
    take(later, theirs, leaf)

    assert asked(later) == [("ocsp", OCSP)]


def test_nobody_is_asked_of_one_that_has_expired_or_signed_itself(scan, theirs):
    intake.take(scan, 1, [
        theirs.shown("192.0.2.1", leaf=theirs.issue(days=-1, age=30)), theirs.shown("192.0.2.2", chain=(theirs.der,))
    ])  # fmt: skip

    assert asked(scan) == []


def test_nobody_is_asked_of_our_own(ca, scan, theirs, people):
    order = make_issued(people.ov, people.stan)
    intake.take(scan, 1, [theirs.shown(chain=(bytes(order.certificate.der),))])

    assert asked(scan) == []


def test_many_answers_at_once_cost_the_same_as_few(scan, theirs, django_assert_max_num_queries):
    leaves = [theirs.issue(f"host-{number}.example", crl_url="") for number in range(20)]
    take(scan, theirs, *leaves)
    by_body = {bytes(question.body): question.pk for question in scan.questions.all()}
    assert len(by_body) == 20
    answers = [Answer(pk, b"", "timeout") for pk in by_body.values()]

    with django_assert_max_num_queries(12):
        asking.answer(scan, answers)
