"""A result goes to JSON and comes back; what is not of our making is refused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.scanner.results import MOST_BYTES, OUTCOMES, VERSIONS, BadResult, Result, Shown, from_json, to_json

CERTIFICATE = Shown(0x0303, 0xC02F, deflate=True, chain=(b"leaf", b"issuer"), staple=b"response")
FOUND = Result("www.example.com", 443, "found", address="192.0.2.1", shown=(CERTIFICATE,))
REFUSED = Result("192.0.2.1", 443, "refused")


def test_a_result_in_json_has_what_is_known_only():
    assert to_json(REFUSED) == {"host": "192.0.2.1", "port": 443, "outcome": "refused"}
    assert to_json(FOUND) == {
        "host": "www.example.com",
        "port": 443,
        "outcome": "found",
        "address": "192.0.2.1",
        "shown": [
            {
                "version": 771,
                "suite": 49199,
                "deflate": True,
                "chain": ["bGVhZg==", "aXNzdWVy"],
                "staple": "cmVzcG9uc2U=",
            }
        ],
    }


TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=80)
SHOWN = st.builds(
    Shown,
    version=st.sampled_from(sorted(VERSIONS)),
    suite=st.integers(0, 0xFFFF),
    deflate=st.booleans(),
    chain=st.lists(st.binary(min_size=1, max_size=50), min_size=1, max_size=4).map(tuple),
    staple=st.binary(max_size=50),
    leaf_only=st.booleans(),
)
FAILED = st.builds(
    Result,
    host=TEXT.filter(bool),
    port=st.integers(1, 65535),
    outcome=st.sampled_from(sorted(OUTCOMES - {"found"})),
    detail=TEXT,
    address=st.sampled_from(["", "192.0.2.1", "2001:db8::1"]),
    shown=st.just(()),
)
RESULTS = FAILED | st.builds(
    lambda failed, shown: failed._replace(outcome="found", shown=tuple(shown)),
    FAILED,
    st.lists(SHOWN, min_size=1, max_size=2),
)


@given(RESULTS)
def test_every_result_comes_back_out_of_json(result):
    assert from_json(json.loads(json.dumps(to_json(result)))) == result


def changed(result=FOUND, **fields):
    return {**to_json(result), **fields}


def with_shown(**fields):
    return changed(shown=[{**to_json(FOUND)["shown"][0], **fields}])


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        "found",
        {},
        changed(more=1),
        changed(host=""),
        changed(host=5),
        changed(host="a\nb"),
        changed(host="ü"),
        changed(host="a" * 254),
        changed(port=0),
        changed(port=65536),
        changed(port=True),
        changed(port="443"),
        changed(outcome="good"),
        changed(outcome="refused"),
        changed(REFUSED, outcome="found"),
        changed(detail="x" * 81),
        changed(detail="<b>\x00"),
        changed(address="a" * 46),
        changed(shown={}),
        changed(shown=[1]),
        changed(shown=to_json(FOUND)["shown"] * 3),
        with_shown(chain=[]),
        with_shown(chain=["not Base64!"]),
        with_shown(chain=[""]),
        with_shown(chain=[5]),
        with_shown(chain="bGVhZg=="),
        with_shown(chain=["bGVhZg=="] * 101),
        with_shown(chain=["AAAA" * (MOST_BYTES // 3 + 1)]),
        with_shown(chain=["AAAA" * MOST_BYTES]),
        with_shown(staple="é"),
        with_shown(version=0x0305),
        with_shown(version=-1),
        with_shown(suite=0x10000),
        with_shown(deflate=1),
        with_shown(name="x"),
    ],
)
def test_what_is_no_result_is_refused(data):
    with pytest.raises(BadResult):
        from_json(data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from([*Result._fields, *Shown._fields]), inner, max_size=6)
    ),
    max_leaves=20,
)


@given(JSON)
def test_any_json_is_read_or_refused(data):
    try:
        said = from_json(data).host
    except BadResult as bad:
        said = str(bad)
    assert said
