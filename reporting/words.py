"""The rules of a definition in words, with the brackets that AND and OR mean."""

from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from reporting.definition import Definition, Rule, groups
from reporting.fields import Kind
from reporting.values import Takes


def sentence(definition: Definition) -> str:
    """Which records the report has."""
    alternatives = groups(definition.rules)
    if not alternatives:
        return _("All records")
    both, either = f" {pgettext('rule', 'AND')} ", f" {pgettext('rule', 'OR')} "
    told = [both.join(map(rule_words, group)) for group in alternatives]
    if len(told) == 1:
        return told[0]
    is_several = [len(group) > 1 for group in alternatives]
    return either.join(f"({words})" if several else words for words, several in zip(told, is_several, strict=True))


def rule_words(rule: Rule) -> str:
    condition, value = str(rule.condition.words), _value(rule)
    if rule.condition.takes == Takes.DAYS:  # their place is among the words
        condition, value = condition.replace("…", value), ""
    if rule.field.kind == Kind.TRUTH:
        return pgettext("rule", "%(field)s: %(condition)s") % {"field": rule.field.label, "condition": condition}
    named = {"field": rule.field.label, "condition": condition, "value": value}
    return (pgettext("rule", "%(field)s %(condition)s %(value)s") % named).strip()


def _value(rule: Rule) -> str:
    value: Any = rule.value
    match rule.condition.takes:
        case Takes.NOTHING:
            return ""
        case Takes.TEXT:
            return pgettext("rule", "“%(text)s”") % {"text": value}
        case Takes.CHOICES:
            labels = dict(rule.field.choices)
            return ", ".join(str(labels[one]) for one in value)
        case Takes.DAY:
            return date_format(date.fromisoformat(value))
        case Takes.RANGE:
            return pgettext("rule", "%(low)d and %(high)d") % {"low": value[0], "high": value[1]}
    return str(value)
