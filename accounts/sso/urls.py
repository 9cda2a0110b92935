"""The addresses of single sign-on."""

from django.urls import path

from accounts.sso import views

urlpatterns = [
    path("<slug:slug>/", views.sign_in, name="sign-in-with"),
    path("<slug:slug>/callback/", views.oidc_callback, name="oidc-callback"),
    path("<slug:slug>/acs/", views.saml_acs, name="saml-acs"),
    path("<slug:slug>/acs/finish/", views.saml_finish, name="saml-finish"),
    path("<slug:slug>/metadata/", views.saml_metadata, name="saml-metadata"),
]
