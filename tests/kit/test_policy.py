"""Rules with dates: both sides of every date in the files, and what a file must not say."""

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings
from django.utils import translation

from sslportal.kit import policy, policy_rows
from sslportal.kit.policy import Change, Method, PolicyError, Row, Rules

POLICIES = ("private", "public-trust")
SECOND = timedelta(seconds=1)


def midnight(text: str) -> datetime:
    return datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)


def rules(name: str, text: str) -> Rules:
    return policy.at(midnight(text), name)


def days_of(rules: Rules, hash_algorithm: str = "SHA-256") -> list[int | None]:
    return [choice.days for choice in rules.validity_choices(hash_algorithm)]


def keys_of(rules: Rules) -> list[str]:
    return [method.key for method in rules.methods]


EVERY_ROW = [
    pytest.param(name, row, id=f"{name}-{row.number}-{row.what}") for name in POLICIES for row in policy.load(name)
]


@pytest.mark.parametrize(("name", "row"), EVERY_ROW)
def test_a_row_holds_from_its_first_second_to_its_last(name: str, row: Row) -> None:
    if row.since:
        first = midnight(row.since.isoformat())
        assert policy.at(first, name).row(row.what) == row
        assert policy.at(first - SECOND, name).row(row.what) != row
        assert policy.at(first - SECOND, name).next_change(row.what) == Change(row.since, row.what, row)
    if row.until:
        end = midnight(row.until.isoformat())
        assert policy.at(end - SECOND, name).row(row.what) == row
        assert policy.at(end, name).row(row.what) != row
        change = policy.at(end - SECOND, name).next_change(row.what)
        assert change == Change(row.until, row.what, policy.at(end, name).row(row.what))
    else:
        assert policy.at(midnight("2099-01-01"), name).row(row.what) == row
        assert policy.at(midnight("2099-01-01"), name).next_change(row.what) is None


@pytest.mark.parametrize(("name", "row"), EVERY_ROW)
def test_every_row_names_its_source(name: str, row: Row) -> None:
    for place in row.source.split("; "):
        assert place == "ours" or place.startswith(("guide, ", "BR ", "EVG ", "ballot "))


# What the guide and the CA/Browser Forum say, written by hand, the last day before a date and the day itself.
@pytest.mark.parametrize(
    ("name", "day", "longest", "choices", "domain", "profile"),
    [
        ("private", "2014-12-01", 730, [365, 730], 398, 825),
        ("private", "2026-11-24", 730, [365, 730], 398, 825),
        ("private", "2040-01-01", 730, [365, 730], 398, 825),
        ("public-trust", "2015-03-31", 1826, [365, 730], 1185, 1185),
        ("public-trust", "2015-04-01", 1185, [365, 730], 1185, 1185),
        ("public-trust", "2018-02-28", 1185, [365, 730], 1185, 1185),
        ("public-trust", "2018-03-01", 825, [365, 730], 825, 825),
        ("public-trust", "2020-08-31", 825, [365, 730], 825, 825),
        ("public-trust", "2020-09-01", 398, [397, 90], 825, 825),
        ("public-trust", "2021-09-30", 398, [397, 90], 825, 825),
        ("public-trust", "2021-10-01", 398, [397, 90], 398, 825),
        ("public-trust", "2026-03-14", 398, [397, 90], 398, 825),
        ("public-trust", "2026-03-15", 200, [199, 90], 200, 398),
        ("public-trust", "2027-03-14", 200, [199, 90], 200, 398),
        ("public-trust", "2027-03-15", 100, [99, 45], 100, 398),
        ("public-trust", "2029-03-14", 100, [99, 45], 100, 398),
        ("public-trust", "2029-03-15", 47, [46, 30], 10, 398),
    ],
)
def test_validity_and_reuse(name: str, day: str, longest: int, choices: list[int], domain: int, profile: int) -> None:
    there = rules(name, day)

    assert there.max_validity_days == longest
    assert days_of(there) == choices
    assert there.domain_reuse_days == domain
    assert there.profile_reuse_days == profile
    assert there.domain_revet_days_before < domain
    assert there.profile_revet_days_before < 393


