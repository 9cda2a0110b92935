"""Wizards: pages in a row, a draft in the database that keeps what was typed on each, and nothing lost on the way."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from django import forms
from django.http import HttpRequest, QueryDict
from django.shortcuts import get_object_or_404
from django.utils.functional import Promise, cached_property

from sslportal.kit.models import Draft


@dataclass(frozen=True)
class Step:
    """One page. `data` is handed to the page's form and template; a page without a form only shows something."""

    key: str
    title: str | Promise
    template: str
    form: type["StepForm"] | None = None
    data: Any = None


class StepForm(forms.Form):
    """A page's form: it knows the wizard that it is part of, and its own step."""

    def __init__(self, *args: Any, wizard: "Wizard", step: Step, **kwargs: Any) -> None:
        self.wizard, self.step = wizard, step
        super().__init__(*args, **kwargs)

    def tidies(self, typed: QueryDict) -> bool:
        """Whether to_keep moves what was typed, so that the kept form is checked instead of the sent one."""
        return False

    def to_keep(self, typed: QueryDict) -> dict[str, list[str]]:
        """What of the typed text goes into the draft: all fields of the form. Narrow it where a field may hold a secret."""
        return {name: typed.getlist(name) for name in self.fields if name in typed}


class Wizard:
    """The steps of one draft. A subclass names its kind and lists its steps, which may follow from what was typed."""

    kind = ""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft

    def steps(self) -> list[Step]:
        """All steps as they are now, in order. Ends before the first whose predecessor must be filled in first."""
        raise NotImplementedError

    @cached_property
    def listed(self) -> list[Step]:
        return self.steps()

    def forget(self) -> None:
        """Ask for the steps anew, after something was typed."""
        self.__dict__.pop("listed", None)

    def step(self, key: str) -> Step | None:
        return next((step for step in self.listed if step.key == key), None)

    def form(self, step: Step) -> StepForm | None:
        """The page's form with what the draft holds as its starting values."""
        if step.form is None:
            return None
        return step.form(initial=self._initial(step), wizard=self, step=step)

    def sent(self, step: Step, data: QueryDict) -> StepForm:
        """The page's form as sent."""
        if step.form is None:
            raise ValueError("The step has no form.")
        return step.form(data, wizard=self, step=step)

    def keep(self, step: Step, typed: QueryDict) -> StepForm:
        """Write what was typed into the draft, and return the form, ready to be checked."""
        form = self.sent(step, typed)
        kept = {name: [value.replace("\0", "") for value in values] for name, values in form.to_keep(typed).items()}
        self.draft.data = {**self.draft.data, step.key: kept}
        self.save()
        return self.sent(step, as_query(kept)) if form.tidies(typed) else form

    def save(self) -> None:
        """Write the draft. One that was finished or discarded meanwhile is not written again (DatabaseError)."""
        self.draft.save(force_update=not self.draft._state.adding)
        self.forget()

    def discard(self) -> None:
        """Drop the draft, where there is one already."""
        if not self.draft._state.adding:
            self.draft.delete()

    def answers(self, key: str, step: Step | None = None) -> dict[str, Any] | None:
        """What was answered on the page, checked and cleaned; None where it is missing or wrong."""
        step = step or self.step(key)
        typed = self.draft.typed(key)
        if typed is None or step is None or step.form is None:
            return None
        sent = self.sent(step, as_query(typed))
        return sent.cleaned_data if sent.is_valid() else None

    def _initial(self, step: Step) -> dict[str, Any]:
        typed = self.draft.typed(step.key) or {}
        unbound = step.form(wizard=self, step=step) if step.form else None
        return {
            name: values if _takes_many(unbound, name) else values[-1]
            for name, values in typed.items()
            if values and unbound and name in unbound.fields
        }

    def before(self, key: str) -> Step | None:
        index = self._keys().index(key)
        return self.listed[index - 1] if index else None

    def after(self, key: str) -> Step | None:
        later = self.listed[self._keys().index(key) + 1 :]
        return later[0] if later else None

    def furthest(self) -> Step:
        """The first page that is not answered yet, else the last one: where a draft is taken up again."""
        unanswered = (step for step in self.listed if step.form and self.answers(step.key) is None)
        return next(unanswered, self.listed[-1])

    def _keys(self) -> list[str]:
        return [step.key for step in self.listed]


class Answer(NamedTuple):
    """What a person did with a page: the button, or "mend" where the page must be shown again with its errors."""

    go: str
    form: StepForm | None


def answer(request: HttpRequest, wizard: Wizard, step: Step) -> Answer:
    """Keep what was typed on the page that was sent. Going back and keeping ask for no correctness, canceling keeps nothing."""
    go = request.POST.get("go", "continue")
    if go == "cancel":
        return Answer(go, None)
    form = wizard.keep(step, request.POST) if step.form else None
    is_wrong = go not in ("keep", "back") and form is not None and not form.is_valid()
    return Answer("mend" if is_wrong else go, form)


def _takes_many(form: forms.Form | None, name: str) -> bool:
    return form is not None and isinstance(form.fields[name].widget, forms.SelectMultiple | forms.MultipleHiddenInput)


def as_query(typed: Mapping[str, list[str]]) -> QueryDict:
    query = QueryDict(mutable=True)
    for name, values in typed.items():
        query.setlist(name, values)
    return query


def draft_of(request: HttpRequest, kind: str | Collection[str], pk: Any, *, lock: bool = False) -> Draft:
    """The person's own draft, of the kind or one of the kinds; anybody else's does not exist."""
    drafts = Draft.objects.select_for_update() if lock else Draft.objects.all()
    kinds = [kind] if isinstance(kind, str) else kind
    return get_object_or_404(drafts, pk=pk, kind__in=kinds, owner=request.user)
