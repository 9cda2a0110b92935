"""What is said of a URL follows from what its server showed and from our own records, one finding for each fault."""

from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256

import pytest
from django.utils.translation import override

from discovery.analysis.chains import Roots
from discovery.health import judging
from discovery.health.findings import KINDS, Aspect, Fix, Level
from discovery.health.judging import Known, Relation
from discovery.health.states import Verdict
from discovery.scanner import results, suites
from discovery.scanner.health import Health
from discovery.scanner.results import FOUND, OUTCOMES, SSL3, TLS10, TLS11, TLS12, TLS13, Result, Shown
from tests import der
from tests.discovery.handmade import CA, alternative_names, certificate, key, lists_at, name, ocsp_at, time

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOST = "www.example.com"
OCSP = ocsp_at("http://ocsp.example.com/")


@cache
def root(label="Our Root", hash_name="sha256"):
    return certificate(name(label), own=key(label), hash_name=hash_name, extensions=(CA,))


@cache
def issuing(label="Issuing 1", above="Our Root", hash_name="sha256"):
    return certificate(
        name(label), name(above), own=key(label), signer=key(above), hash_name=hash_name, extensions=(CA,)
    )


@cache
def leaf(*names, begins="260101000000Z", ends="261231235959Z", above="Issuing 1", hash_name="sha256", more=(OCSP,)):
    names = names or (HOST,)
    return certificate(
        name(names[0]),
        name(above),
        own=key("server"),
        signer=key(above),
        hash_name=hash_name,
        validity=der.sequence(time(begins), time(ends)),
        extensions=(alternative_names(*names), *more),
    )


def shown(*chain, version=TLS12, suite=0xC02F, **fields):
    return Shown(version, suite, chain=chain or (leaf(), issuing()), **fields)


def health(*all_shown, host=HOST, **fields):
    values = {"versions": (TLS12, TLS13), "staples": True} | fields
    return Health(Result(host, 443, FOUND, address="192.0.2.1", shown=all_shown or (shown(),)), **values)


def known(der_=None, relation=Relation.THIS, **fields):
    above = fields.pop("above", (issuing(), root()))
    return {sha256(der_ or leaf()).hexdigest(): Known(relation, above, **fields)}


def judge(seen, records=None, now=NOW):
    return judging.judge(seen, known() if records is None else records, Roots([root()]), now)


def codes(judgement):
    return [finding.code for finding in judgement.findings]


def test_a_good_server_has_nothing_against_it():
    judgement = judge(health())

    assert (judgement.verdict, judgement.findings) == (Verdict.GOOD, [])
    assert judgement.fine == [aspect for aspect in Aspect if aspect != Aspect.CONNECTION]


# The certificate


@pytest.mark.parametrize(
    ("relation", "verdict"),
    [(Relation.OLDER, Verdict.PROBLEM), (Relation.NEWER, Verdict.WARNING), (Relation.OTHER, Verdict.PROBLEM)],
)
def test_another_certificate_of_ours_is_told_with_its_order(relation, verdict):
    judgement = judge(health(), known(relation=relation, order=12))

    assert (judgement.verdict, codes(judgement)) == (verdict, [relation])
    assert judgement.findings[0].order == 12


def test_a_foreign_certificate_is_told_with_name_issuer_and_end():
    foreign = leaf("shop.example.com", HOST, above="Other CA")

    judgement = judge(health(shown(foreign, issuing("Other CA"))), {})

    assert codes(judgement) == ["foreign"]
    assert judgement.verdict == Verdict.PROBLEM
    assert judgement.findings[0].says == (
        "The server shows a certificate from elsewhere: for shop.example.com, issued by Other CA, it expires on"
        " Dec. 31, 2026."
    )
    assert Aspect.REVOCATION not in judgement.fine  # nobody was asked


def test_a_certificate_that_signed_itself_is_told_as_such():
    own = certificate(name(HOST), own=key("server"), extensions=(alternative_names(HOST),))

    judgement = judge(health(shown(own)), {})

    assert codes(judgement) == ["self-signed"]
    assert Aspect.CHAIN not in judgement.fine


def test_what_is_no_certificate_is_told_and_nothing_else_of_it():
    judgement = judge(health(shown(b"\x30\x00", issuing())), {})

    assert codes(judgement) == ["unreadable"]
    assert judgement.fine == [Aspect.VERSIONS, Aspect.SUITES, Aspect.COMPRESSION]


def test_of_two_certificates_the_orders_own_is_judged_and_the_other_told():
    other = leaf(HOST, above="Other CA")

    judgement = judge(health(shown(other), shown()))

    assert (judgement.verdict, codes(judgement)) == (Verdict.GOOD, ["beside"])


# The chain


def test_a_missing_certificate_is_named_by_our_records():
    judgement = judge(health(shown(leaf())))

    assert (judgement.verdict, codes(judgement)) == (Verdict.PROBLEM, ["incomplete"])
    assert judgement.findings[0].about["missing"] == ["Issuing 1"]


