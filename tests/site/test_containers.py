"""The containers of docker-compose.yml: who is there, what each is told, and who reaches the CA's keys."""

import os
import re
import shutil
import subprocess
import tomllib

import pytest
import yaml
from django.conf import settings

from sslportal import isolation
from sslportal.embedded import crew, prepare
from sslportal.embedded.state import State
from tests.deployment import ROOT, SECRETS, queues_of, settings_read

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"].startswith("sslportal:")}
RUNNING = {name: service for name, service in OURS.items() if service["restart"] != "no"}


def command_of(service):
    return list(map(str, service["command"]))


def test_every_queue_has_one_worker_in_containers():
    read = [queue for service in RUNNING.values() if "command" in service for queue in queues_of(command_of(service))]

    assert sorted(read) == sorted(settings.QUEUES)


def test_every_queue_that_a_task_is_sent_to_is_read():
    routed = {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()}

    assert routed | {settings.CELERY_TASK_DEFAULT_QUEUE} == set(settings.QUEUES)


def test_workers_in_containers_are_started_as_everywhere(tmp_path):
    own = {
        tuple(program.command[1:]) for program in crew.crew({}, State(tmp_path), 8000) if "worker" in program.command
    }
    in_containers = {tuple(command_of(service)[1:]) for service in RUNNING.values() if queues_of_service(service)}

    assert in_containers == own


def queues_of_service(service):
    return queues_of(command_of(service)) if "command" in service else []


def test_only_the_worker_that_signs_has_the_keys():
    told = {name for name, service in OURS.items() if set(service["environment"]) & set(isolation.OF_THE_CA)}
    reach = {
        name for name, service in SERVICES.items() if any("ca-keys" in str(one) for one in service.get("volumes", []))
    }
    open_it = {name for name, service in SERVICES.items() if "ca_passphrase" in service.get("secrets", [])}

    assert told == reach == open_it == {"ca"}
    assert queues_of(command_of(SERVICES["ca"])) == ["trust", "ca"]


def test_the_worker_that_signs_has_no_way_out():
    assert SERVICES["ca"]["networks"] == ["back"]
    assert COMPOSE["networks"]["back"] == {"internal": True}
    assert "ports" not in SERVICES["ca"]
    assert {name for name, service in SERVICES.items() if "ports" in service} == {"nginx"}
    assert "back" not in SERVICES["nginx"]["networks"]


def test_containers_are_given_settings_that_there_are_and_secrets_by_files_only():
    for service in OURS.values():
        assert set(service["environment"]) <= settings_read()
        assert set(service["environment"]) & SECRETS == set()
        by_file = {
            value.removeprefix("/run/secrets/") for value in service["environment"].values() if "/run/secrets/" in value
        }
        assert by_file == set(service["secrets"])
    assert all(secret["file"].startswith("secrets/") for secret in COMPOSE["secrets"].values())
    assert {secret for service in SERVICES.values() for secret in service.get("secrets", [])} == set(COMPOSE["secrets"])


def test_every_container_is_looked_after_and_none_runs_with_more_rights_than_it_needs():
    for name, service in SERVICES.items():
        assert "healthcheck" in service, name
        assert service.get("privileged") is None
        if name != "db":
            assert service["read_only"] is True
            assert service["cap_drop"] == ["ALL"]


def test_all_start_behind_the_migrations():
    waits = {name for name, service in RUNNING.items() if "migrate" in service["depends_on"]}

    assert waits == set(RUNNING)
    assert command_of(SERVICES["migrate"]) == ["python", "manage.py", "migrate", "--noinput"]


def test_volumes_networks_and_files_of_the_composition_are_there():
    for service in SERVICES.values():
        assert set(service["networks"]) <= set(COMPOSE["networks"])
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if not source.startswith("./"):
                assert source in COMPOSE["volumes"]
            elif not source.startswith(("./secrets", "./backups")):
                assert (ROOT / source).exists()


def test_the_image_has_all_apps_and_nothing_that_only_developers_need():
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    taken = {line[1:] for line in lines if line.startswith("!")}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())

    assert "*" in lines
    assert taken >= {*project["tool"]["importlinter"]["root_packages"], "templates", "static", "locale", "manage.py"}
    assert all((ROOT / name).exists() for name in taken)
    assert taken & {"tests", "secrets", "portal.env", ".git", ".state", "backups"} == set()


def test_the_image_runs_as_nobody_in_particular_and_holds_no_secret():
    text = (ROOT / "Dockerfile").read_text()
    users = re.findall(r"^USER (.+)$", text, re.M)

    assert users == ["10001:10001"]
    assert re.findall(r"^(?:ARG|ENV) .*(?:KEY|PASS|TOKEN|SECRET).*$", text, re.M) == []
    assert text.count("--require-hashes") == 2
    assert re.findall(r"--ignore '([^']+)'", text) == prepare.UNUSED


def test_a_new_installation_gets_secrets_of_its_own(tmp_path):
    if os.geteuid() != 0 or not shutil.which("openssl"):
        pytest.skip("only root may give files to the users of containers, and openssl makes them")
    command = [ROOT / "deploy" / "new-secrets", tmp_path / "secrets"]

    made = subprocess.run(command, capture_output=True, text=True)
    again = subprocess.run(command, capture_output=True, text=True)

    assert made.returncode == 0, made.stderr
    assert again.returncode != 0
    files = {path.name: path for path in (tmp_path / "secrets").iterdir() if path.is_file()}
    assert {f"secrets/{name}" for name in files} == {secret["file"] for secret in COMPOSE["secrets"].values()}
    assert {path.stat().st_mode & 0o777 for path in files.values()} == {0o600}
    for name, path in files.items():
        readers = {
            service["image"].partition(":")[0] for service in SERVICES.values() if name in service.get("secrets", [])
        }
        assert readers == {"sslportal" if path.stat().st_uid == 10001 else "postgres"}
    password = files["database_password"].read_text()
    assert files["database_url"].read_text() == f"postgresql://sslportal:{password}@db/sslportal"
    assert len({path.read_text() for path in files.values()}) == len(files)
