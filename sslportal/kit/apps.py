"""The kit as a Django app: history, outbox, links and drafts have tables."""

from django.apps import AppConfig


class KitConfig(AppConfig):
    name = "sslportal.kit"
    label = "kit"

    def ready(self) -> None:
        from sslportal.kit import checks  # noqa: F401  # registers itself
