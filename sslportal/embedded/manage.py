"""`./portal manage`: Django's command line on the state's database, with the servers of `up` or, without it, its own."""

import os
from pathlib import Path

from sslportal.embedded import environments
from sslportal.embedded import internet as internets
from sslportal.embedded import state as states
from sslportal.embedded.internet import Internet
from sslportal.embedded.processes import PYTHON, ROOT, Program, wait_until
from sslportal.embedded.servers import answers
from sslportal.embedded.state import State
from sslportal.embedded.supervisor import Supervisor
from sslportal.embedded.terminal import Trouble
from sslportal.embedded.up import servers

NEED_THE_CA = ("ca", "demo")
PATIENCE = 60  # seconds for a portal that is just starting


def manage(words: list[str]) -> int:
    """Run one of Django's commands; returns its exit code."""
    folder, words = _own_option(words)
    state = states.at(folder)
    state.prepare()
    if state.is_up():
        return _beside_up(state, words)
    with servers(state, "manage") as supervisor:
        if internet := internets.new() if state.demo_people.exists() else None:
            supervisor.start(internet.program(state))
        return supervisor.foreground(_program(state, words, internet), own_group=False)


def _own_option(words: list[str]) -> tuple[str | None, list[str]]:
    """What stands before the command's name is ours: `--state DIR`."""
    if words[:1] == ["--state"] and len(words) > 1:
        return words[1], words[2:]
    if words and words[0].startswith("--state="):
        return words[0].partition("=")[2], words[1:]
    return None, words


def _beside_up(state: State, words: list[str]) -> int:
    if environments.uses_own_postgres() and not wait_until(lambda: answers(state), PATIENCE):
        raise Trouble("The portal is starting, and its database does not answer yet. Try again in a moment.")
    with Supervisor(state.logs) as supervisor:
        return supervisor.foreground(_program(state, words, internets.running(state)), own_group=False)


def _program(state: State, words: list[str], internet: Internet | None) -> Program:
    url = str(state.user().get("url") or environments.portal_url(8000))
    env = environments.portal(state, url=url, demo=state.demo_people.exists(), internet=internet)
    if words[:1] and words[0] in NEED_THE_CA:
        env = environments.with_ca(env, state)
    called_in = Path(os.environ.get("PORTAL_CALLED_IN", str(ROOT)))
    return Program("manage", [PYTHON, str(ROOT / "manage.py"), *words], env, cwd=called_in)
