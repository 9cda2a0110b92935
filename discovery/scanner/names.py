"""The addresses of a name, by the resolver of the system."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable
from concurrent.futures import ThreadPoolExecutor
from typing import Callable

from discovery.scanner.results import NO_ADDRESS, Failure

UNANSWERED = "DNS did not answer"
MOST_AT_ONCE = 32  # questions to the resolver, each of which takes a thread

Resolve = Callable[[str], Awaitable["list[str]"]]


class Resolver:
    """Asks as any program on this computer does, in threads, since the system's resolver blocks. `close` it at the end."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(MOST_AT_ONCE, "resolver")  # begins none before it is asked

    async def __call__(self, name: str) -> list[str]:
        """Raises OSError if there is none."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, _ask, name)

    def close(self) -> None:
        """Wait for nobody: a question that DNS does not answer ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _ask(name: str) -> list[str]:
    found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


async def addresses(resolve: Resolve, name: str, seconds: float) -> list[str]:
    """All addresses of the name. Raises Failure; the detail is UNANSWERED where there may be some all the same."""
    try:
        found = await asyncio.wait_for(resolve(name), seconds)
    except asyncio.TimeoutError:
        raise Failure(NO_ADDRESS, UNANSWERED) from None
    except (OSError, UnicodeError) as error:
        is_passing = isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN
        raise Failure(NO_ADDRESS, UNANSWERED if is_passing else "") from None
    if not found:
        raise Failure(NO_ADDRESS)
    return found
