"""The TXT record: what counts as found (BR 3.2.2.4.7), what never does, and what people are told instead."""

import pytest

from domains import checks, methods
from domains.methods import Explanation, Finding, ToPublish, dns
from domains.models import Check
from domains.states import Method, Status
from sslportal.kit import dns as resolver
from sslportal.kit import dns_exchange, outside
from tests.factories import make_attempt, make_domain

NAME, VALUE = "example.com", "5f2d8a9c0b1e4f7a6d3c2b1a0f9e8d7c6b5a4938"
HOST = "_sslportal-challenge.example.com"
QUESTION = f"TXT {HOST}"


@pytest.fixture
def hurry(monkeypatch):
    """Silence is found out fast."""
    monkeypatch.setattr(dns_exchange, "SECONDS", 0.1)
    monkeypatch.setattr(resolver, "WHOLE_SECONDS", 0.5)


def look(name=NAME):
    return outside.run(lambda: dns.check(name, VALUE))


def told(finding, name=NAME):
    """The sentence that people read."""
    return dns.trouble(Check(code=finding.code, found=finding.found, detail=finding.detail), name)


# Found


def test_the_record_is_found(dns_server):
    dns_server.zone["TXT", HOST] = [VALUE]

    finding = look()

    assert finding == Finding("found", "found", QUESTION, dns_server.address, detail="NOERROR")
    assert told(finding) == ""
    assert [(question.kind, question.name) for question in dns_server.questions] == [("TXT", HOST)]


@pytest.mark.parametrize("follows", [True, False])
def test_the_record_is_found_behind_an_alias(dns_server, follows):
    dns_server.follows_aliases = follows
    dns_server.zone["CNAME", HOST] = ["example-com.tokens.example.net"]
    dns_server.zone["TXT", "example-com.tokens.example.net"] = [VALUE]

    assert look().is_found


@pytest.mark.parametrize("record", [f'"{VALUE}"', f"  {VALUE}\t", f'" {VALUE} "', [VALUE[:20], VALUE[20:]]], ids=repr)
def test_quotes_and_spaces_around_the_value_and_pieces_are_forgiven(dns_server, record):
    dns_server.zone["TXT", HOST] = [record]

    assert look().is_found


def test_other_records_may_stand_beside_it(dns_server):
    dns_server.zone["TXT", HOST] = ["v=spf1 -all", "another value", VALUE, ""]

    assert look().is_found


def test_a_domain_below_the_registrable_one_has_its_own_place(dns_server):
    dns_server.zone["TXT", HOST] = [VALUE]
    dns_server.zone["TXT", "_sslportal-challenge.shop.example.com"] = [VALUE]

    assert look("shop.example.com").question == "TXT _sslportal-challenge.shop.example.com"
    assert not look("other.example.com").is_found


def test_an_internationalized_name_is_asked_by_its_a_labels(dns_server):
    dns_server.zone["TXT", "_sslportal-challenge.xn--bcher-kva.example.com"] = [VALUE]

    assert look("xn--bcher-kva.example.com").is_found


def test_the_value_is_no_part_of_any_question(dns_server):
    look()

    assert dns_server.questions
    assert all(VALUE not in question.name for question in dns_server.questions)


# Missing


def test_a_name_that_does_not_exist(dns_server):
    finding = look()

    assert finding == Finding("missing", "nothing", QUESTION, dns_server.address, detail="NXDOMAIN")
    assert told(finding) == f"There is no TXT record at {HOST} yet."


def test_a_name_without_txt_records(dns_server):
    dns_server.zone["A", HOST] = ["192.0.2.1"]

    finding = look()

    assert finding == Finding("missing", "nothing", QUESTION, dns_server.address, detail="NOERROR")
    assert told(finding) == f"There is no TXT record at {HOST} yet."


@pytest.mark.parametrize(
    "record",
    [
        *("", " ", "another value", VALUE[:-1], f"{VALUE}0", f"0{VALUE}", VALUE.upper()),
        *(f"value={VALUE}", f"{VALUE} {VALUE}", f"“{VALUE}”", VALUE[::-1], b"\xff" + VALUE.encode()),
    ],
)
def test_what_is_not_the_value_is_not_found(dns_server, record):
    dns_server.zone["TXT", HOST] = [record]

    finding = look()

    assert (finding.verdict, finding.code, len(finding.found)) == ("missing", "other", 1)


