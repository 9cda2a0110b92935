"""CAA by RFC 8659 and RFC 8657, asked of a real DNS server: where records are looked for, whom they let issue, what fails."""

import time
from datetime import timedelta

import pytest
from dns.rdataclass import IN
from dns.rdatatype import CAA as KIND
from dns.rdtypes.ANY.CAA import CAA
from hypothesis import given
from hypothesis import strategies as st

from certificates import caa
from sslportal.kit import dns_exchange

OURS = ["ca.example", "portal.example"]
NAMES_US = '0 issue "ca.example"'
NAMES_ANOTHER = '0 issue "other.example"'


def check(*names):
    return caa.check_now(names, OURS)


def verdict(name):
    (found,) = check(name)
    return found.verdict, found.reason


def where(name):
    (found,) = check(name)
    return found.verdict, found.asked


@pytest.mark.parametrize(
    ("records", "name", "expected"),
    [
        ([NAMES_US], "example.com", ("allowed", "named")),
        (['0 issue "portal.example"'], "example.com", ("allowed", "named")),
        (['0 issue "CA.Example"'], "example.com", ("allowed", "named")),
        (['0 ISSUE "ca.example"'], "example.com", ("allowed", "named")),
        ([NAMES_ANOTHER, NAMES_US], "example.com", ("allowed", "named")),
        ([NAMES_ANOTHER], "example.com", ("refused", "others")),
        (['0 issue "sub.ca.example"'], "example.com", ("refused", "others")),
        (['0 issue "example"'], "example.com", ("refused", "others")),
        (['0 issue ";"'], "example.com", ("refused", "nobody")),
        (['0 issue ""'], "example.com", ("refused", "nobody")),
        (['0 issue " ; "'], "example.com", ("refused", "nobody")),
        (['0 issue ";"', NAMES_US], "example.com", ("allowed", "named")),
        (['0 iodef "mailto:security@example.com"'], "example.com", ("allowed", "unrestricted")),
        (['0 issuemail "other.example"'], "example.com", ("allowed", "unrestricted")),
        (['0 futureuse "anything"'], "example.com", ("allowed", "unrestricted")),
    ],
)
def test_an_issue_property_lets_those_issue_that_it_names(dns_server, records, name, expected):
    dns_server.zone["CAA", "example.com"] = records

    assert verdict(name) == expected


@pytest.mark.parametrize(
    ("records", "for_name", "for_wildcard"),
    [
        ([NAMES_US], "allowed", "allowed"),
        ([NAMES_ANOTHER], "refused", "refused"),
        (['0 issuewild "ca.example"'], "allowed", "allowed"),
        (['0 issuewild "other.example"'], "allowed", "refused"),
        (['0 issuewild ";"'], "allowed", "refused"),
        ([NAMES_US, '0 issuewild ";"'], "allowed", "refused"),
        ([NAMES_ANOTHER, '0 issuewild "ca.example"'], "refused", "allowed"),
        (['0 issue ";"', '0 IssueWild "ca.example"'], "refused", "allowed"),
        ([NAMES_US, '0 issuewild "no name"'], "allowed", "refused"),
        (['0 issuewild "other.example"', '0 issuewild "ca.example"'], "allowed", "allowed"),
    ],
)
def test_issuewild_counts_for_wildcards_and_for_them_alone(dns_server, records, for_name, for_wildcard):
    dns_server.zone["CAA", "example.com"] = records

    assert [found.verdict for found in check("www.example.com", "*.example.com")] == [for_name, for_wildcard]


@pytest.mark.parametrize(
    "value",
    [
        *("ca.example.", ".ca.example", "ca..example", "-ca.example", "ca-.example", "ca_.example"),
        *("ca .example", "ca.example other.example", "https://ca.example", "ca.example,other.example", "*.ca.example"),
        *("ca.example; policy", "ca.example; =ev", "ca.example; policy=e v", "ca.example; a=b;", "ca.example; a=b; c"),
        *("ca.example; a_b=c", "ca.example;;", "%", "ca.example; -a=b"),
    ],
)
def test_a_value_against_the_grammar_lets_nobody_issue(dns_server, value):
    dns_server.zone["CAA", "example.com"] = [f'0 issue "{value}"']

    assert verdict("example.com") == ("refused", "malformed")


