"""`./portal up` for real: what it says, what it keeps running, and what it leaves behind."""

import os
import signal

import pytest

from sslportal.embedded.servers import answers
from tests.running import Portal, wait_until

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("processes")]

WEB, WORKER, CA_WORKER, WORLD = "gunicorn", "-Q\0default", "-Q\0trust,ca", "sslportal.embedded.world"


def test_up_prints_the_address_the_demos_pages_and_the_people(portal):
    lines = [line.strip() for line in portal.said]

    assert f"The portal is ready: http://localhost:{portal.port}" in lines
    assert f"Mail of the demo:    http://localhost:{portal.port}/demo/outbox/" in lines
    assert f"The demo's Internet: http://localhost:{portal.port}/demo/internet/" in lines
    gina = next(line.split(maxsplit=2) for line in lines if line.startswith("gina@example.com "))
    assert gina[2] == "Global Administrator"
    assert len(gina[1]) >= 8


def test_every_process_runs(portal):
    programs = ["postgres", "valkey-server", WORLD, WEB, WORKER, CA_WORKER, "beat"]

    assert [name for name in programs if portal.pid_of(name) is None] == []


def test_only_the_ca_worker_is_told_where_the_keys_are(portal):
    keys = {"CA_KEYS": str(portal.state.ca_keys), "CA_PASSPHRASE_FILE": str(portal.state.ca_passphrase)}

    assert keys.items() <= portal.environment_of(CA_WORKER).items()
    for name in (WEB, WORKER, "beat", "postgres", "valkey-server"):
        assert [variable for variable in portal.environment_of(name) if variable.startswith("CA_")] == []


def test_the_portal_asks_the_demos_own_internet_whichever_of_its_processes_asks(portal):
    noted = portal.state.user()["internet"]
    told = {
        "PORTAL_DNS_SERVERS": f"127.0.0.1:{noted['dns']}",
        "PORTAL_DNS_VALIDATION": "off",
        "PORTAL_EGRESS_NETWORKS": "127.0.0.2/32",
        "PORTAL_DEMO_WORLD": str(portal.state.demo_world),
        "PORTAL_DEMO_HTTP_PORT": str(noted["http"]),
    }

    program = f"import os; print([os.environ[name] for name in {[*told]}])"
    said = portal.call("manage", "--state", str(portal.state.folder), "shell", "-v", "0", "-c", program).stdout

    assert said.strip() == str([*told.values()])
    for name in (WEB, WORKER, CA_WORKER, "beat"):
        assert told.items() <= portal.environment_of(name).items()


def test_the_demos_internet_knows_no_secret(portal):
    assert set(portal.environment_of(WORLD)) <= {"PATH", "LC_ALL"}


def test_without_the_demo_there_is_no_internet_of_its_own(portal):
    _stop(portal)
    other = WithoutDemo(portal.state.folder)
    try:
        other.up()

        assert other.pid_of(WEB)
        assert other.pid_of(WORLD) is None
        assert not other.has_said("of the demo")
        told = [name for name in other.environment_of(WEB) if name.startswith(("PORTAL_DNS", "PORTAL_EGRESS"))]
        assert told == []
    finally:
        _stop(other)


class WithoutDemo(Portal):
    """Started with --no-demo."""

    def command(self, *words):
        return super().command(*words, *(["--no-demo"] if words[0] == "up" else []))


def _stop(portal):
    _terminate(portal)
    portal.process.wait(60)


def test_secrets_are_for_their_owner_only(portal):
    secrets = [portal.state.secret_key, portal.state.ca_passphrase, portal.state.demo_people, portal.state.ca_keys]

    assert [path.stat().st_mode & 0o077 for path in secrets] == [0, 0, 0, 0]


def test_a_second_up_on_the_same_state_is_refused(portal):
    refused = portal.call("up", "--state", str(portal.state.folder), "--port", str(portal.port))

    assert refused.returncode == 1
    assert refused.stdout.startswith(
        f"The portal is already running on {portal.state.folder} (process {portal.process.pid}"
    )
    assert portal.answers()


def test_an_up_on_a_port_that_is_taken_is_refused(portal, tmp_path):
    refused = portal.call("up", "--state", str(tmp_path), "--port", str(portal.port))

    assert refused.returncode == 1
    assert f"Port {portal.port} of 127.0.0.1 cannot be used: another program listens there." in refused.stdout
    assert f"--port {portal.port + 1}" in refused.stdout


def test_manage_uses_the_running_servers_and_passes_the_exit_code_on(portal):
    state = ["--state", str(portal.state.folder)]

    right = portal.call("manage", *state, "ca", "status")
    wrong = portal.call("manage", *state, "no-such-command")

    assert (right.returncode, right.stdout.count("key opens")) == (0, 3)
    assert wrong.returncode == 1
    assert "no-such-command" in wrong.stderr


def test_killed_children_are_started_again_and_it_is_said(portal):
    names = {"web": WEB, "worker (ca)": CA_WORKER, "demo internet": WORLD, "postgres": "postgres\0-D"}
    before = {name: portal.pid_of(words) for name, words in names.items()}

    for pid in before.values():
        os.kill(pid, signal.SIGKILL)

    for name, words in names.items():
        portal.wait_for(f"{name} was ended by SIGKILL, starting again in", 10)
        wait_until(lambda pid=before[name], words=words: portal.pid_of(words) not in (pid, None), 20, portal.processes)
    wait_until(lambda: portal.answers() and answers(portal.state), 20, portal.processes)


def _terminate(portal):
    portal.process.terminate()


def _press_ctrl_c(portal):
    os.killpg(portal.process.pid, signal.SIGINT)


def _kill_the_launcher(portal):
    portal.process.kill()


def _kill_launcher_and_supervisor(portal):
    supervisor = next(
        pid for pid, words in portal.processes().items() if "\0up\0" in words and pid != portal.process.pid
    )
    os.kill(supervisor, signal.SIGKILL)
    portal.process.kill()


@pytest.mark.parametrize("stop", [_terminate, _press_ctrl_c, _kill_the_launcher, _kill_launcher_and_supervisor])
def test_however_it_ends_no_process_is_left_and_no_data_are_lost(portal, stop):
    portal.execute("CREATE TABLE IF NOT EXISTS kept (word text)")
    before = portal.processes()
    portal.execute("INSERT INTO kept VALUES (%s)", stop.__name__)

    stop(portal)

    portal.wait_until_gone(before)
    assert not portal.has_said("does not stop"), portal.said
    portal.up()
    assert (stop.__name__,) in portal.execute("SELECT word FROM kept")
