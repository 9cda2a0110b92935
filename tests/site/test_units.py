"""The systemd units of deploy/systemd, for those without containers."""

import os
import shutil
import subprocess
import sys

import pytest
from django.conf import settings

from sslportal import isolation
from sslportal.embedded import crew
from sslportal.embedded.state import State
from tests.deployment import ROOT, example, queues_of

UNITS = ROOT / "deploy" / "systemd"


def unit(name):
    """The lines of the unit, with what all services have in common."""
    text = (UNITS / name).read_text()
    common = (UNITS / "sslportal-.service.d" / "common.conf").read_text() if name.endswith(".service") else ""
    return [tuple(line.split("=", 1)) for line in f"{text}\n{common}".splitlines() if "=" in line and line[0] != "#"]


def values(name, key):
    return [value for one, value in unit(name) if one == key]


SERVICE_UNITS = sorted(path.name for path in UNITS.glob("*.service"))


def test_every_queue_has_a_worker_by_systemd():
    wanted = " ".join(values("sslportal.target", "Wants")).split()
    queues = [word.partition("@")[2].removesuffix(".service") for word in wanted if "@" in word]
    signing = queues_of(values("sslportal-ca.service", "ExecStart")[0].split())

    assert sorted([*queues, *signing]) == sorted(settings.QUEUES)
    assert {word for word in wanted if "@" not in word} == {
        "sslportal-web.service", "sslportal-ca.service", "sslportal-beat.service"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "queues"), [("sslportal-worker@.service", "%i"), ("sslportal-ca.service", "trust,ca")]
)
def test_workers_by_systemd_are_started_as_everywhere(name, queues, tmp_path):
    words = values(name, "ExecStart")[0].replace("%%h", "%h").split()
    (own,) = (
        program.command
        for program in crew.crew({}, State(tmp_path), 8000)
        if queues_of(program.command) == (["default"] if queues == "%i" else queues.split(","))
    )

    assert [word.replace("%i", "default") for word in words[1:]] == own[1:]


def test_only_the_worker_that_signs_and_its_check_are_told_of_the_keys():
    told = {name for name in SERVICE_UNITS if "/etc/sslportal/ca.environment" in values(name, "EnvironmentFile")}
    users = {name for name in SERVICE_UNITS if values(name, "User") == ["sslportal-ca"]}

    assert told == users == {"sslportal-ca.service", "sslportal-check.service"}
    assert set(example("deploy/systemd/ca.environment.example")) <= set(isolation.OF_THE_CA)
    assert set(example("deploy/systemd/environment.example")) & set(isolation.OF_THE_CA) == set()


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd on this machine")
@pytest.mark.parametrize("name", SERVICE_UNITS)
def test_systemd_understands_the_units(name, tmp_path):
    """The code is elsewhere here, and the users are missing, which systemd does not mind until it starts them."""
    for path in [path for path in UNITS.rglob("*") if path.is_file()]:
        copy = tmp_path / path.relative_to(UNITS)
        copy.parent.mkdir(exist_ok=True)
        copy.write_text(path.read_text().replace("/srv/sslportal/.venv/bin/python", sys.executable))
    started = name.replace("@.", "@default.")
    env = os.environ | {"SYSTEMD_UNIT_PATH": f"{tmp_path}:/lib/systemd/system"}

    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", started], env=env, cwd=tmp_path, capture_output=True, text=True
    )

    said = [line for line in done.stderr.splitlines() if "sslportal" in line]
    assert said == []
    assert done.returncode == 0, done.stderr


def test_the_operator_s_command_has_the_settings_of_the_installation(tmp_path):
    settings_folder, code = tmp_path / "etc", tmp_path / "srv"
    settings_folder.mkdir()
    (code / ".venv" / "bin").mkdir(parents=True)
    (settings_folder / "environment").write_text('PORTAL_BRAND="Example CA"\n')
    (settings_folder / "ca.environment").write_text("CA_KEYS=/keys\n")
    python = code / ".venv" / "bin" / "python"
    python.write_text('#!/bin/sh\necho "$PORTAL_BRAND,$CA_KEYS,$*"\n')
    python.chmod(0o755)
    env = {"PATH": os.environ["PATH"], "SSLPORTAL_SETTINGS": str(settings_folder), "SSLPORTAL_CODE": str(code)}

    done = subprocess.run([UNITS / "sslportal-manage", "ca", "status"], env=env, capture_output=True, text=True)

    assert done.stdout == f"Example CA,/keys,{code}/manage.py ca status\n"
