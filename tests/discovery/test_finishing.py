"""The end of a scan: its results take the place of those before, and what has changed is written down."""

import pytest

from certificates.models import Order
from certificates.states import Status as OrderStatus
from discovery import life
from discovery.actions import asking, finishing, intake, scans
from discovery.chunks import Answer
from discovery.models import Change, Finding, FoundCertificate, Miss, Question, Scan
from discovery.scanner.results import EXCLUDED, FOUND, LOCAL, REFUSED, SILENT, TLS12, Result, Shown
from discovery.states import Save, Status
from sslportal.kit import clock
from tests.discovery import handmade
from tests.discovery.strange_ca import StrangeCa
from tests.factories import make_finding, make_found, make_issued, make_scan

ONE, TWO, THREE = "192.0.2.1", "192.0.2.2", "192.0.2.3"


@pytest.fixture(scope="module")
def theirs():
    return StrangeCa()


@pytest.fixture
def run(people, theirs):
    """Scan: `run({host: leaf or outcome})`, to its end."""

    def run(results, *, include=f"{ONE}-{THREE}", **fields):
        scan = make_scan(people.gina, include=include, **fields)
        taken = [
            theirs.shown(host, leaf=what) if isinstance(what, bytes) else Result(host, 443, what)
            for host, what in results.items()
        ]
        intake.take(scan, scan.total, taken)
        asking.answer(scan, [Answer(question.pk, problem="timeout") for question in scan.questions.all()])
        lists = scan.questions.filter(answered_at=None)
        asking.answer(scan, [Answer(question.pk, theirs.crl()) for question in lists])
        assert finishing.finish(scan)
        scan.refresh_from_db()
        return scan

    return run


def listed():
    return sorted(Finding.objects.current().values_list("host", "certificate__common_name"))


def changes(scan):
    return sorted(scan.changed.values_list("kind", "host", "before__common_name", "after__common_name"))


def test_results_are_listed_when_the_scan_is_finished_and_not_before(people, theirs, run):
    scan = make_scan(people.gina)
    intake.take(scan, 1, [theirs.shown(ONE)])
    assert listed() == []

    run({ONE: theirs.issue()})
    assert listed() == [(ONE, "www.example.com")]


def test_a_scan_is_finished_only_when_all_was_looked_at(people, theirs):
    scan = make_scan(people.gina)
    intake.take(scan, scan.total - 1, [])

    assert not finishing.finish(scan)


def test_a_scan_is_finished_only_when_all_was_asked(people, theirs):
    scan = make_scan(people.gina)
    intake.take(scan, scan.total, [theirs.shown(ONE)])

    assert not finishing.finish(scan)


def test_finishing_twice_is_the_same_as_once(run, theirs):
    scan = run({ONE: theirs.issue()})

    assert finishing.finish(scan)
    assert len(listed()) == 1


def test_it_says_how_many_ended_how(run, theirs):
    scan = run({ONE: theirs.issue(), TWO: REFUSED, THREE: SILENT})

    assert scan.outcomes == {"found": 1, "refused": 1, "silent": 1}
    assert (scan.certificates, scan.status) == (1, Status.FINISHED)


def test_replace_drops_what_was_listed_before_wherever_it_was(run, theirs):
    run({ONE: theirs.issue("old.example"), TWO: theirs.issue("old.example")})
    run({THREE: theirs.issue("new.example")}, include=THREE)

    assert listed() == [(THREE, "new.example")]


def test_merge_keeps_what_it_did_not_look_at(run, theirs):
    run({ONE: theirs.issue("old.example")}, include=ONE)
    run({TWO: theirs.issue("new.example")}, include=TWO, save_as=Save.MERGE)

    assert listed() == [(ONE, "old.example"), (TWO, "new.example")]


def test_merge_puts_another_certificate_in_the_place_of_the_one_before(run, theirs):
    run({ONE: theirs.issue("old.example")})
    run({ONE: theirs.issue("new.example")}, save_as=Save.MERGE)

    assert listed() == [(ONE, "new.example")]


