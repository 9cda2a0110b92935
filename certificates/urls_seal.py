"""What the script of a site seal points to, from our customers' websites."""

from django.urls import path

from certificates.views import seal

app_name = "seal"

urlpatterns = [
    path("<uuid:seal>/", seal.verify, name="verify"),
    path("<uuid:seal>/<str:look>.svg", seal.image, name="image"),
]
