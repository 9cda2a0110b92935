"""The addresses of an order's health check."""

from django.urls import path

from discovery.health import views

app_name = "health"

urlpatterns = [
    path("", views.page, name="page"),
    path("state/", views.state, name="state"),
    path("cancel/", views.cancel, name="cancel"),
    path("hand-over/", views.hand_over, name="hand-over"),
    path("scanner.pyz", views.program, name="program"),
]
