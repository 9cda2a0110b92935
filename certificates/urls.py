"""The addresses of certificate orders."""

from django.urls import path

from certificates.outside.views import changes
from certificates.views import downloads, moves, orders, seal, wizard

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
    path("<int:pk>/change/", changes.change, name="change"),
    path("<int:pk>/re-issue/", wizard.reissue, name="re-issue"),
    path("<int:pk>/renew/", wizard.renew, name="renew"),
    path("<int:pk>/cancel/", moves.ask, {"key": "cancel"}, name="cancel"),
    path("<int:pk>/unused/", moves.ask, {"key": "unused"}, name="unused"),
    path("<int:pk>/restore/", moves.ask, {"key": "restore"}, name="restore"),
    path("<int:pk>/revoke/", moves.revoke, name="revoke"),
    path("<int:pk>/recipients/", moves.edit, {"key": "recipients"}, name="recipients"),
    path("<int:pk>/comments/", moves.edit, {"key": "comments"}, name="comments"),
    path("<int:pk>/new-csr/", moves.new_csr, name="new-csr"),
    path("<int:pk>/check-caa/", orders.check_caa, name="check-caa"),
    path("<int:pk>/download/", downloads.download, name="download"),
    path("<int:pk>/download/<str:name>", downloads.download_file, name="download-file"),
    path("<int:pk>/site-seal/", seal.create, name="site-seal"),
]
