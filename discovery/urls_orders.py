"""The addresses of discovery below those of an order."""

from django.urls import include, path

urlpatterns = [path("certificates/<int:pk>/health-check/", include("discovery.health.urls"))]