def test_what_was_found_instead_is_told(dns_server):
    dns_server.zone["TXT", HOST] = ["another value", "v=spf1 -all"]

    finding = look()

    assert sorted(finding.found) == ["another value", "v=spf1 -all"]
    assert told(finding) == (
        f"At {HOST} there is no TXT record with this value, but: “{finding.found[0]}”, “{finding.found[1]}”."
    )


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("example.com", "example.com"),
        ("example.com", "_sslportal-challenge.example.com.example.com"),
        ("shop.example.com", "shop.example.com"),
        ("shop.example.com", "_sslportal-challenge.shop.example.com.example.com"),
        ("shop.example.com", "_sslportal-challenge.shop.example.com.shop.example.com"),
    ],
    ids=lambda text: text,
)
def test_the_value_at_the_wrong_place_does_not_count_and_is_told(dns_server, name, place):
    """At the domain itself, or below its zone's name a second time, as when a provider's form adds that."""
    dns_server.zone["TXT", place] = ["v=spf1 -all", VALUE]

    finding = look(name)

    assert (finding.verdict, finding.code, finding.found) == ("missing", "misplaced", [place])
    assert told(finding, name) == (
        f"The value stands at {place}, where it does not count. Move it to _sslportal-challenge.{name}; many providers add "
        "the domain's own name by themselves."
    )


def test_the_wrong_place_is_told_where_the_right_one_has_another_value(dns_server):
    dns_server.zone["TXT", HOST] = ["another value"]
    dns_server.zone["TXT", NAME] = [VALUE]

    assert look().code == "misplaced"


def test_no_place_is_asked_that_is_longer_than_a_name(dns_server):
    name = ".".join(["a" * 60] * 3 + ["example.com"])

    assert look(name).code == "nothing"
    assert all(len(question.name) <= 253 for question in dns_server.questions)


# No answer that counts: never a yes, though the record is there


@pytest.mark.parametrize("failure", ["SERVFAIL", "REFUSED", "FORMERR", "NOTIMP", "not-recursive", "unreadable"])
def test_a_server_that_fails_is_never_a_yes(dns_server, failure):
    dns_server.zone["TXT", HOST] = [VALUE]
    dns_server.fails[HOST] = failure

    finding = look()

    assert (finding.verdict, finding.code, finding.found) == ("failed", "failed", [])
    assert finding.detail != ""
    assert told(finding) == (f"The question for {HOST} brought no usable answer ({finding.detail}). It is asked again.")


@pytest.mark.parametrize("failure", ["silent", "wrong-id", "wrong-question", "nonsense"])
def test_silence_and_what_does_not_fit_the_question_is_never_a_yes(dns_server, hurry, failure):
    dns_server.zone["TXT", HOST] = [VALUE]
    dns_server.fails[HOST] = failure

    finding = look()

    assert finding.verdict == "failed"
    assert finding.code == ("silent" if failure == "silent" else "failed")


def test_silence_is_told(dns_server, hurry):
    dns_server.fails[HOST] = "silent"

    assert told(look()) == f"The domain's DNS servers did not answer in time for {HOST}. They are asked again."


def test_an_answer_that_fails_dnssec_is_never_a_yes(dns_server):
    """The record is there for whoever does not validate."""
    dns_server.zone["TXT", HOST] = [VALUE]
    dns_server.fails[HOST] = "bogus"

    finding = look()

    assert (finding.verdict, finding.code) == ("failed", "bogus")
    assert told(finding) == (
        f"The answer for {HOST} fails DNSSEC validation, so it cannot be trusted (SERVFAIL). Mend the signatures of the "
        "zone, or take its DS record out of the parent zone."
    )


def test_what_the_resolver_says_of_dnssec_is_told(dns_server):
    dns_server.zone["TXT", HOST] = [VALUE]
    dns_server.fails[HOST] = "SERVFAIL"
    dns_server.extended[HOST] = (9, "no DNSKEY matches DS")

    finding = look()

    assert (finding.verdict, finding.code) == ("failed", "bogus")
    assert finding.detail in told(finding)
    assert "EDE 9" in finding.detail
    assert "no DNSKEY matches DS" in finding.detail


def test_a_resolver_that_does_not_show_that_it_validates_is_never_a_yes(dns_server, settings):
    settings.DNS_VALIDATION = "required"
    dns_server.zone["TXT", HOST] = [VALUE]

    finding = look()

    assert (finding.verdict, finding.code) == ("failed", "unvalidated")
    assert told(finding) == (
        "The portal's DNS resolver does not validate DNSSEC, so no answer counts. The operator must set this right."
    )


