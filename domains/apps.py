"""The app of domains."""

from django.apps import AppConfig


class DomainsConfig(AppConfig):
    name = "domains"
