"""One running portal for all end-to-end tests of a worker, and the system's Chromium."""

import shutil

import pytest

from tests.running import Portal


@pytest.fixture(scope="session")
def portal():
    running = Portal.somewhere().up()
    yield running
    running.end()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """The system's Chromium, which talks to nobody but the portal."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium on this machine; install the package “chromium” to run the browser tests")
    quiet = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
    return {**browser_type_launch_args, "executable_path": path, "args": quiet}
