"""A process that goes on with the scans of the portal, one slice after the other: `-m tests.scan_worker`."""

import time

import django

django.setup()

from discovery import running  # noqa: E402  # settings come first

running.SLICE = 0.5
while True:
    running.run_some()
    time.sleep(0.01)
