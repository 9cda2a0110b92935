"""The pages of the report builder as a person sends them, for the tests of it."""

from reporting.models import Report
from sslportal.kit.models import Draft
from tests.wizard import send, url_of

NEW = "/reporting/new/"
DAILY = {"every": "daily", "starts_on": "2031-03-31", "time": "07:00", "recipients": "boss@example.com"}


def name_it(client, *, type="certificate", name="Expiring soon", **more):
    """Send the first page; what comes next."""
    return send(client, NEW, {"type": type, "name": name, **more})


def draft():
    return Draft.objects.get()


def url(key, one=None):
    return f"{NEW}{(one or draft()).pk}/{key}/"


def select(client, *keys, go="continue", **more):
    """Send the page of the fields."""
    return send(client, url("fields"), {"selected": list(keys), "go": go, **more})


def rules(*given, sort=()):
    """The page of the records, filled in: (field, condition, values…), each but the first with AND or OR before it."""
    sent = {}
    for index, rule in enumerate(given):
        joined, rule = (rule[0], rule[1:]) if rule[0] in ("and", "or") else ("", rule)
        field, condition, *values = rule
        row = {"joined": joined, "field": field, "condition": condition, "value": values}
        sent |= {f"rule-{index}-{name}": value for name, value in row.items()}
    for index, (field, order) in enumerate(sort):
        sent |= {f"sort-{index}-field": field, f"sort-{index}-order": order}
    return sent


def record(client, *given, sort=(), go="continue", **more):
    """Send the page of the records."""
    return send(client, url("records"), {**rules(*given, sort=sort), "go": go, **more})


def schedule(client, go="finish", **fields):
    """Send the last page."""
    return send(client, url("schedule"), {"every": "disabled", "go": go, **fields})


def to_records(client, *, type="certificate", fields=("common_name",)):
    """The page of the records of a report that is being made."""
    name_it(client, type=type)
    return select(client, *fields)


def to_schedule(client):
    to_records(client)
    return record(client)


def page_key(response):
    return url_of(response).rstrip("/").rsplit("/", 1)[-1]


def made():
    return Report.objects.get()


def says(response):
    return [str(message) for message in response.context["messages"]]


def keys(fields):
    return [field.key for field in fields]


def shown_rules(response):
    """The rules as they stand on the page: how joined, which field, what is asked of it, the values."""
    return [
        (row.joined, row.field.key if row.field else "", row.condition.key if row.condition else "", *row.values)
        for row in response.context["form"].rows
    ]


def problems(response):
    return [says for _anchor, says in response.context["form"].problems]
