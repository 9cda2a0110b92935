"""Messages may be lost and workers may die: an order is issued all the same, by itself, once. With the real processes."""

import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest
import redis

from tests.openssl import csr_pem
from tests.visitor import Visitor

pytestmark = pytest.mark.processes


@pytest.fixture
def paul(portal):
    return Visitor(portal.url).sign_in("paul@example.com", portal.people["paul@example.com"])


def environment(pid):
    """The environment of a process, by name; empty where it is gone."""
    with suppress(OSError):
        parts = Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
        return dict(part.split("=", 1) for part in parts if "=" in part)
    return {}


def workers(portal):
    """The process ids of the portal's Celery workers."""
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [pid for pid in pids if is_worker(pid) and str(portal.port) in environment(pid).get("PORTAL_URL", "")]


def is_worker(pid):
    with suppress(OSError):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        return b"worker" in words and b"sslportal" in words
    return False


def send_to_all(pids, number):
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def times_issued(paul, order):
    return paul.get(f"/certificates/{order}/").text.count('class="what">Issued<')


def test_redis_wiped_and_workers_killed_between_finish_and_issuing(portal, paul):
    stopped = workers(portal)
    broker = redis.Redis.from_url(environment(stopped[0])["REDIS_URL"])
    send_to_all(stopped, signal.SIGSTOP)
    order = paul.order(csr_pem(), "lost.example.com")
    assert paul.status_of(order) == "Pending"

    broker.flushall()
    send_to_all(stopped, signal.SIGKILL)

    paul.wait_until_issued(order, seconds=60)
    assert times_issued(paul, order) == 1


def test_an_order_goes_on_within_seconds_while_nothing_is_lost(portal, paul):
    order = paul.order(csr_pem(), "quick.example.com")

    paul.wait_until_issued(order, seconds=20)

    assert times_issued(paul, order) == 1


def test_only_the_ca_worker_is_given_the_keys(portal):
    """Of all processes of the portal, the web processes included, only the worker of queue `ca` knows where they are."""
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    mine = [pid for pid in pids if str(portal.port) in environment(pid).get("PORTAL_URL", "")]

    with_keys = {command(pid) for pid in mine if environment(pid).keys() & {"CA_KEYS", "CA_PASSPHRASE_FILE"}}
    without = {command(pid) for pid in mine} - with_keys

    assert with_keys
    assert all("ca@" in words or "-Q ca" in words for words in with_keys)
    assert any("gunicorn" in words for words in without)


def command(pid):
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode().replace("\0", " ")
    return ""
