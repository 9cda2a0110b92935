"""All addresses of the portal."""

from allauth.account.views import LogoutView
from django.conf import settings
from django.urls import include, path

from accounts.views.sign_in import SignIn
from domains.views import confirm
from profiles.notifications import views as notifications
from sslportal import health, pages
from sslportal.kit.access import public
from sslportal.kit.desk import site as vetting_site

sign_in = public("people sign in here")(SignIn.as_view())
sign_out = public("allauth answers people who are signed out already")(LogoutView.as_view())

urlpatterns = [
    path("", pages.home, name="home"),
    path("sign-in/", sign_in, name="account_login"),
    path("sign-out/", sign_out, name="account_logout"),
    path("", include("accounts.urls")),
    path("", include("accounts.urls_second_factor")),
    path("", include("profiles.urls")),
    path("certificates/", include("certificates.urls")),
    path("", include("discovery.urls_orders")),
    path("domains/", include("domains.urls")),
    path("discovery/", include("discovery.urls")),
    path("reporting/", include("reporting.urls")),
    path("confirm/<str:token>/", confirm.confirm, name="confirm"),
    path("unsubscribe/<str:token>/", notifications.unsubscribe, name="unsubscribe"),
    path("administration/request-portal/", include("certificates.outside.urls_settings")),
    path("request/", include("certificates.outside.urls")),
    path("seal/", include("certificates.urls_seal")),
    path("help/", include("sslportal.urls_help")),
    path("vetting/", vetting_site.urls),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
]

if settings.PORTAL_DEMO:
    urlpatterns += [path("demo/", include("sslportal.kit.urls_demo"))]

handler400 = "sslportal.pages.bad_request"
handler403 = "sslportal.pages.forbidden"
handler404 = "sslportal.pages.not_found"
handler500 = "sslportal.pages.server_error"
