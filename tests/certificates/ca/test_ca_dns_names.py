"""Names that can stand in a certificate, and names that cannot."""

import pytest

from certificates.ca.dns_names import problem


@pytest.mark.parametrize(
    "name",
    [
        "example.com", "*.example.com", "WWW.Example.com", "a.b.c.d.example.com", "xn--mgbh0fb.example", "1und1.de",
        "a-b.example.com", f"{'a' * 63}.example.com", "server", "a--b.example.com",
    ],
)  # fmt: skip
def test_name_is_fine(name):
    assert problem(name) == ""


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("192.0.2.1", "is an IP address"),
        ("2001:db8::1", "is an IP address"),
        ("www.*.example.com", "has a wildcard in the wrong place"),
        ("w*.example.com", "has a wildcard in the wrong place"),
        ("*", "has a wildcard in the wrong place"),
        ("under_score.example.com", "is not made of labels of letters, digits and hyphens"),
        ("-a.example.com", "is not made of labels of letters, digits and hyphens"),
        ("a-.example.com", "is not made of labels of letters, digits and hyphens"),
        ("example.com.", "is not made of labels of letters, digits and hyphens"),
        ("example..com", "is not made of labels of letters, digits and hyphens"),
        ("", "is not made of labels of letters, digits and hyphens"),
        ("*.", "is not made of labels of letters, digits and hyphens"),
        ("bücher.example", "is not made of labels of letters, digits and hyphens"),
        ("example.com\n", "is not made of labels of letters, digits and hyphens"),
        (f"{'a' * 64}.example.com", "is not made of labels of letters, digits and hyphens"),
        ("ab--cd.example.com", "has two hyphens where only an A-label may have them"),
        ("r3---sn.example.com", "has two hyphens where only an A-label may have them"),
        ("xn--a!.example.com", "is not made of labels of letters, digits and hyphens"),
        ("xn--99999999.example.com", "has two hyphens where only an A-label may have them"),
        (".".join(["a" * 60] * 5), "is longer than 253 characters"),
    ],
)
def test_name_is_refused(name, says):
    assert problem(name) == says
