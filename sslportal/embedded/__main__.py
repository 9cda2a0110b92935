"""Where the script `portal` hands over: one of the commands, behind its front."""

import sys
from functools import partial

from sslportal.embedded import front
from sslportal.embedded.bench import bench
from sslportal.embedded.gates import check
from sslportal.embedded.manage import manage
from sslportal.embedded.testing import test
from sslportal.embedded.up import options, up

COMMANDS = {"test": test, "check": check, "manage": manage, "bench": bench}


def main(command: str, *words: str) -> int:
    """Run the command; returns the exit code of the process."""
    if command == "up":
        return front.run(partial(up, options(list(words))))
    return front.run(partial(COMMANDS[command], list(words)), on_terminal=command == "manage")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