def test_merge_keeps_the_last_of_a_server_that_is_silent_today(run, theirs):
    run({ONE: theirs.issue("old.example")})
    run({ONE: SILENT}, save_as=Save.MERGE)

    assert listed() == [(ONE, "old.example")]


def test_the_results_of_others_stay(run, theirs, people):
    make_finding(people.stranger, "198.51.100.1")
    run({ONE: theirs.issue()})

    assert Finding.objects.visible_to(people.stranger).current().count() == 1


def test_the_first_scan_has_nothing_to_compare_with(run, theirs):
    assert run({ONE: theirs.issue()}).changes is None


def test_what_has_changed_is_told_place_by_place(run, theirs):
    same = theirs.issue("same.example")
    run({ONE: theirs.issue("old.example"), TWO: theirs.issue("gone.example"), THREE: same})
    scan = run({ONE: theirs.issue("new.example"), TWO: REFUSED, THREE: same})

    assert changes(scan) == [("gone", TWO, "gone.example", None), ("other", ONE, "old.example", "new.example")]
    assert scan.changes == 2


def test_a_server_that_is_new_is_a_change(run, theirs):
    same = theirs.issue("same.example")
    run({ONE: same})
    scan = run({ONE: same, TWO: theirs.issue("new.example")})

    assert changes(scan) == [("new", TWO, None, "new.example")]


def test_what_was_not_looked_at_has_not_changed(run, theirs):
    run({ONE: theirs.issue("old.example")}, include=ONE)
    scan = run({TWO: theirs.issue("new.example")}, include=TWO)

    assert changes(scan) == [("new", TWO, None, "new.example")]


def test_a_status_that_nobody_tells_is_a_warning(run, theirs):
    leaf = theirs.issue(crl_url="")
    run({ONE: leaf})

    assert Finding.objects.get().warnings == ["status-unknown"]


def test_a_revocation_list_takes_the_warning_away(run, theirs):
    run({ONE: theirs.issue()})

    assert Finding.objects.get().warnings == []


@pytest.mark.parametrize("status", ["good", "revoked", "expired", "warning"])
def test_the_status_is_that_of_today(people, status):
    fields = {
        "good": {},
        "revoked": {"revocation": "revoked"},
        "expired": {"not_after": clock.now()},
        "warning": {"warnings": ["sha-1"]},
    }[status]
    make_finding(people.gina, certificate=make_found(people.company, **fields))

    assert Finding.objects.with_status().get().status == status


def test_our_own_certificate_is_revoked_at_once_when_we_revoke_it(ca, people):
    order = make_issued(people.ov, people.stan)
    make_finding(people.gina, certificate=make_found(people.company, issued=order.certificate, revocation="unknown"))
    Order.objects.update(status=OrderStatus.REVOKED)

    assert Finding.objects.with_status().get().status == "revoked"


def test_where_nothing_was_found_is_kept_until_the_next_scan(run, theirs):
    first = run({ONE: REFUSED})
    assert first.misses.count() == 1
    run({TWO: REFUSED})

    assert not first.misses.exists()


def test_what_a_stopped_scan_did_not_find_is_kept_until_it_goes_on(people, theirs, run):
    stopped = make_scan(people.gina, include=f"{ONE}-{TWO}")
    intake.take(stopped, 1, [Result(ONE, 443, REFUSED)])
    scans.stop(stopped)
    run({THREE: REFUSED})
    intake.take(stopped, 2, [Result(TWO, 443, SILENT)])
    assert finishing.finish(stopped)

    stopped.refresh_from_db()
    assert stopped.outcomes == {"refused": 1, "silent": 1, "found": 0}


@pytest.mark.parametrize("outcome", [EXCLUDED, LOCAL])
def test_where_nobody_looked_nothing_is_gone(run, theirs, outcome):
    run({ONE: theirs.issue("old.example")})

    assert run({ONE: outcome}, save_as=Save.MERGE).changes == 0


def test_merge_tells_only_once_that_a_server_is_gone(run, theirs):
    run({ONE: theirs.issue("old.example")})
    told = [run({ONE: SILENT}, save_as=Save.MERGE).changes for _time in range(3)]

    assert told == [1, 0, 0]


