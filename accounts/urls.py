"""The addresses of accounts and their people."""

from django.urls import include, path

from accounts.views import (
    account,
    administrators,
    history,
    introduction,
    invitation,
    passwords,
    preferences,
    session,
    sessions,
    setup,
)

app_name = "accounts"

urlpatterns = [
    path("sign-in/with/", include("accounts.sso.urls")),
    path("setup/complete/", setup.complete, name="setup-complete"),
    path("setup/<str:token>/", setup.welcome, name="setup"),
    path("setup/<str:token>/<slug:key>/", setup.page, name="setup-page"),
    path("invitation/complete/", invitation.complete, name="invitation-complete"),
    path("invitation/<str:token>/", invitation.accept, name="invitation"),
    path("password/reset/", passwords.ask, name="ask-reset"),
    path("password/reset/sent/", passwords.sent, name="reset-sent"),
    path("password/reset/done/", passwords.done, name="reset-done"),
    path("password/reset/<str:token>/", passwords.reset, name="reset"),
    path("introduction/", introduction.slides, name="introduction"),
    path("session/", session.left, name="session"),
    path("session/stay/", session.stay, name="stay"),
    path("administration/administrators/", administrators.administrator_list, name="administrators"),
    path("administration/administrators/add/", administrators.add, name="add-administrator"),
    path("administration/administrators/add/<uuid:draft>/", administrators.add, name="add-administrator-draft"),
    path("administration/administrators/add/<uuid:draft>/profiles/", administrators.add_profiles, name="add-profiles"),
    path("administration/administrators/delete/", administrators.delete, name="delete-administrators"),
    path("administration/administrators/<int:pk>/", administrators.edit, name="administrator"),
    path("administration/administrators/<int:pk>/<uuid:draft>/", administrators.edit, name="administrator-draft"),
    path(
        "administration/administrators/<int:pk>/<uuid:draft>/profiles/",
        administrators.edit_profiles,
        name="edit-profiles",
    ),
    path("administration/administrators/<int:pk>/invite-again/", administrators.invite_again, name="invite-again"),
    path("administration/administrators/<int:pk>/unlock/", administrators.unlock, name="unlock"),
    path(
        "administration/administrators/<int:pk>/remove-second-factor/",
        administrators.remove_second_factor,
        name="remove-second-factor",
    ),
    path("administration/my-preferences/", preferences.preferences, name="preferences"),
    path("administration/my-preferences/sessions/<int:pk>/end/", sessions.end, name="end-session"),
    path("administration/my-preferences/sessions/end-others/", sessions.end_others, name="end-other-sessions"),
    path("administration/account/", account.account, name="account"),
    path("administration/account/webhook/", include("accounts.webhooks.urls")),
    path("administration/history/", history.history, name="history"),
]
