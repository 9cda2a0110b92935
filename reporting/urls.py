"""The addresses of reporting."""

from django.urls import path

from reporting.views import builder, reports, results, runs

app_name = "reporting"

urlpatterns = [
    path("", reports.report_list, name="list"),
    path("new/", builder.new, name="new"),
    path("new/<uuid:draft>/", builder.resume, name="resume"),
    path("new/<uuid:draft>/<str:key>/", builder.page, name="new-page"),
    path("ready-made/<slug:key>/", reports.add_ready_made, name="ready-made"),
    path("run/", reports.run_picked, name="run-picked"),
    path("delete/", reports.delete, name="delete"),
    path("<int:pk>/", reports.report, name="report"),
    path("<int:pk>/edit/", builder.edit, name="edit"),
    path("<int:pk>/duplicate/", reports.duplicate, name="duplicate"),
    path("<int:pk>/pause/", reports.pause, name="pause"),
    path("<int:pk>/resume/", reports.resume, name="resume-schedule"),
    path("<int:pk>/run-now/", runs.run_now, name="run-now"),
    path("<int:pk>/run/", results.results, name="results"),
    path("<int:pk>/run/export/", results.export, name="export"),
    path("runs/<int:pk>/", runs.run, name="run"),
    path("runs/<int:pk>/state/", runs.state, name="run-state"),
    path("runs/<int:pk>/<str:format>/", runs.file, name="file"),
]