@pytest.mark.parametrize(
    "value",
    [
        *("ca.example", " ca.example ", "ca.example;", "ca.example ; ", "\tca.example\t"),
        *(
            "ca.example; policy=ev",
            "ca.example;policy=ev;account=230123",
            "ca.example; a = b ; c = ",
            "ca.example; a=x=y",
        ),
    ],
)
def test_blanks_and_parameters_of_no_meaning_do_not_matter(dns_server, value):
    dns_server.zone["CAA", "example.com"] = [f'0 issue "{value}"']

    assert verdict("example.com") == ("allowed", "named")


@pytest.mark.parametrize(
    ("parameters", "about"),
    [
        ("accounturi=https://ca.example/acct/1", ("accounturi",)),
        ("AccountURI=https://ca.example/acct/1", ("accounturi",)),
        ("policy=ev; validationmethods=dns-01,http-01", ("validationmethods",)),
        ("validationmethods=dns-01; accounturi=x", ("validationmethods", "accounturi")),
    ],
)
def test_a_condition_that_cannot_be_matched_is_no_permission(dns_server, parameters, about):
    dns_server.zone["CAA", "example.com"] = [f'0 issue "ca.example; {parameters}"']

    (found,) = check("example.com")

    assert (found.verdict, found.reason, found.about) == ("refused", "tied", about)


def test_a_second_record_without_the_condition_lets_us_issue(dns_server):
    dns_server.zone["CAA", "example.com"] = ['0 issue "ca.example; accounturi=https://ca.example/acct/1"', NAMES_US]

    assert verdict("example.com") == ("allowed", "named")


def test_conditions_for_others_are_not_our_business(dns_server):
    dns_server.zone["CAA", "example.com"] = ['0 issue "other.example; accounturi=https://other.example/1"', NAMES_US]

    assert verdict("example.com") == ("allowed", "named")


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ('128 tbs "Unknown"', ("refused", "critical")),
        ('255 tbs "Unknown"', ("refused", "critical")),
        ('128 TBS "Unknown"', ("refused", "critical")),
        ('0 tbs "Unknown"', ("allowed", "named")),
        ('1 tbs "Unknown"', ("allowed", "named")),  # not the critical bit, though some took it for that
        ('127 tbs "Unknown"', ("allowed", "named")),
        ('128 issue "ca.example"', ("allowed", "named")),
        ('128 iodef "mailto:security@example.com"', ("allowed", "named")),
        ('128 contactemail "domains@example.com"', ("allowed", "named")),
    ],
)
def test_an_unknown_property_that_is_critical_forbids_all(dns_server, record, expected):
    dns_server.zone["CAA", "example.com"] = [NAMES_US, record]

    assert verdict("example.com") == expected


def test_the_nearest_records_decide(dns_server):
    dns_server.zone["CAA", "example.com"] = [NAMES_ANOTHER]
    dns_server.zone["CAA", "shop.example.com"] = [NAMES_US]

    assert where("www.shop.example.com") == ("allowed", "shop.example.com")
    assert where("*.shop.example.com") == ("allowed", "shop.example.com")
    assert where("www.example.com") == ("refused", "example.com")


def test_records_without_an_issue_property_end_the_climb(dns_server):
    dns_server.zone["CAA", "example.com"] = [NAMES_ANOTHER]
    dns_server.zone["CAA", "www.example.com"] = ['0 iodef "mailto:security@example.com"']

    assert where("www.example.com") == ("allowed", "www.example.com")


def test_records_below_the_name_say_nothing_of_it(dns_server):
    dns_server.zone["CAA", "www.example.com"] = [NAMES_ANOTHER]

    assert where("example.com") == ("allowed", "")


def test_it_climbs_to_the_top_level_domain_and_not_to_the_root(dns_server):
    dns_server.zone["CAA", "com"] = [NAMES_ANOTHER]
    dns_server.zone["CAA", ""] = [NAMES_ANOTHER]

    assert where("a.b.example.com") == ("refused", "com")
    assert where("a.example.net") == ("allowed", "")
    assert [question.name for question in dns_server.questions] == [
        *("a.b.example.com", "b.example.com", "example.com", "com"),
        *("a.example.net", "example.net", "net"),
    ]


