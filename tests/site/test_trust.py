"""Help → Trust this CA: what it shows of the CAs. Its steps are tried in tests/certificates/servers/test_systems.py."""

import html
import re
from datetime import timedelta

import pytest
import time_machine
from cryptography.hazmat.primitives import hashes
from django.utils import timezone

from certificates.models import CertificateAuthority
from tests.factories import stand_in_der
from tests.stranger import ask

PATH = "/help/trust/"


def words(client):
    """The words of the page, with one space between them; those that belong together without."""
    content = client.get(PATH).content.decode()
    joined = re.sub(r"</?span>|<wbr>", "", content)
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", joined).split()))


def between(text, begin, end):
    return text[text.index(begin) + len(begin) : text.index(end, text.index(begin))].strip()


def add_ca(name, *, lasts=3650, **fields):
    role = name.partition("-")[0]
    ends = timezone.now() + timedelta(days=lasts)
    values = {"role": role, "der": stand_in_der(), "not_after": ends, "is_current": False}
    return CertificateAuthority.objects.create(name=name, **(values | fields))


def rows(client):
    """The table of intermediates, without what is said of the files."""
    content = client.get(PATH).content.decode()
    body = content[content.index("<tbody>") : content.index("</tbody>")]
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL) for row in body.split("</tr>")[:-1]]
    return [
        tuple(" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in (row[0], row[1], row[4])) for row in cells
    ]


def test_somebody_without_an_account_sees_the_root(ca, client):
    root = ca.made[0].certificate
    text = words(client)

    assert between(text, "Subject", "Valid from") == "CN=SSL Portal Root CA 1, O=SSL Portal"
    assert between(text, "Key", "Serial Number") == "ECDSA P-256"
    assert between(text, "Serial Number", "SHA-256 fingerprint") == f"{root.serial_number:X}"
    for name, algorithm in (("SHA-256", hashes.SHA256()), ("SHA-1", hashes.SHA1())):  # noqa: S303
        said = text[text.index(f"{name} fingerprint") :].split()[2]
        assert said == root.fingerprint(algorithm).hex(":").upper()
    assert "Sign Out" not in text


def test_dates_are_those_of_the_certificate(ca, client):
    content = client.get(PATH).content.decode()
    root = ca.made[0].certificate

    shown = re.findall(r'<time datetime="([^"]+)"', content)
    assert shown[:2] == [root.not_valid_before_utc.isoformat(), root.not_valid_after_utc.isoformat()]


def test_a_fingerprint_is_copied_whole_and_shown_in_groups(ca, client):
    content = client.get(PATH).content.decode()
    groups = re.findall(r"<span>([0-9A-F:]+)</span><wbr>", content)

    assert [len(group) for group in groups] == [24, 24, 24, 23, 24, 24, 11]
    assert re.findall(r'data-copy="([^"]+)"', content) == ["".join(groups[:4]), "".join(groups[4:])]


def test_every_file_is_where_the_page_says(ca, client):
    content = client.get(PATH).content.decode()
    names = ("root-1", "policy-1", "issuing-1")

    links = re.findall(r'href="(/pki/[^"]+)"', content)

    assert links == [
        f"/pki/{place}" for name in names for place in (f"ca/{name}.pem", f"ca/{name}.crt", f"crl/{name}.crl")
    ]
    certificates = [link for link in links if link.startswith("/pki/ca/")]
    assert [ask(link).status for link in certificates] == [200] * 6


def test_intermediates_are_in_the_order_of_the_chain(ca, client):
    assert rows(client) == [
        ("SSL Portal Policy CA 1", "Current", "policy-1.crl"),
        ("SSL Portal Issuing CA 1", "Current", "issuing-1.crl"),
    ]


def test_an_earlier_intermediate_is_shown_until_it_ends(ca, client):
    CertificateAuthority.objects.filter(name="issuing-1").update(is_current=False)
    add_ca("issuing-2", is_current=True)
    add_ca("issuing-3", lasts=-1)

    assert [row[1:] for row in rows(client)] == [
        ("Current", "policy-1.crl"),
        ("Current", "issuing-2.crl"),
        ("Earlier", "issuing-1.crl"),
    ]


def test_of_two_roots_the_steps_are_for_the_current_one(ca, client):
    CertificateAuthority.objects.filter(name="root-1").update(is_current=False)
    add_ca("root-2", is_current=True)

    content = client.get(PATH).content.decode()

    assert re.findall(r'<h2 id="(root-\d)">', content) == ["root-2", "root-1"]
    assert content.index("Current") < content.index("Earlier")
    assert "certutil -addstore -f Root root-2.crt" in content
    assert "root-1.crt</pre>" not in content


def test_a_root_that_has_ended_is_no_longer_offered(ca, client):
    with time_machine.travel(ca.made[0].certificate.not_valid_after_utc + timedelta(seconds=1)):
        text = words(client)

    assert "This portal has no CA yet." in text
    assert "fingerprint of the file" not in text


def test_without_a_ca_the_page_says_so(db, client):
    text = words(client)

    assert "This portal has no CA yet. Whoever runs it makes one with this command: manage.py ca init" in text
    assert "Intermediate certificates" not in text


@pytest.mark.parametrize(("policy", "is_said"), [("private", False), ("public-trust", True)])
def test_where_systems_may_know_the_root_already_it_is_said(ca, client, settings, policy, is_said):
    settings.PORTAL_POLICY = policy

    assert ("Systems whose makers have taken its root in know it already" in words(client)) is is_said


def test_commands_are_safe_whatever_the_brand_is(ca, client, settings):
    settings.PORTAL_BRAND = '株式会社 "$(reboot)"; `x` <b>'

    content = client.get(PATH).content.decode()
    blocks = "".join(re.findall(r"<pre[^>]*>(.*?)</pre>", content, re.DOTALL))

    assert "-alias reboot-x-b-root-1" in blocks
    assert not re.search(r"\$\(|`|<b>", blocks)
