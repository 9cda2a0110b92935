"""The app of certificates."""

from pathlib import Path

from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from certificates import keycheck


class CertificatesConfig(AppConfig):
    name = "certificates"

    def ready(self) -> None:
        from certificates import expiry, listeners
        from profiles.notifications.expiry import SOURCES

        listeners.connect()
        SOURCES.append(expiry.endings)
        if settings.WEAK_KEY_LISTS:
            use_lists(Path(settings.WEAK_KEY_LISTS))


def use_lists(folder: Path) -> None:
    """Raises ImproperlyConfigured for a list that cannot be used, so that no process starts without it."""
    try:
        keycheck.use_lists(folder)
    except keycheck.BadList as error:
        raise ImproperlyConfigured(f"PORTAL_WEAK_KEY_LISTS: {error}") from None
