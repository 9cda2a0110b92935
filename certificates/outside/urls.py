"""The addresses of the request portals, for people without an account."""

from django.urls import path

from certificates.outside.views import entrance, requests, wizard

app_name = "outside"

urlpatterns = [
    path("<slug:slug>/", entrance.entrance, name="entrance"),
    path("<slug:slug>/code/", entrance.code, name="code"),
    path("<slug:slug>/link/<str:token>/", entrance.link, name="link"),
    path("<slug:slug>/captcha/", entrance.challenge, name="captcha"),
    path("<slug:slug>/logo.png", entrance.logo, name="logo"),
    path("<slug:slug>/leave/", entrance.leave, name="leave"),
    path("<slug:slug>/new/", wizard.new, name="new"),
    path("<slug:slug>/new/read-csr/", wizard.read_csr, name="read-csr"),
    path("<slug:slug>/new/<uuid:draft>/submitted/", wizard.submitted, name="submitted"),
    path("<slug:slug>/new/<uuid:draft>/<str:key>/", wizard.page, name="page"),
    path("<slug:slug>/requests/", requests.request_list, name="requests"),
    path("<slug:slug>/requests/back/<str:token>/", entrance.come_back, name="return"),
    path("<slug:slug>/requests/<slug:reference>/", requests.details, name="request"),
    path("<slug:slug>/requests/<slug:reference>/comment/", requests.comment, name="comment"),
    path("<slug:slug>/requests/<slug:reference>/cancel/", requests.cancel, name="cancel"),
    path("<slug:slug>/requests/<slug:reference>/new-csr/", requests.new_csr, name="new-csr"),
    path("<slug:slug>/requests/<slug:reference>/download/", requests.download, name="download"),
    path("<slug:slug>/requests/<slug:reference>/download/<str:name>", requests.download_file, name="download-file"),
]