def test_a_name_with_other_records_only_is_climbed_from(dns_server):
    dns_server.zone["A", "www.example.com"] = ["192.0.2.1"]
    dns_server.zone["CAA", "example.com"] = [NAMES_ANOTHER]

    assert where("www.example.com") == ("refused", "example.com")


def test_nothing_anywhere_forbids_nothing(dns_server):
    (found,) = check("www.example.com")

    assert (found.verdict, found.reason, found.asked, found.records) == ("allowed", "no-records", "", ())


def test_the_records_of_an_aliass_target_count_and_are_found_where_they_stand(dns_server):
    dns_server.zone["CNAME", "www.example.com"] = ["cdn.example.net"]
    dns_server.zone["CAA", "cdn.example.net"] = [NAMES_ANOTHER]

    (found,) = check("www.example.com")

    assert (found.verdict, found.asked, found.stands_at) == ("refused", "www.example.com", "cdn.example.net")


def test_it_climbs_from_the_alias_and_not_from_its_target(dns_server):
    dns_server.zone["CNAME", "www.example.com"] = ["cdn.example.net"]
    dns_server.zone["CAA", "example.net"] = [NAMES_ANOTHER]
    dns_server.zone["CAA", "example.com"] = [NAMES_US]

    assert where("www.example.com") == ("allowed", "example.com")
    assert dns_server.asked("CAA", "example.net") == 0


def test_an_alias_on_the_way_up_counts_too(dns_server):
    dns_server.zone["CNAME", "example.com"] = ["example.net"]
    dns_server.zone["CAA", "example.net"] = [NAMES_ANOTHER]

    assert where("www.example.com") == ("refused", "example.com")


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        *((failure, "failed") for failure in ("SERVFAIL", "REFUSED", "FORMERR", "NOTIMP")),
        *((failure, "failed") for failure in ("nonsense", "wrong-id", "wrong-question", "not-recursive", "unreadable")),
        ("bogus", "bogus"),
        ("silent", "silent"),
    ],
)
@pytest.mark.parametrize("place", ["www.example.com", "example.com", "com"])
def test_a_lookup_that_fails_is_no_permission(dns_server, monkeypatch, failure, reason, place):
    monkeypatch.setattr(dns_exchange, "SECONDS", 0.1)
    dns_server.fails[place] = failure

    (found,) = check("www.example.com")

    assert (found.verdict, found.reason, found.asked) == ("failed", reason, place)


def test_what_fails_is_not_climbed_over(dns_server):
    dns_server.fails["www.example.com"] = "SERVFAIL"
    dns_server.zone["CAA", "example.com"] = [NAMES_US]

    assert where("www.example.com") == ("failed", "www.example.com")
    assert dns_server.asked("CAA", "example.com") == 0


def test_an_answer_that_dnssec_rejects_is_told_as_that(dns_server):
    dns_server.fails["example.com"] = "SERVFAIL"
    dns_server.extended["example.com"] = (6, "bad signature")

    (found,) = check("example.com")

    assert (found.verdict, found.reason) == ("failed", "bogus")
    assert "bad signature" in found.detail


def test_a_resolver_that_does_not_validate_is_not_believed(dns_server, settings):
    settings.DNS_VALIDATION = "required"
    dns_server.zone["CAA", "example.com"] = [NAMES_US]

    assert verdict("example.com") == ("failed", "unvalidated")


def test_a_resolver_that_validates_is_believed_for_unsigned_zones_too(dns_server, settings):
    settings.DNS_VALIDATION, dns_server.is_secure = "required", True
    dns_server.unsigned.add("example.com")
    dns_server.zone["CAA", "example.com"] = [NAMES_US]

    assert verdict("example.com") == ("allowed", "named")


def test_a_record_that_no_zone_file_could_hold_is_a_failed_lookup(dns_server):
    dns_server.zone["CAA", "example.com"] = ['0 is-sue "ca.example"']

    assert verdict("example.com") == ("failed", "failed")


