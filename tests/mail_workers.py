"""A process whose two children send the outbox's mail, each followed by another when it is killed: `-m tests.mail_workers`.

It says the number of each child. They are forked, since a new process would take a second to start.
"""

import os
import time

import django

django.setup()

from sslportal.kit import outbox  # noqa: E402  # settings come first

PARENT = os.getpid()


def bear():
    child = os.fork()
    while not child:
        if os.getppid() != PARENT:
            os._exit(0)
        outbox.send_waiting()
        time.sleep(0.002)
    print(child, flush=True)  # noqa: T201


bear()
bear()
while True:
    os.wait()
    bear()
