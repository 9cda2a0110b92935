"""The app of domains."""

from django.apps import AppConfig


class DomainsConfig(AppConfig):
    name = "domains"

    def ready(self) -> None:
        from accounts import subscriptions
        from domains import counting, life
        from profiles.notifications.expiry import SOURCES

        subscriptions.count_domains_by(counting.unique_domains)
        SOURCES.append(life.endings)
