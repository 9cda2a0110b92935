"""The app of accounts and administrators."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in

        from accounts.middleware import begin_to_watch

        user_logged_in.connect(begin_to_watch, dispatch_uid="begin to watch for idleness")
