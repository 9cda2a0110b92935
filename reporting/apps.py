"""The app of reporting: reports that people define, run, and have mailed by a schedule."""

from django.apps import AppConfig


class ReportingConfig(AppConfig):
    name = "reporting"
