"""The addresses of the Help menu's pages."""

from django.urls import path

from sslportal import help_pages

app_name = "help"

urlpatterns = [
    path("create-csr/", help_pages.create_csr, name="create-csr"),
    path("install/", help_pages.install, name="install"),
    path("ov-and-ev/", help_pages.ov_and_ev, name="ov-and-ev"),
    path("hash-algorithms/", help_pages.hash_algorithms, name="hash-algorithms"),
    path("weak-keys/", help_pages.weak_keys, name="weak-keys"),
    path("rules/", help_pages.rules, name="rules"),
    path("trust/", help_pages.trust, name="trust"),
]