def test_with_merge_a_server_that_went_twice_is_told_of_twice(run, theirs):
    leaf = theirs.issue("old.example")
    run({ONE: leaf})
    told = [run({ONE: found}, save_as=Save.MERGE).changes for found in (SILENT, leaf, SILENT)]

    assert told == [1, 0, 1]


def test_a_status_that_a_later_scan_learns_is_not_warned_of_elsewhere(people, theirs, run):
    leaf = theirs.issue(crl_url="")
    run({ONE: leaf})
    scan = make_scan(people.gina, include=TWO, save_as=Save.MERGE)
    intake.take(scan, 1, [theirs.shown(TWO, leaf=leaf)])
    asking.answer(scan, [Answer(scan.questions.get().pk, theirs.status(leaf))])
    assert finishing.finish(scan)

    assert Finding.objects.current().count() == 2
    assert not Finding.objects.warned_of("status-unknown").exists()


def test_questions_end_with_the_scan(run, theirs):
    run({ONE: theirs.issue()})

    assert not Question.objects.exists()


def test_a_canceled_scan_leaves_the_results_as_they_were(run, theirs, people):
    run({ONE: theirs.issue("old.example")})
    scan = make_scan(people.gina)
    intake.take(scan, 1, [theirs.shown(TWO), Result(THREE, 443, REFUSED)])
    scans.cancel(scan, by=people.gina)

    assert listed() == [(ONE, "old.example")]
    assert [rows.count() for rows in (scan.findings, scan.misses, scan.questions)] == [0, 0, 0]


def test_scans_of_which_nothing_is_heard_lapse_after_a_week(people):
    scan = make_scan(people.gina)
    with clock.at(clock.now() + scans.programs.TOKEN_LASTS):
        life.sweep()

    scan.refresh_from_db()
    assert scan.status == Status.LAPSED


def test_certificates_that_nothing_refers_to_are_forgotten(run, theirs):
    run({ONE: theirs.issue("a.example")})
    run({ONE: theirs.issue("b.example")})
    run({ONE: theirs.issue("c.example")})
    Change.objects.filter(before__common_name="a.example").delete()
    life.sweep()

    left = set(FoundCertificate.objects.values_list("common_name", flat=True))
    assert left == {"Strange Root", "b.example", "c.example"}


def test_all_certificates_that_a_server_sent_stay_as_long_as_it_is_listed(people):
    root, middle, low = (handmade.name(name) for name in ("Root", "Middle", "Low"))
    keys = [handmade.key(name) for name in ("Root", "Middle", "Low")]
    sent = (
        handmade.certificate(issuer=low, signer=keys[2]),
        handmade.certificate(low, middle, own=keys[2], signer=keys[1]),
        handmade.certificate(middle, root, own=keys[1], signer=keys[0]),
        handmade.certificate(root, own=keys[0]),
    )
    scan = make_scan(people.gina)
    intake.take(scan, 1, [Result(ONE, 443, FOUND, address=ONE, shown=(Shown(TLS12, 0xC02F, chain=sent),))])
    life.sweep()

    assert FoundCertificate.objects.count() == 4


def test_the_changes_of_old_scans_are_forgotten_when_there_are_too_many(people, run, theirs, monkeypatch):
    first, *others = (run({ONE: theirs.issue(f"{number}.example")}) for number in range(4))
    monkeypatch.setattr(life, "MOST_CHANGES", 2)
    life.sweep()

    assert [scan.changed.count() for scan in (first, *others)] == [0, 0, 1, 1]
    assert Finding.objects.current().count() == 1


def test_old_scans_are_forgotten_but_not_that_of_the_results(run, theirs, people):
    old, listed_scan = make_scan(people.gina, status=Status.CANCELED), run({ONE: theirs.issue()})
    Scan.objects.update(created_at=clock.now() - life.KEPT * 2)
    life.sweep()

    assert list(Scan.objects.all()) == [listed_scan]
    assert not Miss.objects.filter(scan=old.pk).exists()