@pytest.mark.parametrize(
    ("name", "day", "organization", "ev_organization", "domain", "ev_domain"),
    [
        ("private", "2026-11-24", 825, 398, 398, 398),
        ("public-trust", "2018-02-28", 1185, 393, 1185, 393),
        ("public-trust", "2021-06-01", 825, 393, 825, 393),
        ("public-trust", "2021-06-02", 825, 398, 825, 398),
        ("public-trust", "2026-03-14", 825, 398, 398, 398),
        ("public-trust", "2026-03-15", 398, 398, 200, 200),
        ("public-trust", "2027-03-15", 398, 398, 100, 100),
        ("public-trust", "2029-03-15", 398, 398, 10, 10),
    ],
)
def test_evidence_counts_by_level(
    name: str, day: str, organization: int, ev_organization: int, domain: int, ev_domain: int
) -> None:
    there = rules(name, day)

    assert (there.evidence_days("OV"), there.evidence_days("EV")) == (organization, ev_organization)
    assert (there.domain_evidence_days("OV"), there.domain_evidence_days("EV")) == (domain, ev_domain)
    with pytest.raises(KeyError):
        there.evidence_days("DV")


@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize(
    ("day", "hashes", "sha1"),
    [
        ("2014-10-01", ["SHA-256", "SHA-1"], ["31-Dec-2015", "31-Dec-2016"]),
        ("2015-12-30", ["SHA-256", "SHA-1"], ["31-Dec-2015", "31-Dec-2016"]),
        ("2015-12-31", ["SHA-256", "SHA-1"], ["31-Dec-2016"]),
        ("2016-01-01", ["SHA-256"], []),
        ("2026-11-24", ["SHA-256"], []),
    ],
)
def test_sha1_ends_with_2015(name: str, day: str, hashes: list[str], sha1: list[str]) -> None:
    there = rules(name, day)

    assert there.hash_algorithms() == hashes
    with translation.override("en"):
        assert [choice.label for choice in there.validity_choices("SHA-1")] == sha1


@pytest.mark.parametrize("name", POLICIES)
def test_internal_names_end_with_october_2015(name: str) -> None:
    assert rules(name, "2014-10-01").internal_names_allowed_until == date(2015, 11, 1)
    assert rules(name, "2015-10-31").internal_names_allowed_until == date(2015, 11, 1)
    assert rules(name, "2015-11-01").internal_names_allowed_until is None
    assert rules(name, "2026-11-24").internal_names_allowed_until is None


@pytest.mark.parametrize(
    ("name", "day", "keys", "discouraged"),
    [
        ("private", "2014-10-01", ["mail", "dns-contact", "whois", "dns", "file", "manual"], []),
        ("private", "2030-01-01", ["mail", "dns-contact", "whois", "dns", "file", "manual"], []),
        ("public-trust", "2019-01-31", ["mail", "whois", "dns", "file", "manual"], []),
        ("public-trust", "2019-02-01", ["mail", "dns-contact", "whois", "dns", "file", "manual"], []),
        ("public-trust", "2025-07-14", ["mail", "dns-contact", "whois", "dns", "file", "manual"], []),
        ("public-trust", "2025-07-15", ["mail", "dns-contact", "dns", "file", "manual"], []),
        ("public-trust", "2026-03-14", ["mail", "dns-contact", "dns", "file", "manual"], []),
        ("public-trust", "2026-03-15", ["mail", "dns-contact", "dns", "file", "manual"], ["mail", "dns-contact"]),
        ("public-trust", "2028-03-14", ["mail", "dns-contact", "dns", "file", "manual"], ["mail", "dns-contact"]),
        ("public-trust", "2028-03-15", ["dns", "file", "manual"], []),
    ],
)
def test_methods_come_and_go(name: str, day: str, keys: list[str], discouraged: list[str]) -> None:
    there = rules(name, day)

    assert keys_of(there) == keys
    assert [method.key for method in there.methods if method.discouraged] == discouraged


