"""The addresses of certificate orders."""

from django.urls import path

from certificates.views import downloads, orders, wizard

app_name = "certificates"

urlpatterns = [
    path("", orders.order_list, name="list"),
    path("new/", wizard.new, name="new"),
    path("new/read-csr/", wizard.read_csr, name="read-csr"),
    path("new/<uuid:draft>/", wizard.resume, name="resume"),
    path("new/<uuid:draft>/<str:key>/", wizard.page, name="new-page"),
    path("<int:pk>/", orders.details, name="details"),
    path("<int:pk>/state/", orders.state, name="state"),
    path("<int:pk>/submitted/", orders.submitted, name="submitted"),
    path("<int:pk>/approve/", orders.approve, name="approve"),
    path("<int:pk>/approve/confirm/", orders.approve_confirm, name="approve-confirm"),
    path("<int:pk>/cancel/", orders.cancel, name="cancel"),
    path("<int:pk>/check-caa/", orders.check_caa, name="check-caa"),
    path("<int:pk>/download/", downloads.download, name="download"),
    path("<int:pk>/download/<str:name>", downloads.download_file, name="download-file"),
]
