"""The addresses of domains."""

from django.urls import path

from domains.views import adding, choosing, domains

app_name = "domains"

urlpatterns = [
    path("", domains.domain_list, name="list"),
    path("add/", adding.new, name="add"),
    path("add/<uuid:draft>/", adding.resume, name="resume"),
    path("add/<uuid:draft>/<str:key>/", adding.page, name="add-page"),
    path("delete/", domains.delete, name="delete"),
    path("<int:pk>/", domains.details, name="details"),
    path("<int:pk>/state/", domains.state, name="state"),
    path("<int:pk>/choose/", choosing.choose, name="choose"),
    path("<int:pk>/check/", choosing.check_now, name="check"),
    path("<int:pk>/decline/", choosing.decline, name="decline"),
    path("<int:pk>/file/", domains.file, name="file"),
]
