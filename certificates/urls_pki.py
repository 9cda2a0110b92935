"""What certificates point to."""

from django.urls import path

from certificates.views import trust

app_name = "pki"

urlpatterns = [path("ca/<slug:name>.crt", trust.ca_certificate, name="ca")]