def test_a_file_stops_covering_what_is_below() -> None:
    assert rules("public-trust", "2021-11-30").method("file") == Method("file", covers_below=True)
    assert rules("public-trust", "2021-12-01").method("file") == Method("file", covers_below=False)
    assert rules("private", "2021-12-01").method("file") == Method("file", covers_below=False)


def test_manual_confirmation_is_no_method_of_a_public_ca() -> None:
    assert rules("private", "2026-11-24").method("manual") == Method("manual", covers_below=True)
    assert rules("public-trust", "2026-11-24").method("manual") == Method(
        "manual", covers_below=False, by_another_method=True
    )


def test_a_method_that_ended_is_none_and_an_unknown_one_an_error() -> None:
    assert rules("public-trust", "2028-03-15").method("mail") is None
    with pytest.raises(KeyError):
        rules("public-trust", "2026-11-24").method("fax")
    with pytest.raises(KeyError):
        rules("public-trust", "2026-11-24").next_change("weather")


@pytest.mark.parametrize(("name", "hold"), [("private", True), ("public-trust", False)])
def test_what_no_date_changes(name: str, hold: bool) -> None:
    there = rules(name, "2026-11-24")

    assert there.hold_allowed == hold
    assert there.ev_wildcards_allowed is False
    assert there.max_sans == 98
    assert there.min_rsa_bits == 2048
    assert there.ec_curves == ("P-256", "P-384")
    assert 0 < there.confirmation_lifetime_days <= 30
    assert there.ev_needs_two_people is True
    assert there.signer_link_lifetime_days == 30


def test_public_trust_never_offers_the_longest_validity_allowed() -> None:
    """BR 6.3.2: not by default, since a fraction of a second counts as one more day."""
    days = [row.since for row in policy.load("public-trust") if row.since and row.since >= date(2020, 9, 1)]

    for day in days:
        there = rules("public-trust", day.isoformat())
        assert max(day or 0 for day in days_of(there)) == there.max_validity_days - 1


def test_changes_are_told_before_they_come() -> None:
    today = rules("public-trust", "2026-11-24")

    change = today.next_change("validity-days")
    ending = today.next_change("method.mail")

    assert change
    assert change.on == date(2027, 3, 15)
    assert change.row
    assert change.row.value == (99, 45)
    assert ending == Change(date(2028, 3, 15), "method.mail", None)
    assert today.next_change("hold-allowed") is None


def test_all_changes_are_told_the_soonest_first() -> None:
    changes = policy.changes_after(midnight("2026-11-24"), "public-trust")

    assert [(change.on.isoformat(), change.what) for change in changes] == [
        ("2027-03-15", "validity-days"),
        ("2027-03-15", "max-validity-days"),
        ("2027-03-15", "domain-reuse-days"),
        ("2028-03-15", "method.mail"),
        ("2028-03-15", "method.dns-contact"),
        ("2029-03-15", "validity-days"),
        ("2029-03-15", "max-validity-days"),
        ("2029-03-15", "domain-reuse-days"),
        ("2029-03-15", "domain-revet-days-before"),
    ]
    assert policy.changes_after(midnight("2026-11-24"), "private") == []


def test_a_change_is_told_until_the_day_before_it() -> None:
    before, on = midnight("2027-03-15") - SECOND, midnight("2027-03-15")

    assert policy.changes_after(before, "public-trust")[0].on == date(2027, 3, 15)
    assert policy.changes_after(on, "public-trust")[0].on == date(2028, 3, 15)


def test_a_rule_that_ended_names_its_last_row() -> None:
    there = rules("public-trust", "2026-11-24")
    last = there.last_row("method.whois")

    assert there.row("method.whois") is None
    assert last
    assert last.until == date(2025, 7, 15)
    assert rules("public-trust", "2019-01-31").last_row("method.dns-contact") is None
    assert there.last_row("max-sans") == there.row("max-sans")


