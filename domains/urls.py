"""The addresses of domains."""

from django.urls import path

from domains.views import domains

app_name = "domains"

urlpatterns = [
    path("", domains.domain_list, name="list"),
    path("<int:pk>/", domains.details, name="details"),
]
