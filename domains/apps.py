"""The app of domains."""

from django.apps import AppConfig


class DomainsConfig(AppConfig):
    name = "domains"

    def ready(self) -> None:
        from accounts import subscriptions
        from domains.models import Domain

        subscriptions.count_domains_by(Domain.count_unique)