def test_labels_speak_of_years_where_the_guide_does() -> None:
    with translation.override("en"):
        assert [choice.label for choice in rules("private", "2026-11-24").validity_choices("SHA-256")] == [
            "1 year",
            "2 years",
        ]
        assert [choice.label for choice in rules("public-trust", "2026-11-24").validity_choices("SHA-256")] == [
            "199 days",
            "90 days",
        ]


def test_a_choice_is_found_by_its_key_while_it_is_on_offer() -> None:
    there = rules("private", "2015-06-01")

    for algorithm in there.hash_algorithms():
        for choice in there.validity_choices(algorithm):
            assert there.find_validity(algorithm, choice.key) == choice
    assert there.find_validity("SHA-256", "until-2016-12-31") is None
    assert rules("private", "2016-01-01").find_validity("SHA-1", "until-2016-12-31") is None


def test_validity_counts_its_last_second() -> None:
    start = datetime(2026, 11, 24, 9, 50, tzinfo=UTC)
    year = rules("private", "2026-11-24").find_validity("SHA-256", "365-days")
    fixed = rules("private", "2015-06-01").find_validity("SHA-1", "until-2016-12-31")

    assert year
    assert year.expires_at(start) == datetime(2027, 11, 24, 9, 49, 59, tzinfo=UTC)
    assert fixed
    assert fixed.expires_at(start) == datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)


def test_days_begin_at_midnight_utc() -> None:
    tokyo = timezone(timedelta(hours=9))

    assert policy.at(datetime(2026, 3, 15, 8, 59, 59, tzinfo=tokyo), "public-trust").max_validity_days == 398
    assert policy.at(datetime(2026, 3, 15, 9, 0, 0, tzinfo=tokyo), "public-trust").max_validity_days == 200


def test_a_moment_needs_a_time_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        policy.at(datetime(2026, 3, 15), "private")  # noqa: DTZ001 - the mistake itself


def test_the_settings_name_the_policy() -> None:
    moment = midnight("2026-11-24")

    with override_settings(PORTAL_POLICY="public-trust"):
        assert policy.at(moment).policy == "public-trust"
        assert policy.at(moment, "private").policy == "private"
    with override_settings():
        del settings.PORTAL_POLICY
        assert policy.at(moment).policy == "private"


@pytest.mark.parametrize("name", ["no-such", "../policy/private", "private.toml", "Private", "x\x00"])
def test_an_unknown_policy_is_an_error(name: str) -> None:
    with pytest.raises(PolicyError, match="there is no such policy"):
        policy.at(midnight("2026-11-24"), name)


def test_files_are_read_once() -> None:
    assert policy.load("private") is policy.load("private")


# What a file must not say: each is a small change to the private policy.

GOOD = (policy_rows.FOLDER / "private.toml").read_text(encoding="utf-8")
NUMBERS = {row.what: row.number for row in policy.load("private")}
NEXT = GOOD.count("[[rule]]") + 1
SANS = NUMBERS["max-sans"]


def refusal(folder: Path, content: str) -> PolicyError:
    file = folder / "ours.toml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(PolicyError) as refused:
        policy.read(file)
    return refused.value


