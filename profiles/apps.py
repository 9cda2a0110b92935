"""The app of organization profiles."""

from django.apps import AppConfig


class ProfilesConfig(AppConfig):
    name = "profiles"

    def ready(self) -> None:
        from profiles import life
        from profiles.notifications.expiry import SOURCES

        SOURCES.append(life.endings)