def test_two_missing_certificates_are_named():
    deep = leaf(above="Issuing 2")
    above = (issuing("Issuing 2", "Issuing 1"), issuing(), root())

    judgement = judge(health(shown(deep)), known(deep, above=above))

    assert judgement.findings[0].about["missing"] == ["Issuing 2", "Issuing 1"]


def test_of_a_foreign_chain_the_next_issuer_is_missing():
    foreign = leaf(above="Other CA")

    judgement = judge(health(shown(foreign, issuing("Other CA", "Other Root"))), {})

    assert codes(judgement) == ["foreign", "incomplete"]
    assert judgement.findings[1].about["missing"] == ["Other Root"]


def test_a_chain_out_of_order_is_a_warning():
    deep = leaf(above="Issuing 2")
    chain = (deep, issuing(), issuing("Issuing 2", "Issuing 1"))

    judgement = judge(health(shown(*chain)), known(deep))

    assert (judgement.verdict, codes(judgement)) == (Verdict.WARNING, ["out-of-order"])


def test_a_root_that_is_sent_is_a_hint():
    judgement = judge(health(shown(leaf(), issuing(), root())))

    assert (judgement.verdict, codes(judgement)) == (Verdict.GOOD, ["root-sent"])


def test_strays_are_a_hint_with_their_names():
    strays = [issuing(f"Stray {number}") for number in range(7)]

    judgement = judge(health(shown(leaf(), issuing(), *strays)))

    assert (judgement.verdict, codes(judgement)) == (Verdict.GOOD, ["strays"])
    assert judgement.findings[0].about["names"] == [f"Stray {number}" for number in range(5)] + ["…"]


def test_a_chain_that_could_not_be_seen_is_not_called_incomplete():
    judgement = judge(health(shown(leaf(), version=TLS13, leaf_only=True)))

    assert (judgement.verdict, codes(judgement)) == (Verdict.GOOD, ["chain-unseen"])


# What the certificate says


def test_a_name_that_is_not_covered_is_told_with_those_that_are():
    judgement = judge(health(host="mail.example.com"))

    assert (judgement.verdict, codes(judgement)) == (Verdict.PROBLEM, ["not-covered"])
    assert judgement.findings[0].says == "The certificate is not for mail.example.com, but for: www.example.com."


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1"])
def test_whoever_asks_by_an_address_sees_nothing_of_the_name(host):
    judgement = judge(health(host=host))

    assert (judgement.verdict, codes(judgement)) == (Verdict.GOOD, ["by-address"])


@pytest.mark.parametrize("host", ["www.example.com", "a.example.com"])
def test_a_wildcard_covers_one_label(host):
    wildcard = leaf("*.example.com")

    assert codes(judge(health(shown(wildcard, issuing()), host=host), known(wildcard))) == []


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (datetime(2025, 12, 31, tzinfo=UTC), ["not-yet"]),
        (datetime(2026, 12, 1, 23, 59, 59, tzinfo=UTC) - timedelta(seconds=1), []),
        (datetime(2026, 12, 1, 23, 59, 59, tzinfo=UTC), ["expiring"]),
        (datetime(2027, 1, 1, tzinfo=UTC), ["expired"]),
    ],
)
def test_the_validity_is_judged_by_the_moment(now, expected):
    assert codes(judge(health(), now=now)) == expected


def test_a_revoked_certificate_is_a_problem():
    judgement = judge(health(), known(revoked_at=NOW))

    assert (judgement.verdict, codes(judgement)) == (Verdict.PROBLEM, ["revoked"])


def test_an_unused_certificate_that_is_in_use_is_a_problem():
    assert codes(judge(health(), known(revoked_at=NOW, is_unused=True))) == ["unused"]


def test_sha_1_is_found_in_the_certificate_and_above_it_but_not_in_the_root():
    old_leaf, old_issuing = leaf(hash_name="sha1"), issuing("Issuing 1", hash_name="sha1")

    judgement = judge(health(shown(old_leaf, old_issuing)), known(old_leaf))

    assert (judgement.verdict, codes(judgement)) == (Verdict.WARNING, ["sha-1"])
    assert judgement.findings[0].about["names"] == [HOST, "Issuing 1"]
    roots = Roots([root(hash_name="sha1")])
    assert codes(judging.judge(health(shown(leaf(), issuing(), root(hash_name="sha1"))), known(), roots, NOW)) == [
        "root-sent"
    ]


# What the server accepts


@pytest.mark.parametrize(
    ("versions", "verdict", "expected"),
    [
        ((TLS12, TLS13), Verdict.GOOD, []),
        ((TLS12,), Verdict.GOOD, ["no-tls13"]),
        ((TLS13,), Verdict.GOOD, ["no-tls12"]),
        ((TLS11, TLS12, TLS13), Verdict.WARNING, ["tls11"]),
        ((TLS10, TLS11, TLS12), Verdict.WARNING, ["tls10", "tls11", "no-tls13"]),
        ((SSL3, TLS12, TLS13), Verdict.PROBLEM, ["ssl3"]),
        ((TLS10,), Verdict.PROBLEM, ["tls10", "no-modern"]),
        ((), Verdict.PROBLEM, ["no-modern"]),
    ],
)
def test_versions_are_judged(versions, verdict, expected):
    judgement = judge(health(versions=versions))

    assert (judgement.verdict, codes(judgement)) == (verdict, expected)


