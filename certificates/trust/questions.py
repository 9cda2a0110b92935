"""Questions about several certificates at once: their joint answer must be signed, so the `ca` worker is asked for it."""

import time
from collections.abc import Sequence
from threading import BoundedSemaphore

from django.db import transaction

from certificates import tasks
from certificates.ca import ocsp
from certificates.ca.ocsp_request import CertId
from certificates.trust import store
from certificates.trust.models import OcspAnswer, OcspQuestion
from sslportal.kit import queue

PATIENCE = 2.0  # seconds
PAUSE = 0.02

# At most one such question of a process at a time: strangers keep neither the web's threads nor the `ca` worker busy
_one_at_a_time = BoundedSemaphore(1)


def several(ca: store.Ca, asked: Sequence[CertId]) -> bytes:
    """The answer to all of the questions; that one should try later, where it cannot be had soon."""
    found = [store.find_answer(ca, cert_id) for cert_id in asked]
    known = [answer for answer in found if answer]
    if len(known) < len(found) or any(answer.der is None and answer.has_ended for answer in known):
        return ocsp.unauthorized()
    now = time.time()
    if any(answer.der is None or answer.next_update <= now for answer in known):
        return ocsp.try_later()
    if not _one_at_a_time.acquire(blocking=False):
        return ocsp.try_later()
    try:
        return _joined([answer.pk for answer in known]) or ocsp.try_later()
    finally:
        _one_at_a_time.release()


def _joined(answers: list[int]) -> bytes | None:
    with transaction.atomic():
        question = OcspQuestion.objects.create(answers=answers)
        queue.after_commit(tasks.join_answers, question.pk)
    try:
        der = _wait(question)
    finally:
        question.delete()
    # Meanwhile one of them may have been taken back, since its certificate was revoked
    return der if OcspAnswer.objects.filter(pk__in=answers).count() == len(set(answers)) else None


def _wait(question: OcspQuestion) -> bytes | None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        time.sleep(PAUSE)
        der = OcspQuestion.objects.values_list("der", flat=True).get(pk=question.pk)
        if der is not None:
            return bytes(der)
    return None
