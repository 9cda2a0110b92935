"""The addresses of discovery."""

from django.urls import path

from discovery.views import agent, overview, results, scans, schedules

app_name = "discovery"

urlpatterns = [
    path("", overview.show, name="overview"),
    path("overview.pdf", overview.as_pdf, name="overview-pdf"),
    path("new/", scans.new, name="new"),
    path("scans/", scans.scan_list, name="scans"),
    path("scans/<int:pk>/", scans.scan, name="scan"),
    path("scans/<int:pk>/state/", scans.state, name="scan-state"),
    path("scans/<int:pk>/scanner.pyz", scans.program, name="program"),
    path("scans/<int:pk>/cancel/", scans.cancel, name="cancel"),
    path("scans/<int:pk>/changes/", scans.changes, name="changes"),
    path("scans/<int:pk>/without-certificate/", scans.misses, name="misses"),
    path("schedules/", schedules.schedule_list, name="schedules"),
    path("schedules/<int:pk>/end/", schedules.end, name="end-schedule"),
    path("results/", results.result_list, name="results"),
    path("results/<int:pk>/", results.finding, name="finding"),
    path("not-found/", results.not_found_list, name="not-found"),
    path("agent/<uuid:uid>/start/", agent.start, name="agent-start"),
    path("agent/<uuid:uid>/results/", agent.results, name="agent-results"),
    path("agent/<uuid:uid>/health/", agent.health, name="agent-health"),
    path("agent/<uuid:uid>/answers/", agent.answers, name="agent-answers"),
    path("agent/<uuid:uid>/end/", agent.end, name="agent-end"),
]
