"""The demo's own Internet as a child: its sockets, its process, and what the portal's processes are told of it."""

import os
import socket
from dataclasses import dataclass, field
from typing import Any

from sslportal.embedded import world
from sslportal.embedded.processes import PYTHON, Program
from sslportal.embedded.state import State

WAITING = 64  # connections that wait to be taken, as while it is started again


@dataclass(frozen=True)
class Internet:
    """The ports of its DNS server and of its web server; for whoever starts it, its sockets."""

    dns: int
    http: int
    sockets: tuple[socket.socket, ...] = field(default=(), compare=False)

    def program(self, state: State) -> Program:
        """It is told nothing of the caller's environment: secrets are none of its business."""
        numbers = tuple(one.fileno() for one in self.sockets)
        command = [PYTHON, "-m", "sslportal.embedded.world", str(state.demo_world), *map(str, numbers)]
        env = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}
        return Program("demo internet", command, env, keep_open=numbers)

    def environment(self, state: State) -> dict[str, str]:
        """For the portal's processes: whom to ask, that the answers are not signed, and where they may connect to."""
        return {
            "PORTAL_DNS_SERVERS": f"{world.DNS_ADDRESS}:{self.dns}",
            "PORTAL_DNS_VALIDATION": "off",
            "PORTAL_EGRESS_NETWORKS": f"{world.WEB_ADDRESS}/32",
            "PORTAL_DEMO_WORLD": str(state.demo_world),
            "PORTAL_DEMO_HTTP_PORT": str(self.http),
        }

    @property
    def facts(self) -> dict[str, Any]:
        """What is noted for other commands on the same state."""
        return {"internet": {"dns": self.dns, "http": self.http}}


def is_wanted() -> bool:
    """Whether the caller has named no DNS servers, so that the demo must not ask those of this machine."""
    return not os.environ.get("PORTAL_DNS_SERVERS")


def new(*, but: int | None = None) -> Internet | None:
    """One on free ports, `but` none of them, which are taken from here on; None where none is wanted."""
    if not is_wanted():
        return None
    web = socket.create_server((world.WEB_ADDRESS, 0), backlog=WAITING)
    while True:
        tcp = socket.create_server((world.DNS_ADDRESS, 0), backlog=WAITING)
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        address = tcp.getsockname()
        if address[1] != but and _binds(udp, address):
            return Internet(address[1], web.getsockname()[1], (udp, tcp, web))
        tcp.close()
        udp.close()


def _binds(udp: socket.socket, address: tuple[str, int]) -> bool:
    try:
        udp.bind(address)
    except OSError:
        return False
    return True


def running(state: State) -> Internet | None:
    """The one of the command that uses the state, as it has noted."""
    noted = state.user().get("internet")
    return Internet(**noted) if noted and is_wanted() else None
