"""The app of accounts and administrators."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
