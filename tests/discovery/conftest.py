"""Servers of each test's own."""

from contextlib import ExitStack

import pytest

from tests.discovery.servers import Server


@pytest.fixture
def serve():
    """Start a server: `serve(play)`, where `play(connection)` is what it does with each connection."""
    with ExitStack() as stack:
        yield lambda play, **more: stack.enter_context(Server(play, **more))
