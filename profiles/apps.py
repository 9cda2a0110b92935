"""The app of organization profiles."""

from django.apps import AppConfig


class ProfilesConfig(AppConfig):
    name = "profiles"
