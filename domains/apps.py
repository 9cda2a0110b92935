"""The app of domains."""

from django.apps import AppConfig


class DomainsConfig(AppConfig):
    name = "domains"

    def ready(self) -> None:
        from accounts import subscriptions
        from domains import counting

        subscriptions.count_domains_by(counting.unique_domains)
