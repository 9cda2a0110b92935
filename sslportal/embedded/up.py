"""`./portal up`: the servers, the preparation, the portal's own processes, and what the person needs to know."""

import argparse
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sslportal.embedded import crew, environments, places
from sslportal.embedded import internet as internets
from sslportal.embedded import state as states
from sslportal.embedded.internet import Internet
from sslportal.embedded.processes import PYTHON, Child, Program
from sslportal.embedded.servers import PostgreSQL, Valkey
from sslportal.embedded.state import State
from sslportal.embedded.supervisor import Supervisor
from sslportal.embedded.terminal import Trouble, say, tail

PATIENCE = 60  # seconds that the web process has for its first answer


@dataclass(frozen=True)
class Portal:
    """A running portal."""

    state: State
    supervisor: Supervisor
    url: str
    env: dict[str, str]
    people: str
    internet: Internet | None


def options(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("./portal up", description="Run the portal. Ctrl-C stops it and loses nothing.")
    parser.add_argument("--port", type=int, default=8000, help="where to listen on this machine (8000)")
    parser.add_argument("--state", metavar="DIR", help="the folder of its database, keys and logs (.state)")
    parser.add_argument("--no-demo", dest="demo", action="store_false", help="without the demo's people and orders")
    return parser.parse_args(words)


def up(wanted: argparse.Namespace) -> int:
    """Run the portal until somebody asks to stop."""
    state = states.at(wanted.state)
    with running(state, "up", port=wanted.port, demo=wanted.demo) as portal:
        say(f"\nThe portal is ready: {portal.url}")
        if wanted.demo:
            say(f"Mail of the demo:    {portal.url}/demo/outbox/")
            if portal.internet:
                say(f"The demo's Internet: {portal.url}/demo/internet/")
            say(f"\n{portal.people.rstrip()}")
        say(f"\nLogs are in {state.logs}. Ctrl-C stops the portal and loses nothing.")
        portal.supervisor.keep()
    return 0


@contextmanager
def running(state: State, command: str, *, port: int, demo: bool) -> Iterator[Portal]:
    """A portal that answers, for the length of the context."""
    url = environments.portal_url(port)
    internet = internets.new(but=port) if demo else None
    facts: dict[str, Any] = internet.facts if internet else {}
    with servers(state, command, port=port, **facts) as supervisor:
        if internet:
            supervisor.start(internet.program(state))
        env = environments.portal(state, url=url, demo=demo, internet=internet)
        people = supervisor.once(
            Program("prepare", [PYTHON, "-m", "sslportal.embedded.prepare"], environments.with_ca(env, state))
        )
        web, *_rest = supervisor.start(*crew.crew(env, state, port))
        _wait_for(supervisor, web, port, url)
        state.note(command=command, pid=os.getppid(), url=url, **facts)
        yield Portal(state, supervisor, url, env, people, internet)


@contextmanager
def servers(
    state: State, command: str, *, port: int | None = None, forgetful: bool = False, **facts: Any
) -> Iterator[Supervisor]:
    """PostgreSQL and Valkey, as far as the caller has named none, for the length of the context.

    `facts` are noted from the start, for other commands on the same state.
    """
    state.prepare()
    lock = state.claim(command, **facts)
    if port is not None:
        places.require_free(port)
    state.make_sockets()
    try:
        with Supervisor(state.logs) as supervisor:
            try:
                _start_servers(supervisor, state, lock, forgetful)
                yield supervisor
            finally:
                state.note(command=command, pid=os.getppid(), stopping=True)
    finally:
        state.remove_sockets()


def _start_servers(supervisor: Supervisor, state: State, lock: int, forgetful: bool) -> None:
    if environments.uses_own_valkey():
        valkey = Valkey(state, lock)
        valkey.wait(*supervisor.start(valkey.program()))
    if environments.uses_own_postgres():
        postgres = PostgreSQL(state, lock, forgetful=forgetful)
        if not state.postgres.exists() and not forgetful:
            say("The first start makes a database, a CA and whatever the portal shows; this takes a little longer ...")
        postgres.prepare()
        postgres.wait(*supervisor.start(postgres.program()))


def _wait_for(supervisor: Supervisor, web: Child, port: int, url: str) -> None:
    until = time.monotonic() + PATIENCE
    while not crew.answers(port, url):
        if time.monotonic() > until:
            raise Trouble(f"The web process does not answer; its log: {web.log}\n{tail(web.log)}")
        supervisor.attend()
        time.sleep(0.1)