@pytest.mark.parametrize("group", suites.WEAK)
def test_each_weak_group_has_its_own_finding(group):
    suite = suites.WEAK[group][0]

    judgement = judge(health(weak=((group, suite),)))

    assert codes(judgement) == [f"weak-{group}"]
    assert judgement.verdict == (Verdict.WARNING if group == "3des" else Verdict.PROBLEM)
    assert suites.NAMES[suite] in judgement.findings[0].says


def test_compression_is_a_problem():
    judgement = judge(health(shown(deflate=True)))

    assert (judgement.verdict, codes(judgement)) == (Verdict.PROBLEM, ["crime"])


def test_compression_with_the_other_certificate_counts_too():
    judgement = judge(health(shown(), shown(leaf(above="Other CA"), deflate=True)))

    assert codes(judgement) == ["beside", "crime"]


@pytest.mark.parametrize(
    ("staples", "more", "expected", "is_fine"),
    [
        (True, (OCSP,), [], True),
        (False, (OCSP,), ["no-staple"], False),
        (None, (OCSP,), [], False),  # TLS 1.3 hides it
        (False, (lists_at("http://crl.example.com/1.crl"),), [], False),  # nobody could be asked
    ],
)
def test_stapling_is_a_hint_where_it_could_be(staples, more, expected, is_fine):
    own = leaf(more=more)

    judgement = judge(health(shown(own, issuing()), staples=staples), known(own))

    assert (judgement.verdict, codes(judgement)) == (Verdict.GOOD, expected)
    assert (Aspect.STAPLING in judgement.fine) == is_fine


def test_what_was_not_seen_is_not_judged():
    unseen = (results.VERSIONS[TLS12], results.VERSIONS[TLS13], "rc4")

    judgement = judge(health(versions=(), unseen=unseen))

    assert (judgement.verdict, codes(judgement)) == (Verdict.GOOD, ["unseen"])
    assert judgement.findings[0].about["what"] == ["TLS 1.2", "TLS 1.3", "RC4"]
    assert Aspect.SUITES not in judgement.fine


# Where there was no certificate

UNREACHED = {"no-address", "refused", "unreachable", "silent", "local"}


@pytest.mark.parametrize("outcome", sorted(OUTCOMES - {FOUND, "excluded"}))
def test_every_outcome_of_the_scanner_has_its_sentence(outcome):
    judgement = judge(Health(Result(HOST, 8443, outcome, "what was said")))

    assert codes(judgement) == [outcome]
    assert judgement.verdict == (Verdict.UNREACHABLE if outcome in UNREACHED else Verdict.PROBLEM)
    assert judgement.findings[0].todo


@pytest.mark.parametrize("code", ["not-public", "no-address", "dns"])
def test_every_reason_of_the_guard_has_its_sentence(code):
    judgement = judge(Health(Result("intranet.example.com", 443, code)))

    assert judgement.verdict == Verdict.UNREACHABLE
    assert "intranet.example.com" in judgement.findings[0].says


# Hostile, and in general


def test_a_chain_of_garbage_is_judged():
    garbage = [bytes([number]) * 50 for number in range(100)]

    judgement = judge(health(shown(*garbage)), {})

    assert codes(judgement)[0] == "unreadable"


def test_hostile_names_are_words_in_the_sentence_and_nothing_else():
    hostile = certificate(
        name("%(host)s{0}\u202e<b>"), name("Other CA"), own=key("server"), signer=key("Other CA"),
        extensions=(alternative_names(HOST),),
    )  # fmt: skip

    says = judge(health(shown(hostile, issuing("Other CA"))), {}).findings[0].says

    assert "%(host)s{0}" in says
    assert "\u202e" not in says


WORDS = {
    "host": HOST, "port": 443, "detail": "x", "name": HOST, "issuer": "CA", "suite": "S", "order": 1,
    "names": ["a", "b"], "missing": ["c"], "what": ["d"], "not_before": NOW.isoformat(), "not_after": NOW.isoformat(),
    "at": NOW.isoformat(),
}  # fmt: skip


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("code", KINDS)
def test_every_sentence_can_be_said(code, language):
    finding = judging.Finding(code, WORDS)

    with override(language):
        assert finding.says
        assert "%(" not in finding.says + finding.todo


def test_the_catalogue_uses_every_level_and_fix_and_always_says_what_to_do():
    assert {kind.fix for kind in KINDS.values() if kind.fix} == set(Fix)
    assert all(kind.todo for kind in KINDS.values())
    assert {kind.level for kind in KINDS.values()} == set(Level)
