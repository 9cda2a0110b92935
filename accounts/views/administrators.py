"""The administrators of the account: list, add, edit, access to profiles, delete, and help for those locked out (B4 to B6)."""

import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import locking
from accounts.actions import administrators as actions
from accounts.actions import factors, invitations
from accounts.drafts import AdministratorDraft
from accounts.forms import AdministratorForm, EditAdministratorForm, NewAdministratorForm
from accounts.models import Administrator
from accounts.requests import PersonRequest
from accounts.tables import AdministratorTable, ColleagueTable
from profiles.actions import NotWhilePending, OnlyPrimary
from profiles.models import Access
from sslportal.kit.access import needs
from sslportal.kit.moves import Refused
from sslportal.kit.tables import list_page, picked


@needs("administrators.see")
@require_safe
def administrator_list(request: PersonRequest) -> HttpResponseBase:
    """Everybody sees their colleagues; Global Administrators have the buttons."""
    rows = Administrator.objects.visible_to(request.user).with_marks()
    may_manage = request.user.may("administrators.manage")
    table = AdministratorTable if may_manage else ColleagueTable
    return list_page(request, table, rows, "accounts/administrators.html", {"may_manage": may_manage})


@needs("administrators.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: PersonRequest, draft: uuid.UUID | None = None) -> HttpResponse:
    """Contact information, role and access of a new administrator; the page of profiles is a page of its own."""
    kept = AdministratorDraft.of(request, draft, None)
    form = NewAdministratorForm(request.POST if request.method == "POST" else None, initial=kept.typed())
    if not form.is_bound:
        return _show(request, kept, form)
    if request.POST.get("go") == "profiles":
        return redirect("accounts:add-profiles", kept.keep(request.POST).pk)
    if not form.is_valid():
        return _show(request, kept, form)
    try:
        person = invitations.invite(
            request.user.own_account,
            contact=form.contact(),
            is_global=form.cleaned_data["is_global"],
            access=kept.access(),
            by=request.user,
        )
    except Refused as refusal:
        return _refuse(request, kept, form, refusal)
    kept.discard()
    messages.success(request, _("The invitation to %(person)s is on its way.") % {"person": person.email})
    return redirect("accounts:administrators")


@needs("administrators.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: PersonRequest, pk: int, draft: uuid.UUID | None = None) -> HttpResponse:
    """The same for an administrator who is there: all but the address can be changed."""
    person = _person(request, pk)
    kept = AdministratorDraft.of(request, draft, person)
    form = EditAdministratorForm(
        request.POST if request.method == "POST" else None, initial={**kept.typed(), "email": person.email}
    )
    if not form.is_bound:
        return _show(request, kept, form)
    if request.POST.get("go") == "profiles":
        return redirect("accounts:edit-profiles", person.pk, kept.keep(request.POST).pk)
    if not form.is_valid():
        return _show(request, kept, form)
    wanted = {"is_global": form.cleaned_data["is_global"], "access": kept.access()}
    try:
        actions.edit(person, contact=form.contact(), by=request.user, **wanted)
    except Refused as refusal:
        return _refuse(request, kept, form, refusal)
    kept.discard()
    messages.success(request, _("%(person)s was updated.") % {"person": person.email})
    return redirect("accounts:administrators")


def _person(request: PersonRequest, pk: int) -> Any:
    return get_object_or_404(Administrator.objects.visible_to(request.user).with_marks(), pk=pk)


def _refuse(
    request: PersonRequest, kept: AdministratorDraft, form: AdministratorForm, refusal: Refused
) -> HttpResponse:
    """The refusal at the field that it is about."""
    fields = {invitations.AddressTaken: "email", actions.LastGlobal: "is_global"}
    form.add_error(fields.get(type(refusal)), str(refusal))
    return _show(request, kept, form, access_error=isinstance(refusal, OnlyPrimary | NotWhilePending))


def _show(
    request: PersonRequest, kept: AdministratorDraft, form: AdministratorForm, *, access_error: bool = False
) -> HttpResponse:
    person: Any = kept.person
    context = {
        "form": form,
        "kept": kept,
        "person": person,
        "access_error": access_error,
        "is_locked": person is not None and locking.is_used_up(person.tries),
    }
    template = "accounts/edit_administrator.html" if person else "accounts/add_administrator.html"
    return render(request, template, context, status=422 if form.is_bound else 200)


@needs("administrators.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def add_profiles(request: PersonRequest, draft: uuid.UUID) -> HttpResponse:
    """Organization Profile access of somebody who is being added."""
    return _profiles(request, AdministratorDraft.of(request, draft, None))


@needs("administrators.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def edit_profiles(request: PersonRequest, pk: int, draft: uuid.UUID) -> HttpResponse:
    """Organization Profile access of somebody who is being edited."""
    return _profiles(request, AdministratorDraft.of(request, draft, _person(request, pk)))


def _profiles(request: PersonRequest, kept: AdministratorDraft) -> HttpResponse:
    if request.method == "POST":
        kept.change_access(request.POST)
        if request.POST.get("go") == "update":
            return redirect(kept.url())
        return redirect(request.path)
    context = {"rows": kept.rows(), "roles": Access.Role.choices, "person": kept.person}
    return render(request, "accounts/profile_access.html", context)


@needs("administrators.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: PersonRequest) -> HttpResponse:
    """Asks once more for those who were ticked, then deletes them; who cannot be deleted stays, with the reason."""
    people = (
        Administrator.objects.visible_to(request.user)
        .filter(pk__in=picked(request))
        .order_by("last_name", "first_name")
    )
    if not people:
        messages.info(request, _("Tick the administrators that you want to delete first."))
        return redirect("accounts:administrators")
    if request.method != "POST":
        return render(request, "accounts/delete_administrators.html", {"people": people})
    for person in people:
        _attempt(request, partial(actions.remove, person, by=request.user), _("%(person)s was deleted."), person)
    return redirect("accounts:administrators")


@needs("administrators.manage")
@require_POST
def invite_again(request: PersonRequest, pk: int) -> HttpResponse:
    person = _person(request, pk)
    says = _("The invitation to %(person)s is on its way.")
    _attempt(request, lambda: invitations.invite_again(person, by=request.user), says, person)
    return redirect(person)


@needs("administrators.manage")
@require_POST
def unlock(request: PersonRequest, pk: int) -> HttpResponse:
    person = _person(request, pk)
    _attempt(request, lambda: actions.unlock(person, by=request.user), _("%(person)s is unlocked."), person)
    return redirect(person)


@needs("administrators.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def remove_second_factor(request: PersonRequest, pk: int) -> HttpResponse:
    """For somebody who lost the phone or the key: asks once more, then takes every factor away."""
    person = _person(request, pk)
    if request.method != "POST":
        return render(request, "accounts/remove_second_factor.html", {"person": person})
    says = _("The second factor of %(person)s was removed.")
    _attempt(request, lambda: factors.remove_all(person, by=request.user), says, person)
    return redirect(person)


def _attempt(request: PersonRequest, act: Callable[[], Any], says: str, person: Administrator) -> None:
    """Act, and say what became of it."""
    try:
        act()
    except Refused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, says % {"person": person.email})
