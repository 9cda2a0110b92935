"""Definitions as forms and the database hand them over."""

from reporting import definition, query
from sslportal.kit import clock


def make_rule(field, condition, value=None, joined=""):
    return {"field": field, "condition": condition, "value": value, "joined": joined}


def make_definition(subject="certificate", fields=None, rules=(), sort=()):
    fields = fields or {"certificate": ["common_name"], "domain": ["name"]}[subject]
    data = {"type": subject, "fields": list(fields), "rules": list(rules), "sort": list(sort)}
    return definition.from_json(data)


def found(made, person):
    """The cells of the rows of the report."""
    return list(query.values(made, query.rows(made, person, clock.now())))


def first_cells(made, person):
    return [cells[0] for cells in found(made, person)]