def test_a_large_set_is_read_whole_and_shown_in_part(dns_server):
    others = [f'0 issue "ca{number}.{"x" * 60}.{"y" * 60}.example; note={"z" * 480}"' for number in range(99)]
    dns_server.zone["CAA", "example.com"] = [*others, NAMES_US]

    (found,) = check("example.com")

    assert (found.verdict, found.reason) == ("allowed", "named")
    assert found.records[0] == NAMES_US
    assert len(found.records) == caa.MAX_RECORDS
    assert {len(record) for record in found.records[1:]} == {caa.MAX_TEXT}


def test_a_value_as_long_as_dns_can_carry_is_read(dns_server):
    dns_server.zone["CAA", "example.com"] = [f'0 issue "ca.example; note={"z" * 64_000}"']

    assert [found.verdict for found in check(*(f"a{number}.example.com" for number in range(98)))] == ["allowed"] * 98


def test_strange_bytes_are_shown_as_in_a_zone_file():
    found = caa.judge([CAA(IN, KIND, 0, b"issue", b'\x00\n\xff<script>"')], OURS, is_wildcard=False)

    assert found.records == (r'0 issue "\000\010\255<script>\""',)
    assert found.reason == "malformed"


@given(
    st.lists(
        st.tuples(st.integers(0, 255), st.sampled_from(["issue", "issuewild", "iodef", "x"]), st.binary()), min_size=1
    )
)
def test_whatever_stands_there_is_judged_and_can_be_kept(records):
    set_ = [CAA(IN, KIND, flags, tag.encode(), value) for flags, tag, value in records]

    for is_wildcard in (True, False):
        found = caa.judge(set_, OURS, is_wildcard=is_wildcard)
        assert found.verdict in {"allowed", "refused"}
        assert all(record.isprintable() for record in found.records)
        assert caa.Verdict.from_json(found.as_json()) == found


@given(st.text(alphabet="ca.example;=- \tX0,", max_size=30))
def test_only_our_very_name_lets_us_issue(value):
    found = caa.judge([CAA(IN, KIND, 0, b"issue", value.encode())], OURS, is_wildcard=False)

    if found.verdict == "allowed":
        assert value.partition(";")[0].strip().lower() in OURS


def test_each_name_is_asked_for_once_for_all_of_a_certificate(dns_server):
    names = [f"host{number}.example.com" for number in range(97)]

    found = check(*names, "*.example.com", "example.com")

    assert [one.name for one in found] == [*names, "*.example.com", "example.com"]
    assert (dns_server.asked("CAA", "example.com"), dns_server.asked("CAA", "com")) == (1, 1)
    assert len(dns_server.questions) == 99


def test_many_names_are_asked_for_at_once_but_not_all(dns_server):
    dns_server.delay = 0.1
    started = time.monotonic()

    found = check(*(f"host{number}.example" for number in range(100)))

    assert {one.verdict for one in found} == {"allowed"}
    assert 0.1 * 100 / caa.AT_ONCE <= time.monotonic() - started < 5


def test_names_that_take_too_long_are_not_permitted(dns_server, monkeypatch):
    monkeypatch.setattr(caa, "PATIENCE", 0.3)
    dns_server.zone["CAA", "quick.example"] = [NAMES_US]
    dns_server.fails["slow.example"] = "silent"

    found = check("quick.example", "a.slow.example", "b.slow.example")

    assert [(one.verdict, one.reason) for one in found] == [("allowed", "named"), *[("failed", "silent")] * 2]
    assert found[1].asked == "slow.example"


@pytest.mark.parametrize(
    ("ttls", "lifetime"),
    [
        ([60], timedelta(hours=8)),
        ([12 * 3600], timedelta(hours=12)),
        ([12 * 3600, 60], timedelta(hours=8)),
        ([2 * 86400, 86400], timedelta(days=1)),
        ([], timedelta(hours=8)),
    ],
)
def test_a_permission_holds_for_the_ttl_or_8_hours_whichever_is_longer(ttls, lifetime):
    verdicts = [caa.Verdict("www.example.com", caa.ALLOWED, "named", ttl=ttl) for ttl in ttls]

    assert caa.lifetime(verdicts) == lifetime


def test_the_ttl_is_the_records(dns_server):
    dns_server.ttl = 86400
    dns_server.zone["CAA", "example.com"] = [NAMES_US]

    assert [found.ttl for found in check("www.example.com", "example.net")] == [86400, 0]
