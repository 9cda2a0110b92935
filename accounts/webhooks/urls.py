"""The addresses of the account's webhook."""

from django.urls import path

from accounts.webhooks import views

urlpatterns = [
    path("", views.webhook, name="webhook"),
    path("secret/", views.new_secret, name="webhook-secret"),
    path("test/", views.send_test, name="webhook-test"),
    path("deliveries/<int:pk>/", views.delivery, name="webhook-delivery"),
    path("deliveries/<int:pk>/send-again/", views.send_again, name="send-webhook-again"),
]
