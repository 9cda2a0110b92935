"""The environments of the portal's processes. The CA's keys are named in those of the `ca` worker and `manage.py ca` only."""

import os
import secrets

from sslportal.embedded.internet import Internet
from sslportal.embedded.servers import PostgreSQL, Valkey
from sslportal.embedded.state import State
from sslportal.isolation import OF_THE_CA

OF_AN_INSTALLATION = (  # how the names of its settings begin
    "ALLOWED_HOSTS", "CA_", "DATABASE_", "DEBUG", "EMAIL_", "EVIDENCE_", "LOG_", "PG", "PKI_", "PORTAL_", "REDIS_",
    "SECRET_KEY", "STATIC_ROOT",
)  # fmt: skip


def uses_own_postgres() -> bool:
    """Whether the caller has named no other PostgreSQL."""
    return not (os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_URL_FILE"))


def uses_own_valkey() -> bool:
    """Whether the caller has named no other Redis."""
    return not (os.environ.get("REDIS_URL") or os.environ.get("REDIS_URL_FILE"))


def portal_url(port: int) -> str:
    """Where people reach the portal."""
    return os.environ.get("PORTAL_URL") or f"http://localhost:{port}"


def portal(state: State, *, url: str, demo: bool, internet: Internet | None = None) -> dict[str, str]:
    """For every process of the portal: the caller's, less the CA's keys, and where the state's things are.

    `internet` is the demo's own, where one runs: nobody else is asked then.
    """
    env = {name: value for name, value in os.environ.items() if name not in OF_THE_CA}
    env |= _servers(state)
    if not (env.get("SECRET_KEY") or env.get("SECRET_KEY_FILE")):
        env["SECRET_KEY_FILE"] = str(state.secret_key)
    env |= {"PORTAL_URL": url, "PORTAL_DEMO": "1" if demo else "", "PORTAL_DEMO_PEOPLE": str(state.demo_people)}
    env |= {"STATIC_ROOT": str(state.static), "DJANGO_SETTINGS_MODULE": "sslportal.settings"}
    if not env.get("EVIDENCE_ROOT"):
        env["EVIDENCE_ROOT"] = str(state.evidence)
    return env | (internet.environment(state) if internet else {})


def with_ca(env: dict[str, str], state: State) -> dict[str, str]:
    """For the processes that sign: the same, and the keys, which may also be the caller's own."""
    own = {"CA_KEYS": str(state.ca_keys), "CA_PASSPHRASE_FILE": str(state.ca_passphrase)}
    callers = {name: os.environ[name] for name in OF_THE_CA if os.environ.get(name)}
    if "CA_PASSPHRASE" in callers:
        del own["CA_PASSPHRASE_FILE"]
    return env | own | callers


def tests(state: State) -> dict[str, str]:
    """For the tests: no installation's settings, so that they say the same everywhere; mail goes nowhere."""
    servers = ("DATABASE_", "REDIS_") if not (uses_own_postgres() and uses_own_valkey()) else ()
    env = {
        name: value
        for name, value in os.environ.items()
        if not _is_of_an_installation(name) or name.startswith(servers)
    }
    env |= _servers(state)
    env |= {"SECRET_KEY": secrets.token_urlsafe(50), "EMAIL_HOST": "localhost", "EMAIL_PORT": "1"}
    env |= {"DJANGO_SETTINGS_MODULE": "sslportal.settings", "DJANGO_ALLOW_ASYNC_UNSAFE": "true"}
    env |= {"EVIDENCE_ROOT": str(state.evidence)}
    return env


def deployment() -> dict[str, str]:
    """For the gates: an installation as it should be, though nothing of it is there."""
    env = {name: value for name, value in os.environ.items() if not _is_of_an_installation(name)}
    env |= {"PORTAL_URL": "https://portal.example.com", "SECRET_KEY": secrets.token_urlsafe(50)}
    return env | {"DJANGO_SETTINGS_MODULE": "sslportal.settings"}


def _is_of_an_installation(name: str) -> bool:
    return name.startswith(OF_AN_INSTALLATION)


def _servers(state: State) -> dict[str, str]:
    env = {}
    if uses_own_postgres():
        env["DATABASE_URL"] = PostgreSQL.url(state)
    if uses_own_valkey():
        env["REDIS_URL"] = Valkey.url(state)
    return env