def extra(**lines: Any) -> str:
    row = {"what": '"max-sans"', "value": "98", "source": '"ours"'} | lines
    return GOOD + "\n[[rule]]\n" + "".join(f"{key} = {text}\n" for key, text in row.items() if text)


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ({"what": ""}, "what is missing"),
        ({"value": ""}, "value is missing"),
        ({"source": ""}, "source is missing"),
        ({"source": '" "'}, "source is missing"),
        ({"source": "7"}, "source is missing"),
        ({"note": "7"}, "note must be text"),
        ({"colour": '"red"'}, "unknown key colour"),
        ({"what": '"max-cats"'}, "unknown what: max-cats"),
        ({"what": "7"}, "unknown what: 7"),
        ({"what": '"method.fax"', "value": "{ covers-below = true }"}, "unknown what: method.fax"),
        ({"value": '"98"'}, "the value of max-sans must be a number above zero"),
        ({"value": "0"}, "the value of max-sans must be a number above zero"),
        ({"value": "true"}, "the value of max-sans must be a number above zero"),
        ({"what": '"hold-allowed"', "value": "1"}, "the value of hold-allowed must be true or false"),
        (
            {"what": '"hash-algorithms"', "value": '["MD5"]'},
            "the value of hash-algorithms must be a list out of SHA-256, SHA-1",
        ),
        ({"what": '"ec-curves"', "value": "[]"}, "the value of ec-curves must be a list out of P-256, P-384, P-521"),
        (
            {"what": '"validity-days"', "value": "[90, 90]"},
            "the value of validity-days must be a list of numbers of days",
        ),
        (
            {"what": '"confirmation-lifetime-days"', "value": "31"},
            "the value of confirmation-lifetime-days must be a number of days up to 30",
        ),
        (
            {"what": '"min-rsa-bits"', "value": "1024"},
            "the value of min-rsa-bits must be a number of bits, at least 2048",
        ),
        (
            {"what": '"internal-names-expire-before"', "value": "2015-11-01T00:00:00Z"},
            "the value of internal-names-expire-before must be a date",
        ),
        (
            {"what": '"method.file"', "value": "{ covers = true }"},
            "the value of method.file must be a table of covers-below, discouraged and by-another-method, "
            "each true or false",
        ),
        ({"from": '"2026-01-01"'}, "from must be a date"),
        ({"until": "2026-01-01T00:00:00Z"}, "until must be a date"),
        ({"from": "2026-01-02", "until": "2026-01-02"}, "from must be before until"),
        ({}, f"max-sans overlaps row {SANS}"),
        ({"from": "2030-01-01"}, f"max-sans overlaps row {SANS}"),
        ({"until": "2010-01-01"}, f"max-sans overlaps row {SANS}"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, lines: dict[str, str], reason: str) -> None:
    error = refusal(tmp_path, extra(**lines))

    assert (error.file, error.row, error.reason) == ("ours.toml", NEXT, reason)
    assert str(error) == f"ours.toml, row {NEXT}: {reason}"


@pytest.mark.parametrize(
    ("old", "new", "row", "reason"),
    [
        ("from = 2016-01-01", "from = 2015-12-31", 2, "hash-algorithms overlaps row 1"),
        (
            "from = 2016-01-01",
            "from = 2016-01-02",
            2,
            "nothing holds for hash-algorithms from 2016-01-01 until 2016-01-02",
        ),
        (
            "value = 98",
            "value = 98\nuntil = 2030-01-01",
            None,
            "max-sans must hold on every day, without a first or a last one",
        ),
        (
            "value = 98",
            "value = 98\nfrom = 2010-01-01",
            None,
            "max-sans must hold on every day, without a first or a last one",
        ),
        (
            '"max-sans"',
            '"method.mail"',
            SANS,
            "the value of method.mail must be a table of covers-below, discouraged and by-another-method, "
            "each true or false",
        ),
        (
            "value = [365, 730]",
            "value = [365, 731]",
            NUMBERS["validity-days"],
            f"validity-days exceeds max-validity-days of row {NUMBERS['max-validity-days']}",
        ),
        (
            "value = 60",
            "value = 400",
            NUMBERS["profile-revet-days-before"],
            f"profile-revet-days-before exceeds ev-reuse-days of row {NUMBERS['ev-reuse-days']}",
        ),
    ],
)
def test_a_policy_that_contradicts_itself_is_refused(
    tmp_path: Path, old: str, new: str, row: int | None, reason: str
) -> None:
    error = refusal(tmp_path, GOOD.replace(old, new, 1))

    assert (error.row, error.reason) == (row, reason)


@pytest.mark.parametrize(
    "content", ["", "rule = 7", 'title = "x"\n' + GOOD, "rule = [7]", "[[rule]\n", "\ufffe = \x00"]
)
def test_a_file_of_another_shape_is_refused(tmp_path: Path, content: str) -> None:
    assert refusal(tmp_path, content).file == "ours.toml"


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "ours.toml"
    file.write_bytes(b"\xff\xfe\x00")

    with pytest.raises(PolicyError, match="not TOML"):
        policy.read(file)
