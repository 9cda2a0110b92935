"""What dealing with the outside needs: servers and networks as operators write them, strangers' words made printable."""

import asyncio
import contextvars
import ipaddress
import re
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

MOST_DETAIL = 300  # characters of what a stranger's server said
_WITH_PORT = re.compile(r"\[(?P<v6>[^]]+)](?::(?P<port6>[0-9]{1,5}))?|(?P<v4>[^:]+):(?P<port4>[0-9]{1,5})")


class Server(NamedTuple):
    """An IP address and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def server(text: str, port: int = 53) -> Server:
    """The server that is written "192.0.2.1", "192.0.2.1:5353", "2001:db8::1" or "[2001:db8::1]:53". Raises ValueError."""
    found = _WITH_PORT.fullmatch(text)
    host = (found["v6"] or found["v4"]) if found else text
    port = int((found and (found["port6"] or found["port4"])) or port)
    if not 0 < port < 2**16:
        raise ValueError(f"{port} is no port")
    return Server(str(ipaddress.ip_address(host)), port)


def network(text: str) -> Network:
    """The network that is written "192.0.2.0/24" or "2001:db8::/32"; an address alone is itself. Raises ValueError."""
    return ipaddress.ip_network(text)


def require_servers(setting: str, texts: Iterable[str]) -> None:
    """Raises ImproperlyConfigured for a server that cannot be read."""
    for text in texts:
        try:
            server(text)
        except ValueError:
            raise ImproperlyConfigured(
                f"{setting} has “{text}”, which is no server: an IP address, with a port where it is not 53, "
                "such as 127.0.0.1, 127.0.0.1:5353 or [::1]:5353."
            ) from None


def require_networks(setting: str, texts: Iterable[str]) -> None:
    """Raises ImproperlyConfigured for a network that cannot be read."""
    for text in texts:
        try:
            network(text)
        except ValueError as error:
            raise ImproperlyConfigured(
                f"{setting} has “{text}”, which is no network such as 10.1.0.0/16 or fd00::/8: {error}."
            ) from None


def require_validation(validation: str, policy: str, *, is_demo: bool) -> None:
    """A public CA must not switch off the validation of DNSSEC (BR 3.2.2.8.1, ballot SC-085). Raises ImproperlyConfigured."""
    if policy == "public-trust" and validation == "off" and not is_demo:
        raise ImproperlyConfigured(
            "PORTAL_DNS_VALIDATION is “off”, which the policy public-trust forbids: take it away, and name resolvers that "
            "validate in PORTAL_DNS_SERVERS."
        )


def require_way_to_mail(use_tls: bool, use_ssl: bool, ca: str) -> None:
    """Raises ImproperlyConfigured for two kinds of TLS at once, and for authorities that are not there."""
    if use_tls and use_ssl:
        raise ImproperlyConfigured(
            "EMAIL_USE_TLS and EMAIL_USE_SSL are both on. Keep EMAIL_USE_TLS for STARTTLS, mostly at port 587, or "
            "EMAIL_USE_SSL for TLS from the first byte on, mostly at port 465."
        )
    if ca and not Path(ca).is_file():
        raise ImproperlyConfigured(f"EMAIL_SSL_CA is “{ca}”, which is no file.")


def printable(text: str) -> str:
    r"""At most 300 characters on one line, what has no shape or turns the direction of writing shown as \n or \u202e."""
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text[:MOST_DETAIL])
    return shown if len(shown) <= MOST_DETAIL and len(text) <= MOST_DETAIL else shown[: MOST_DETAIL - 1] + "…"


def run(make: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine to its end, for callers without a loop; where this thread runs one, in a thread of its own."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(make())
    context = contextvars.copy_context()  # the moment of kit.clock, the language
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(context.run, lambda: asyncio.run(make())).result()
