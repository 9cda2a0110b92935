"""What the request page says of the CSR in its box: the same with JavaScript while it is there, and without after Continue."""

import html
import re
from pathlib import Path

import pytest

from certificates.models import CompromisedKey
from certificates.states import Hold, Status
from tests.certificates.csr import csr_maker as maker
from tests.certificates.csr.csr_maker import dns, part, tlv
from tests.factories import make_ev_profile, make_order, make_profile
from tests.openssl import csr_pem
from tests.wizard import NEW, errors, first_page, send, url_of

CORPUS = Path(__file__).parent.parent / "csr" / "corpus"
READ = f"{NEW}read-csr/"
WEAK = csr_pem("www.example.com", ("shop.example.com",), key="rsa:1024")


@pytest.fixture
def paul(people, sign_in):
    return sign_in(people.paul)


def words_of(content):
    """The text of some HTML, with one space between words."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", content)).split())


def words(page):
    return words_of(page.content.decode())


@pytest.fixture
def read(people, paul):
    """What the page says while the CSR is there."""

    def read(pem, **fields):
        return words(paul.post(READ, {"csr": pem, "profile": people.ov.pk, "level": "OV", **fields}))

    return read


def make_pem(*subject, sans=(), attributes=b"", **options):
    names = maker.alternative_names(*sans) if sans else b""
    return maker.pem(maker.make_csr(*subject, attributes=names + attributes, **options))


def common_name(text):
    return part(maker.COMMON_NAME, text.encode())


def test_the_key_and_the_names_are_told(read):
    said = read(make_pem(common_name("www.example.com"), sans=[dns(b"shop.example.com"), dns(b"www.example.com")]))

    assert "The CSR can be used. Key ECDSA P-256 Common Name www.example.com SANs 1 of 98 shop.example.com" in said


def test_each_name_that_cannot_be_certified_is_told_with_the_reason(read):
    others = [dns(b"intranet"), dns(b"10.0.0.5"), dns(b"me@example.com"), dns(b"co.uk"), dns(b"a_b.example.com")]

    said = read(make_pem(common_name("www.example.com"), sans=[dns(b"shop.example.com."), *others]))

    assert "SANs 1 of 98 shop.example.com Not possible" in said
    for why in (
        "“intranet” is an internal name",
        "“10.0.0.5” is an IP address",
        "“me@example.com” is an e-mail address",
        "“co.uk” is a public suffix",
        "“a_b.example.com” is not a domain name",
    ):
        assert why in said


def test_wildcards_are_possible_for_ov_only(people, read):
    profile = make_ev_profile(people.company, primary=people.paul)
    pem = make_pem(common_name("*.example.com"), sans=[dns(b"*.shop.example.com"), dns(b"shop.example.com")])

    as_ov, as_ev = read(pem), read(pem, profile=profile.pk, level="EV")

    assert "SANs 2 of 98 *.shop.example.com shop.example.com" in as_ov
    assert "Not possible" not in as_ov
    assert "SANs 1 of 98 shop.example.com Not possible *.example.com is a wildcard" in as_ev
    assert "*.shop.example.com is a wildcard" in as_ev


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (tlv(0x87, b"\xc0\0\2\1"), "The IP addresses in the CSR are left out"),
        (tlv(0x81, b"a@b.test"), "The e-mail addresses in the CSR are left out"),
        (tlv(0x86, b"https://b.test/"), "The web addresses (URIs) in the CSR are left out"),
    ],
)
def test_other_kinds_of_names_are_told_to_be_left_out(read, value, says):
    assert says in read(make_pem(common_name("www.example.com"), sans=[value]))


@pytest.mark.parametrize(
    ("oid", "content", "says"),
    [
        ("0603551d13", "30030101ff", "The CSR asks for the certificate of a CA, which is not issued"),
        ("0603551d1e", "3000", "The name constraints in the CSR are not used"),
        ("0603551d0f", "03020106", "The key usages in the CSR are not used"),
    ],
)
def test_what_a_server_may_not_ask_for_is_told_to_be_left_out(read, oid, content, says):
    asked = maker.asks_for(maker.extension(bytes.fromhex(oid), bytes.fromhex(content), critical=True))

    assert says in read(make_pem(common_name("www.example.com"), attributes=asked))


def test_another_organization_is_said_plainly_not_to_be_used(read):
    said = read(make_pem(part(maker.ORGANIZATION, "Søster A/S".encode()), common_name("www.example.com")))

    assert (
        "Organization Søster A/S This is not used. "
        "The certificate carries the vetted organization of the profile “Example OV”: Example Corporation." in said
    )


@pytest.mark.parametrize("organization", [b"Example Corporation", b"EXAMPLE  corporation"])
def test_the_same_organization_is_not_said_to_be_unused(read, organization):
    said = read(make_pem(part(maker.ORGANIZATION, organization), common_name("www.example.com")))

    assert "vetted organization" in said
    assert "not used" not in said


def test_without_an_organization_the_vetted_one_is_told(read):
    said = read(make_pem(common_name("www.example.com")))

    assert "Organization — The certificate carries the vetted organization" in said


def test_a_common_name_that_is_none_is_told_with_what_stands_in_for_it(read):
    said = read(make_pem(common_name("Web Server"), sans=[dns(b"www.example.com"), dns(b"shop.example.com")]))

    assert "Common Name www.example.com SANs 1 of 98 shop.example.com" in said
    assert "“Web Server” is not a domain name" in said


def test_a_name_in_unicode_is_shown_in_both_forms(read):
    assert "Common Name xn--bcher-kva.example.com (bücher.example.com)" in read(
        make_pem(common_name("bücher.example.com"))
    )


def test_a_long_common_name_is_told_to_stand_among_the_sans(read):
    assert "will stand among the SANs only" in read(make_pem(common_name(f"{'a' * 60}.example.com")))
    assert "among the SANs only" not in read(make_pem(common_name(f"{'a' * 52}.example.com")))


def test_a_csr_signed_with_sha_1_is_told_to_do_no_harm(read):
    said = read((CORPUS / "tools" / "keytool17-sha1.csr").read_text())

    assert "Made with keytool" in said
    assert "signed with SHA-1. That does no harm" in said


def test_more_names_than_a_certificate_takes_are_counted_and_shortened(paul, people):
    pem = make_pem(sans=[dns(b"%04x.jp" % number) for number in range(4_990)])

    page = paul.post(READ, {"csr": pem, "profile": people.ov.pk, "level": "OV"})

    said = words(page)
    assert "SANs 4989 of 98" in said
    assert "001e.jp and 4959 more" in said
    assert "A certificate takes at most 98 SANs" in said
    assert len(page.content) < 10_000


def test_as_many_bad_names_are_counted_and_shortened(paul, people):
    pem = make_pem(common_name("www.example.com"), sans=[dns(b"%04x" % number) for number in range(4_990)])

    page = paul.post(READ, {"csr": pem, "profile": people.ov.pk, "level": "OV"})

    assert "and 4960 more" in words(page)
    assert len(page.content) < 15_000


def test_the_fix_for_a_weak_key_is_told_with_the_commands_of_the_software(read):
    keytool = maker.asks_for(
        maker.extension(maker.KEY_IDENTIFIER, tlv(4, bytes(20))),
        maker.extension(maker.ALT_NAME, tlv(0x30, dns(b"shop.example.com"), dns(b"intranet"))),
    )
    unfit = maker.make_csr(common_name("www.example.com"), attributes=keytool, public_key=maker.unknown_key())

    said = read(maker.pem(unfit, "NEW CERTIFICATE REQUEST"))

    assert "A new key and CSR with keytool" in said
    assert "keytool -genkeypair -alias www.example.com-new -keyalg RSA -keysize 3072" in said
    assert '"SAN=dns:www.example.com,dns:shop.example.com"' in said


def test_a_csr_that_need_only_be_copied_again_gets_no_commands(read):
    said = read(csr_pem()[:-200])

    assert "copy the whole text again" in said
    assert "A new key" not in said


def test_a_compromised_key_gets_the_commands_too(people, read):
    order = make_order(people.ov, people.paul)
    CompromisedKey.objects.create(key_sha256=order.key_sha256, order=order, by=people.vera)

    said = read(order.csr)

    assert "reported as stolen or compromised" in said
    assert '-addext "subjectAltName=DNS:www.example.com"' in said


@pytest.mark.parametrize("name", ["bad-private-key.csr", "bad-csr-and-key.csr"])
def test_a_private_key_is_not_shown_but_how_to_make_another(read, name):
    said = read((CORPUS / "defect" / name).read_text())

    assert "exposed" in said
    assert "openssl req -new -newkey rsa:3072" in said
    assert "Put your own names in the place of www.example.com." in said
    assert "PRIVATE" not in said


@pytest.mark.parametrize("profile", ["", "nonsense", "99999999999999999999"])
def test_without_a_profile_only_the_key_is_told(read, profile):
    said = read(make_pem(common_name("www.example.com")), profile=profile)

    assert said == "The CSR can be used. Key ECDSA P-256"


def test_a_profile_of_others_is_none(people, read):
    theirs = make_profile(people.foreign, "Theirs", organization="Secret Society")

    assert "Secret Society" not in read(make_pem(common_name("www.example.com")), profile=theirs.pk)


@pytest.mark.parametrize("text", ["", " \n", "\ufeff"])
def test_of_an_empty_box_nothing_is_said(read, text):
    assert read(text) == ""


def fragment(page):
    """What stands under the box, when the page is shown without JavaScript."""
    content = page.content.decode()
    start = content.index('<div class="csr-read">')
    return words_of(content[start : content.index("</div>\n</div>", start)])


def test_without_javascript_the_fix_is_on_the_page_with_the_error(people, paul):
    page = paul.post(NEW, first_page(people, csr=WEAK))

    assert "has 1024 bits" in errors(page, "csr")[0]
    assert "has 1024 bits" not in fragment(page)  # it stands at the box
    assert '"subjectAltName=DNS:www.example.com,DNS:shop.example.com"' in fragment(page)


def test_without_javascript_the_reading_is_on_the_page_with_other_errors(people, paul):
    page = paul.post(NEW, first_page(people, validity="nonsense"))

    assert "The CSR can be used." in fragment(page)
    assert "vetted organization" in fragment(page)


def test_without_javascript_the_fix_for_an_exposed_key_is_on_the_page(people, paul):
    text = (CORPUS / "defect" / "bad-csr-and-key.csr").read_text()

    page = paul.post(NEW, first_page(people, csr=text))

    assert "openssl req -new -newkey rsa:3072" in fragment(page)


def test_coming_back_to_a_draft_shows_the_reading_again(people, paul):
    here = url_of(send(paul, NEW, first_page(people))).replace("details", "request")

    assert "The CSR can be used." in fragment(paul.get(here))


def test_coming_back_to_a_draft_with_a_weak_key_tells_what_is_wrong(people, paul):
    kept = paul.post(NEW, first_page(people, csr=WEAK, go="keep"))

    said = fragment(paul.get(kept["X-Draft"]))

    assert "has 1024 bits" in said
    assert "openssl req -new" in said


def test_a_new_page_says_nothing_of_a_csr(paul):
    assert fragment(paul.get(NEW)) == ""


def test_where_an_order_waits_for_a_new_csr_the_fix_is_told_as_well(people, paul):
    order = make_order(people.ov, people.paul, status=Status.PENDING, hold=Hold.KEY, hold_detail="key-compromised")

    page = paul.post(f"/certificates/{order.pk}/new-csr/", {"csr": WEAK})

    assert page.status_code == 422
    assert '"subjectAltName=DNS:www.example.com,DNS:shop.example.com"' in fragment(page)
