"""Clocks that ran ahead and were put right: what was signed by them is replaced, and nothing that is so gets lost."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from certificates import tasks
from certificates.actions import revocation
from certificates.models import OcspAnswer
from certificates.states import Reason
from certificates.trust import answers, lists
from tests import stranger

DAY = timedelta(days=1)


def at(moment):
    """The worker's clock stands at this moment."""
    return time_machine.travel(moment, tick=False)


# Lists


def test_a_list_of_a_moment_to_come_is_made_anew_at_once(order):
    with at(timezone.now() + 30 * DAY):
        tasks.renew_status()
        ahead = stranger.get_list()

    tasks.renew_status()

    assert ahead.last_update_utc > timezone.now() + 29 * DAY
    assert stranger.get_list().last_update_utc <= timezone.now()


def test_the_number_of_a_list_goes_up_though_its_clock_went_back(order):
    with at(timezone.now() + 30 * DAY):
        tasks.renew_status()
        ahead = stranger.get_list()

    tasks.renew_status()

    assert stranger.list_number(stranger.get_list()) > stranger.list_number(ahead)


def test_who_was_taken_off_the_list_too_early_is_on_it_again(order, people):
    revocation.revoke_order(order, reason=Reason.KEY, by=people.paul)
    for days in (3, 6):
        with at(order.certificate.not_after + days * DAY):
            while lists.renew_list():
                pass
    ahead = stranger.is_listed(order)

    tasks.renew_status()

    assert (ahead, stranger.is_listed(order)) == (False, True)


# Answers


def test_an_answer_of_a_moment_to_come_is_signed_anew_at_once(own_keys, order, question):
    with at(timezone.now() + 30 * DAY):
        tasks.renew_status()
        ahead = stranger.get(question).ocsp

    tasks.renew_status()

    assert ahead.this_update_utc > timezone.now() + 29 * DAY
    assert stranger.get(question).ocsp.this_update_utc <= timezone.now()


def test_answers_that_were_forgotten_too_early_are_signed_again(own_keys, order, question):
    with at(order.certificate.not_after + DAY):
        tasks.renew_status()
    forgotten = stranger.get(question).says

    tasks.tidy_status()
    tasks.publish_changes()

    assert (forgotten, stranger.get(question).says) == ("TRY_LATER", "GOOD")


@pytest.mark.django_db(transaction=True)  # the worker remembers who signs from the commit on
def test_a_responder_of_a_time_to_come_signs_nothing_before_it(own_keys, order, question):
    with at(timezone.now() + 60 * DAY):
        tasks.renew_status()
        (ahead,) = stranger.get(question).ocsp.certificates
    OcspAnswer.objects.update(this_update=timezone.now() - 2 * answers.RENEWED_AFTER)

    tasks.renew_status()

    (responder,) = stranger.get(question).ocsp.certificates
    assert responder.not_valid_before_utc <= timezone.now() < ahead.not_valid_before_utc
