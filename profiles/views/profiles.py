"""Organization profiles: the list, adding one, and editing what may be edited (C1 to C8)."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.requests import PersonRequest
from profiles import actions, rules
from profiles.ev_contacts import ev_contacts
from profiles.forms import AddProfileForm, EditProfileForm
from profiles.lists import AccessLists
from profiles.models import OrganizationProfile
from profiles.states import Status
from profiles.tables import ProfileTable
from sslportal.kit.access import needs
from sslportal.kit.moves import Refused, require
from sslportal.kit.tables import list_page


@needs("profiles.see")
@require_safe
def profile_list(request: PersonRequest) -> HttpResponseBase:
    rows = OrganizationProfile.objects.visible_to(request.user)
    return list_page(request, ProfileTable, rows, "profiles/list.html", {"may_add": rules.may_add(request.user)})


@needs("profiles.add")
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: PersonRequest) -> HttpResponse:
    """Everything on one page; an arrow between the lists sends the page too, and saves nothing."""
    if request.method != "POST":
        form = AddProfileForm(account=request.user.own_account)
        return _show_add(request, form, AccessLists.stored(request.user, None))
    lists = AccessLists.sent(request.user, request.POST)
    if "move" in request.POST:
        return _show_add(request, _unchecked(AddProfileForm, request, account=request.user.own_account), lists)
    form = AddProfileForm(request.POST, account=request.user.own_account)
    if not form.is_valid():
        return _show_add(request, form, lists)
    try:
        profile = actions.add_profile(
            request.user.own_account,
            organization=form.organization_data(),
            settings=form.settings(),
            access=lists.roles,
            by=request.user,
        )
    except actions.NameTaken as refusal:
        form.add_error("name", str(refusal))
        return _show_add(request, form, lists)
    return redirect("profiles:added", profile.pk)


def _show_add(request: PersonRequest, form: forms.Form, lists: AccessLists) -> HttpResponse:
    context = {"form": form, "lists": lists.for_template(), "me": request.user}
    return render(request, "profiles/add.html", context, status=422 if form.is_bound else 200)


def _unchecked(form_class: Any, request: PersonRequest, **options: Any) -> Any:
    """The form with what was typed, and without errors: nothing was asked to be saved."""
    sent = form_class(request.POST, **options)
    typed = {name: sent[name].value() for name in sent.fields}
    return form_class(initial=typed, **options)


@needs("profiles.add")
@require_safe
def added(request: PersonRequest, pk: int) -> HttpResponse:
    profile = get_object_or_404(OrganizationProfile.objects.visible_to(request.user), pk=pk)
    return render(request, "profiles/added.html", {"profile": profile})


@needs("profiles.see")
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: PersonRequest, pk: int) -> HttpResponse:
    """Whoever sees the profile sees the page; Global and Primary Administrators change it."""
    profile = get_object_or_404(OrganizationProfile.objects.visible_to(request.user).select_related("account"), pk=pk)
    shown = AccessLists.shown(request.user, profile, request.POST)
    if request.method != "POST":
        return _show_edit(request, profile, EditProfileForm(profile=profile), shown, shown)
    require(rules.may_edit(request.user, profile))
    lists = AccessLists.sent(request.user, request.POST)
    if "move" in request.POST:
        return _show_edit(request, profile, _unchecked(EditProfileForm, request, profile=profile), lists, shown)
    form = EditProfileForm(request.POST, profile=profile)
    if not form.is_valid():
        return _show_edit(request, profile, form, lists, shown)
    settings = {**form.settings(), "name": form.cleaned_data["name"]}
    access = {} if profile.status == Status.PENDING else lists.changes(shown)
    try:
        actions.edit_profile(profile, settings=settings, access=access, by=request.user)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _show_edit(request, profile, form, lists, shown)
    messages.success(request, _("“%(profile)s” was updated.") % {"profile": settings["name"]})
    return redirect("profiles:list")


def _show_edit(
    request: PersonRequest, profile: OrganizationProfile, form: forms.Form, lists: AccessLists, shown: AccessLists
) -> HttpResponse:
    may_edit = rules.may_edit(request.user, profile)
    context = {
        "profile": profile,
        "form": form,
        "lists": lists.for_template(),
        "shown": shown.for_template(),
        "me": request.user,
        "may_edit": may_edit,
        "access_is_fixed": profile.status == Status.PENDING,
        "may_request_ev": may_edit and profile.takes_ev_request,
        "ev": ev_contacts(profile),
    }
    return render(request, "profiles/edit.html", context, status=422 if form.is_bound else 200)
