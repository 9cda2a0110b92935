"""A process whose two children make reports, each followed by another when it is killed: `-m tests.report_workers`.

It says the number of each child. They are forked, since a new process would take a second to start. Each has a run in hand
for a second at a time only, so that the test does not wait for minutes for what a killed one has left.
"""

import os
import time
from datetime import timedelta

import django

django.setup()

from reporting import running  # noqa: E402  # settings come first
from reporting.actions import runs, schedules  # noqa: E402

PARENT = os.getpid()
runs.LEASE = running.TRY_AGAIN = timedelta(seconds=1)
running.MOST_TRIES = 100


def bear():
    child = os.fork()
    while not child:
        if os.getppid() != PARENT:
            os._exit(0)
        schedules.run_due()
        running.make_one()
        time.sleep(0.01)
    print(child, flush=True)  # noqa: T201


bear()
bear()
while True:
    os.wait()
    bear()
