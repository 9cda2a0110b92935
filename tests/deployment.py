"""How the portal is run on servers, as the files in deploy/ and docker-compose.yml say it."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
EXAMPLES = ["deploy/portal.env.example", "deploy/systemd/environment.example", "deploy/systemd/ca.environment.example"]
SECRETS = {
    "SECRET_KEY",
    "SECRET_KEY_FALLBACKS",
    "DATABASE_URL",
    "EMAIL_HOST_PASSWORD",
    "PORTAL_METRICS_TOKEN",
    "CA_PASSPHRASE",
}


def example(path):
    """The settings of an example, as systemd and Docker read them."""
    lines = (line for line in (ROOT / path).read_text().splitlines() if line and not line.startswith("#"))
    return dict(line.split("=", 1) for line in lines)


def settings_read():
    """The names of all settings that the code reads, each secret also by its file."""
    found = set()
    for path in [*ROOT.glob("sslportal/*.py"), *ROOT.glob("sslportal/kit/*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
                called, first = ast.unparse(node.func), node.args[0]
                if isinstance(first, ast.Constant) and re.fullmatch(r"environment\.\w+|os\.environ\.get", called):
                    found.add(first.value)
                    if called in ("environment.secret", "environment.token"):
                        found.add(f"{first.value}_FILE")
    return {name for name in found if name.isupper()}


def queues_of(words):
    return words[words.index("-Q") + 1].split(",") if "worker" in words else []