def test_a_resolver_that_validates_is_believed(dns_server, settings):
    settings.DNS_VALIDATION = "required"
    dns_server.is_secure = True
    dns_server.unsigned.add(HOST)  # most zones are not signed
    dns_server.zone["TXT", HOST] = [VALUE]

    assert look().is_found


def test_a_loop_of_aliases_is_never_a_yes(dns_server):
    dns_server.zone["CNAME", HOST] = ["loop.example.net"]
    dns_server.zone["CNAME", "loop.example.net"] = [HOST]

    assert look().code == "failed"


def test_the_value_at_the_wrong_place_is_not_looked_for_where_the_right_one_gives_no_answer(dns_server):
    dns_server.fails[HOST] = "SERVFAIL"
    dns_server.zone["TXT", NAME] = [VALUE]

    assert look().code == "failed"
    assert dns_server.asked("TXT", NAME) == 0


# What strangers write


def test_a_huge_record_does_not_hide_the_value_beside_it(dns_server):
    dns_server.zone["TXT", HOST] = ["x" * 60_000, VALUE]

    assert look().is_found


def test_more_records_than_anybody_needs_are_no_answer(dns_server):
    dns_server.zone["TXT", HOST] = [VALUE, *(f"value {number}" for number in range(100))]

    finding = look()

    assert (finding.verdict, finding.code) == ("failed", "failed")
    assert told(finding) == (
        f"The question for {HOST} brought no usable answer (101 records, more than 100). It is asked again."
    )


def test_little_is_kept_of_what_was_found_instead(dns_server):
    dns_server.zone["TXT", HOST] = [f"{number}" + "y" * 500 for number in range(20)]

    finding = look()

    assert [len(text) for text in finding.found] == [120] * 5


@pytest.mark.parametrize("text", ["\x00", "a\nb", "\x1b[31m", "\u202egnp.exe", "\u200b", b"\xff\xfe"], ids=repr)
def test_what_cannot_be_shown_is_made_visible(dns_server, people, text):
    """PostgreSQL, too, takes no NUL."""
    dns_server.zone["TXT", HOST] = [text]
    finding = look()
    attempt = make_attempt(make_domain(people.ov, status=Status.PENDING), method=Method.DNS, value=VALUE)

    checks.answers.write_down(attempt, finding)

    (found,) = attempt.checks.get().found
    assert found.isprintable()
    assert len(found) <= 120


def test_hostile_text_is_escaped_on_the_page(dns_server, people, sign_in):
    dns_server.zone["TXT", HOST] = ["<script>alert('%(host)s {{ 1 }}')</script>"]
    domain = make_domain(people.ov, status=Status.PENDING)
    attempt = make_attempt(domain, method=Method.DNS, value=VALUE)
    checks.answers.write_down(attempt, look())

    page = sign_in(people.paul).get(domain.get_absolute_url()).content.decode()

    assert "<script>alert" not in page
    assert "“&lt;script&gt;alert(&#x27;%(host)s {{ 1 }}&#x27;)&lt;/script&gt;”" in page


# What people are told


def explained(people, name=NAME):
    attempt = make_attempt(make_domain(people.ov, name, status=Status.PENDING), method=Method.DNS, value=VALUE)
    return methods.explain(attempt)


def test_the_record_to_publish_is_named(people):
    assert explained(people) == Explanation(
        says=[
            "Publish this record in DNS. It is looked for by itself until it is there. Leave it where it is afterwards: it "
            "confirms the domain again when the time has come."
        ],
        publish=[ToPublish("Kind", "TXT"), ToPublish("Name of the record", HOST), ToPublish("Value", VALUE)],
        trouble="",
    )


def test_where_a_record_confirms_once_only_nobody_is_asked_to_leave_it(people, settings):
    settings.PORTAL_POLICY = "public-trust"

    assert explained(people).says == ["Publish this record in DNS. It is looked for by itself until it is there."]


def test_the_newest_look_is_told(people):
    attempt = make_attempt(make_domain(people.ov, status=Status.PENDING), method=Method.DNS, value=VALUE)
    for code, found in (("silent", []), ("other", ["another value"])):
        Check.objects.create(attempt=attempt, question=QUESTION, verdict="missing", code=code, found=found)

    assert methods.explain(attempt).trouble == (
        f"At {HOST} there is no TXT record with this value, but: “another value”."
    )


@pytest.mark.parametrize("code", ["failed", "bad-name", "timeout", "something new"])
def test_every_code_has_a_sentence(code):
    check = Check(code=code, found=[], detail="why")

    assert dns.trouble(check, NAME) == f"The question for {HOST} brought no usable answer (why). It is asked again."
