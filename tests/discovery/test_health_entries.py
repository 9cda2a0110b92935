"""The URLs of a health check, as people write them."""

import re

import pytest

from discovery.health import entries
from discovery.health.models import HealthCheck
from tests.discovery.health_checks import path


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("www.example.com", ["www.example.com"]),
        ("https://WWW.example.com:8443/path?x=1#y", ["www.example.com:8443"]),
        ("a.example.com b.example.com,c.example.com;d.example.com\ne.example.com", [f"{x}.example.com" for x in "abcde"]),
        ("www.example.com. https://www.example.com/ www.example.com:443", ["www.example.com"]),
        ("192.0.2.1:993 [2001:db8::1]:8443 2001:DB8::2 [2001:db8::3]",
         ["192.0.2.1:993", "[2001:db8::1]:8443", "[2001:db8::2]", "[2001:db8::3]"]),
        ("intranet, my_host:8443", ["intranet", "my_host:8443"]),
        ("https://bücher.example/", ["xn--bcher-kva.example"]),
        ("ｗｗｗ.example.com、mail.example.com", ["www.example.com", "mail.example.com"]),
    ],
)  # fmt: skip
def test_urls_are_read_as_people_write_them(text, places):
    assert [str(place) for place in entries.parse(text)] == places


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "nothing"),
        (" ,; \n", "nothing"),
        ("http://www.example.com", "scheme"),
        ("ftp://www.example.com", "scheme"),
        ("https://user:secret@www.example.com", "user"),
        ("paul@example.com", "user"),
        ("*.example.com", "wildcard"),
        ("127.1", "number"),
        ("0x7f.1", "number"),
        ("256.1.1.1", "number"),
        ("www.example.com:0", "port"),
        ("www.example.com:65536", "port"),
        ("www.example.com:99999999999999999999", "port"),
        ("www.example.com:http", "unclear"),
        ("-www.example.com", "unclear"),
        ("www..example.com", "unclear"),
        ("https://", "unclear"),
        ("[2001:db8::1", "unclear"),
        ("[fe80::1%25eth0]", "unclear"),
        ("ab\0c.example.com", "unclear"),
        ("224.0.0.1", "no-host"),
        ("[::]:8443", "no-host"),
        ("[ff02::1]:443", "no-host"),
        (" ".join(f"{n}.example.com" for n in range(21)), "too-many"),
        ("x" * 10_000, "too-long"),
    ],
)
def test_what_is_no_url_is_refused_with_its_reason(text, code):
    with pytest.raises(entries.Bad) as caught:
        entries.parse(text)

    sentence = re.escape(str(entries.SENTENCES[code])).replace(r"\{", "{").replace(r"\}", "}")
    pattern = re.sub(r"{\w+}", "(?s:.*)", sentence)
    assert re.fullmatch(pattern, str(caught.value.sentences[0]))


def test_every_wrong_entry_is_told_at_the_field(order, sign_in):
    answer = sign_in(order.requester).post(path(order), {"urls": "a.example.com http://b.example.com <b>*</b>"})

    assert answer.status_code == 422
    assert len(answer.context["form"].errors["urls"]) == 2
    assert "“http://b.example.com” is not reached by TLS" in answer.content.decode()
    assert "<b>*</b>" not in answer.content.decode()
    assert not HealthCheck.objects.exists()


def test_ten_thousand_characters_are_refused_and_not_lost(order, sign_in):
    text = "https://www.example.com/" + "x" * 10_000

    answer = sign_in(order.requester).post(path(order), {"urls": text})

    assert answer.status_code == 422
    assert text in answer.content.decode()
