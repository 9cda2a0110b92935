"""The pages of the request wizard as a person sends them, for the tests of it."""

from tests.openssl import csr_pem

NEW = "/certificates/new/"


def first_page(people, **fields):
    values = {
        "profile": people.ov.pk, "level": "OV", "hash_algorithm": "SHA-256", "validity": "365-days",
        "csr": csr_pem(), "comments": "For the shop.",
    }  # fmt: skip
    return values | fields


def send(client, url, data=None, **more):
    """Send a page and return the page that it leads to, or the page itself with its errors."""
    return client.post(url, {**(data or {}), **more}, follow=True)


def url_of(response):
    return response.redirect_chain[-1][0]


def errors(response, field):
    return [str(error) for error in response.context["form"].errors.get(field, [])]


def details(name="www.example.com", **fields):
    return {"common_name": name, "sans": [], "add_sans": "", "recipients": "", **fields}
