"""The addresses of organization profiles."""

from django.urls import path

from profiles.notifications import views as notifications
from profiles.views import ev, profiles, signer

app_name = "profiles"

urlpatterns = [
    path("administration/profiles/", profiles.profile_list, name="list"),
    path("administration/profiles/add/", profiles.add, name="add"),
    path("administration/profiles/<int:pk>/", profiles.edit, name="edit"),
    path("administration/profiles/<int:pk>/added/", profiles.added, name="added"),
    path("administration/profiles/<int:pk>/ev/", ev.begin, name="ev"),
    path("administration/profiles/<int:pk>/ev/<uuid:draft>/<slug:key>/", ev.page, name="ev-page"),
    path("administration/profiles/<int:pk>/ev/submitted/", ev.submitted, name="ev-submitted"),
    path("administration/profiles/<int:pk>/ev/cancel/", ev.cancel, name="ev-cancel"),
    path("administration/profiles/<int:pk>/ev/resend/", ev.resend, name="ev-resend"),
    path("ev-terms/<str:token>/", signer.terms, name="ev-terms"),
    path("administration/notifications/", notifications.notice_list, name="notifications"),
    path("administration/notifications/<int:pk>/", notifications.details, name="notification"),
    path("administration/notifications/<int:pk>/read/", notifications.mark_read, name="mark-notifications-read"),
]
