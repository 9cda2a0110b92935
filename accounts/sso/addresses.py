"""The portal's own addresses as identity providers know them: always below PORTAL_URL, whatever a request says."""

from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse

LOOPBACK = ("localhost", "127.0.0.1", "::1")


def absolute(name: str, slug: str) -> str:
    """The whole address of a page of the provider with the slug."""
    return f"{settings.PORTAL_URL}{reverse(name, args=[slug])}"


def is_safe(url: str) -> bool:
    """Whether people and secrets may be sent to the address: https, or this machine."""
    parts = urlsplit(url)
    return (parts.scheme == "https" and bool(parts.hostname)) or (parts.scheme == "http" and parts.hostname in LOOPBACK)
