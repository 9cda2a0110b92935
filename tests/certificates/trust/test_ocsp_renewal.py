"""OCSP answers grow old, and end with their certificates."""

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.utils import timezone

from certificates import tasks
from certificates.actions import revocation
from certificates.models import (
    Certificate,
    OcspAnswer,
    OcspQuestion,
    StatusChange,
)
from certificates.states import Reason, Status
from certificates.trust import answers, lists
from tests import stranger

COMMITS = pytest.mark.django_db(transaction=True)  # a joint answer is signed after a commit


# The end


def test_an_ended_certificate_is_told_of_until_its_answer_goes_then_it_is_nobodys(order, question):
    Certificate.objects.update(not_after=timezone.now() - timedelta(seconds=1))
    first = stranger.get(question).says

    with time_machine.travel(timezone.now() + timedelta(days=1, hours=1)):
        answers.renew_answers()

    assert (first, stranger.get(question).says) == ("GOOD", "UNAUTHORIZED")
    assert not OcspAnswer.objects.exists()


def test_a_key_reported_after_the_end_brings_no_answer_back(order, question, people):
    with time_machine.travel(order.certificate.not_after + timedelta(days=2)):
        answers.renew_answers()
        order.status = Status.EXPIRED
        order.save()
        revocation.report_key(order, reason="Found.", by=people.vera)
        answers.publish_answers()

    assert not OcspAnswer.objects.exists()


def test_an_answer_that_nobody_renewed_in_time_is_not_given(order, question, issuer):
    answer = stranger.get(question).ocsp

    with time_machine.travel(answer.next_update_utc, tick=False):
        late = stranger.get(question)
        several = stranger.post(stranger.request_of(*stranger.cert_ids([order, order], issuer)))

    assert (late.says, several.says) == ("TRY_LATER", "TRY_LATER")
    assert late.headers["Cache-Control"] == "no-store"


# Renewal


def test_an_answer_older_than_a_day_is_signed_anew(order, question):
    first = stranger.get(question).ocsp

    with time_machine.travel(first.this_update_utc + timedelta(hours=23)):
        answers.renew_answers()
        early = stranger.get(question).ocsp
    with time_machine.travel(first.this_update_utc + timedelta(hours=25), tick=False):
        answers.renew_answers()
        late = stranger.get(question).ocsp

    assert early.this_update_utc == first.this_update_utc
    assert late.this_update_utc == first.this_update_utc + timedelta(hours=25)
    assert late.next_update_utc == late.this_update_utc + timedelta(days=4)


def test_renewing_changes_no_status(order, question, people):
    revocation.revoke_order(order, reason=Reason.KEY, by=people.paul)
    answers.publish_answers()
    before = stranger.get(question).ocsp

    with time_machine.travel(timezone.now() + timedelta(days=2)):
        answers.renew_answers()
        after = stranger.get(question).ocsp

    assert after.this_update_utc > before.this_update_utc
    assert (after.certificate_status, after.revocation_time_utc, after.revocation_reason) == (
        before.certificate_status, before.revocation_time_utc, before.revocation_reason,
    )  # fmt: skip


def test_renewing_goes_on_until_all_are_new(orders, issuer, monkeypatch):
    monkeypatch.setattr(answers, "BATCH", 1)

    with time_machine.travel(timezone.now() + timedelta(days=2), tick=False):
        tasks.renew_status()

        renewed = {answer.this_update for answer in OcspAnswer.objects.all()}
        assert renewed == {timezone.now().replace(microsecond=0)}


def test_a_ca_that_lost_its_key_keeps_no_other_from_renewing(order, question, lose_key, make_issued):
    lose_key(make_issued("shop.example.com"))

    with time_machine.travel(timezone.now() + timedelta(days=2), tick=False):
        tasks.renew_status()

        assert stranger.get(question).ocsp.this_update_utc == timezone.now().replace(microsecond=0)


def test_publishing_goes_on_until_all_is_published(orders, issuer, people, monkeypatch):
    monkeypatch.setattr(answers, "BATCH", 1)
    for order in orders:
        revocation.revoke_order(order, reason=Reason.KEY, by=people.paul)

    tasks.publish_changes()

    said = {stranger.post(stranger.request_of(one)).says for one in stranger.cert_ids(orders, issuer)}
    assert said == {"REVOKED"}
    assert not StatusChange.objects.exists()


def test_answers_that_a_restored_database_lacks_are_signed(order, question):
    OcspAnswer.objects.all().delete()

    tasks.tidy_status()
    tasks.publish_changes()

    assert stranger.get(question).says == "GOOD"


def test_tidying_asks_for_nothing_that_is_there_or_asked_for_or_over(orders, people):
    Certificate.objects.filter(order=orders[0]).update(not_after=timezone.now() - timedelta(seconds=1))
    OcspAnswer.objects.filter(certificate__order=orders[0]).delete()
    revocation.mark_unused(orders[1], by=people.paul)
    asked = StatusChange.objects.count()

    tasks.tidy_status()

    assert StatusChange.objects.count() == asked


def test_questions_for_which_nobody_waits_are_forgotten(db):
    now = timezone.now()
    for minutes in (1, 10):
        OcspQuestion.objects.create(answers=[], asked_at=now - timedelta(minutes=minutes))

    tasks.tidy_status()

    assert OcspQuestion.objects.get().asked_at == now - timedelta(minutes=1)


def test_renewal_is_asked_for_often_enough():
    sweeps = {entry["task"]: entry["schedule"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}

    assert timedelta(seconds=sweeps["certificates.tasks.renew_status"]) <= timedelta(hours=1)
    assert answers.LIVES - timedelta(hours=8) > answers.RENEWED_AFTER  # BR 4.9.9
    assert timedelta(hours=8) <= answers.LIVES <= timedelta(days=10)
    assert timedelta(days=10) >= lists.LIVES  # BR 4.9.7
