"""The app of discovery: scans, what they find, and health checks."""

from django.apps import AppConfig


class DiscoveryConfig(AppConfig):
    name = "discovery"

    def ready(self) -> None:
        from certificates.beyond import SOURCES
        from discovery.health.on_orders import health_check

        SOURCES.append(health_check)
