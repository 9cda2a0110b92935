"""What the portal wrote into the program when it was downloaded: which portal, which token, what is to be done."""

from __future__ import annotations

import ipaddress
import json
import re
import uuid
import zipfile
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from discovery.scanner.entries import read_hosts
from discovery.scanner.limits import SPEEDS
from discovery.scanner.problems import Problem
from discovery.scanner.targets import Endpoint
from discovery.scanner.trouble import Trouble

FILE = "settings.json"
SCAN, HEALTH = "scan", "health"
HERE = {"localhost", "127.0.0.1", "::1"}  # whoever listens on the way there has this computer already
_TOKEN = re.compile(r"[A-Za-z0-9_-]{32,200}")


class Settings(NamedTuple):
    """For a scan `include`, `exclude`, `ports` and `speed` count, for a health check `endpoints`."""

    portal: str
    uid: str
    token: str
    kind: str
    language: str = "en"
    include: str = ""
    exclude: str = ""
    ports: str = ""
    speed: str = "normal"
    endpoints: tuple[Endpoint, ...] = ()

    @property
    def agent(self) -> str:
        """Where the portal listens to this program."""
        return f"{self.portal.rstrip('/')}/discovery/agent/{self.uid}/"


def read(archive: Path) -> Settings:
    """The settings in the downloaded file. Raises Trouble."""
    try:
        with zipfile.ZipFile(archive) as opened:
            data = json.loads(opened.read(FILE))
    except (OSError, KeyError, ValueError, zipfile.BadZipFile):
        raise Trouble(f"{archive} is not a program that the portal gave out: download it again.") from None
    try:
        return _settings(data)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Trouble(f"The settings in {archive} are damaged ({error}): download it again.") from None


def _settings(data: dict[str, Any]) -> Settings:
    """Raises ValueError, TypeError, KeyError or AttributeError for whatever is not as the portal writes it."""
    listed = data.get("endpoints", [])
    texts = {name: value for name, value in data.items() if name != "endpoints"}
    if not all(isinstance(value, str) for value in texts.values()):
        raise ValueError("not a text")
    settings = Settings(**texts, endpoints=tuple(_endpoint(one["host"], one["port"]) for one in listed))
    _require_portal(settings.portal)
    if settings.uid != str(uuid.UUID(settings.uid)):
        raise ValueError("uid")
    if not _TOKEN.fullmatch(settings.token):
        raise ValueError("token")
    if settings.kind not in (SCAN, HEALTH) or settings.speed not in SPEEDS:
        raise ValueError("kind or speed")
    return settings


def _require_portal(portal: str) -> None:
    """A secret goes there, so that nobody may listen on the way."""
    parts = urlsplit(portal)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in HERE)
    is_plain = not (parts.query or parts.fragment or parts.username) and portal.isascii() and portal.isprintable()
    if not (is_safe and is_plain and parts.hostname and " " not in portal):
        raise ValueError("portal")


def _endpoint(host: str, port: int) -> Endpoint:
    """One address, as the portal writes it, or one name, which is resolved later."""
    if not isinstance(host, str) or type(port) is not int or not 0 < port < 65_536:
        raise ValueError("endpoint")
    if _is_address(host):
        return Endpoint(host, port)
    problems: list[Problem] = []
    names, spans = read_hosts(host, problems, is_excluding=False)
    if problems or spans or len(names) != 1:
        raise ValueError("host")
    return Endpoint("", port, names[0])


def _is_address(host: str) -> bool:
    try:
        return bool(ipaddress.ip_address(host))
    except ValueError:
        return False
