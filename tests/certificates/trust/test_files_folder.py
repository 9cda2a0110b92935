"""The folder of OCSP answers: the same for all processes, and as open as the operator made it."""

import os
import stat
import subprocess
import sys

import pytest

from certificates.trust import answers
from certificates.trust.models import Service, StatusChange


@pytest.fixture
def usual_umask():
    """What a worker makes is for others to read, not to change, unless it says so."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.parametrize("mode", [0o2770, 0o755])
def test_folders_are_as_open_as_the_one_that_the_operator_made(files, order, usual_umask, mode):
    files.mkdir()
    files.chmod(mode)
    StatusChange.of(order.certificate, Service.OCSP).save()

    answers.publish_answers()

    made = [path for path in files.rglob("*") if path.is_dir()]
    assert made
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in made} == {mode}


def test_a_folder_that_depends_on_where_a_process_was_started_stops_it():
    command = [sys.executable, "-c", "import sslportal.settings"]
    env = {**os.environ, "PORTAL_OCSP_FILES": "run/ocsp"}

    done = subprocess.run(command, env=env, capture_output=True, check=False, text=True)

    assert done.returncode == 1
    assert "PORTAL_OCSP_FILES is “run/ocsp”, which is another folder for each process" in done.stderr
