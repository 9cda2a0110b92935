"""The addresses of the request portal's settings."""

from django.urls import path

from certificates.outside.views import settings

app_name = "request-portal"

urlpatterns = [
    path("", settings.settings, name="settings"),
    path("enabled/", settings.enabled, name="enabled"),
    path("disable/", settings.disable, name="disable"),
    path("logo.png", settings.logo, name="logo"),
]
