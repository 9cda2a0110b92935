"""Somebody without an account at a request portal, for the tests of it."""

import re

from certificates.models import Order
from tests.letters import last_letter, link_in
from tests.openssl import csr_pem

OLGA = "olga@outside.example"


class Outsider:
    """A browser at the portal. Each deed returns the page that it leads to."""

    def __init__(self, client, portal, email=OLGA):
        self.client, self.portal, self.email = client, portal, email
        self.base = f"/request/{portal.slug}/"

    def get(self, path="", **more):
        return self.client.get(path if path.startswith("/") else self.base + path, follow=True, **more)

    def send(self, path="", data=None, **fields):
        path = path if path.startswith("/") else self.base + path
        return self.client.post(path, {**(data or {}), **fields}, follow=True)

    def enter(self, email=None, **fields):
        self.email = email or self.email
        return self.send("", email=self.email, **{"go": "new", **fields})

    def code(self):
        """The one in the newest mail."""
        return re.search(r"\b\d{6}\b", last_letter(self.email).subject).group()

    def prove(self, to="new"):
        return self.send(f"code/?to={to}", code=self.code())

    def enter_proved(self, email=None):
        self.enter(email, go="requests")
        return self.prove("requests")

    def first_page(self, profile, **fields):
        data = {
            "profile": profile.pk, "level": "OV", "hash_algorithm": "SHA-256", "validity": "365-days",
            "csr": csr_pem(), "comments": "For the shop that we run for you.",
        }  # fmt: skip
        return self.send("new/", data | fields)

    def request(self, profile, name="www.example.com", **fields):
        """Through the whole wizard. Returns the order."""
        page = self.first_page(profile, **fields)
        page = self.send(url_of(page), common_name=name, sans=[], add_sans="")
        self.send(url_of(page), go="finish")
        return Order.objects.latest("pk")

    def request_page(self, order, tail=""):
        return f"requests/{order.outsider.reference}/{tail}"

    def link(self):
        return link_in(last_letter(self.email))


def url_of(response):
    return response.redirect_chain[-1][0]


def text_of(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def locked(queries):
    """The tables of which the queries locked or changed rows, in their order."""
    changes = (re.search(r'^SELECT .* FROM "(\w+)".* FOR |^UPDATE "(\w+)"', query["sql"]) for query in queries)
    return [found[1] or found[2] for found in changes if found]
