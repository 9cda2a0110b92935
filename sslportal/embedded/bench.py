"""`./portal bench`: runs benchmarks/<name>.py against a portal of its own, which is made for it and deleted afterwards."""

import tempfile
from pathlib import Path

from sslportal.embedded import environments, places
from sslportal.embedded.processes import PYTHON, ROOT, Program
from sslportal.embedded.state import State
from sslportal.embedded.terminal import Trouble
from sslportal.embedded.up import running

FOLDER = ROOT / "benchmarks"


def bench(words: list[str]) -> int:
    """Run the benchmark with the rest of the words; returns its exit code.

    Its environment is that of the web process: PORTAL_URL says where the portal is, PORTAL_DEMO_PEOPLE who may sign in.
    """
    script = _script(words[0] if words else "")
    if not environments.uses_own_postgres():
        raise Trouble(
            "A benchmark fills its database with what nobody ordered. Unset DATABASE_URL, and it has its own."
        )
    state = State(Path(tempfile.mkdtemp(prefix="portal-bench-")))
    try:
        with running(state, "bench", port=places.free_port(), demo=True) as portal:
            program = Program("bench", [PYTHON, str(script), *words[1:]], {**portal.env, "PYTHONPATH": str(ROOT)})
            return portal.supervisor.foreground(program, own_group=True)
    finally:
        state.remove()


def _script(name: str) -> Path:
    there = {path.stem.replace("_", "-"): path for path in sorted(FOLDER.glob("[!_]*.py"))}
    if name.replace("_", "-") not in there:
        raise Trouble(f"Which benchmark? ./portal bench <name>, one of: {', '.join(there) or '(there is none)'}")
    return there[name.replace("_", "-")]
