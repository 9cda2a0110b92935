"""The app of accounts and administrators."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in

        from accounts import introduction, listeners
        from accounts.actions import factors
        from accounts.middleware import begin_to_watch

        listeners.connect()
        factors.connect()
        user_logged_in.connect(introduction.signed_in, dispatch_uid="the Introduction is due")
        user_logged_in.connect(begin_to_watch, dispatch_uid="begin to watch for idleness")
