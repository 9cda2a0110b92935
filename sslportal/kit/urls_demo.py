"""The demo's own pages: they exist only with the demo switched on."""

from django.urls import path

from sslportal.kit import internet_pages, outbox_pages

app_name = "demo"

urlpatterns = [
    path("outbox/", outbox_pages.outbox, name="outbox"),
    path("outbox/<int:pk>/", outbox_pages.mail, name="mail"),
    path("outbox/<int:pk>/<int:file>/", outbox_pages.attachment, name="attachment"),
    path("internet/", internet_pages.page, name="internet"),
    path("internet/remove/", internet_pages.remove, name="remove"),
]
