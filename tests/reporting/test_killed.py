"""Workers may be killed at any moment: each moment of a schedule is one run, and one mail. With real processes."""

import random
from datetime import timedelta
from time import sleep

import pytest

from reporting.models import Report, Run, RunFile
from reporting.states import Status
from sslportal.kit import clock
from sslportal.kit.models import OutgoingMail
from tests.factories import make_scheduled_report
from tests.killable import Workers
from tests.running import wait_until

KILLS, REPORTS = 12, 5

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]


def test_workers_killed_at_random_moments_make_each_run_once_and_mail_it_once(people):
    chance = random.Random()  # noqa: S311  # no secret
    for number in range(REPORTS):
        due_at = clock.now() - timedelta(minutes=number)
        make_scheduled_report(people.paul, f"Report {number}", due_at=due_at, recipients=["boss@example.com"])

    with Workers("tests.report_workers") as workers:
        for _kill in range(KILLS):
            sleep(chance.uniform(0, 0.5))
            workers.kill(chance.choice(workers.children))
        wait_until(lambda: not left(), 60, lambda: list(Run.objects.values()))

    assert Run.objects.filter(status=Status.FINISHED).count() == REPORTS
    assert RunFile.objects.count() == 3 * REPORTS
    assert OutgoingMail.objects.count() == REPORTS


def left():
    return Report.objects.due().exists() or Run.objects.open().exists() or Run.objects.count() < REPORTS
