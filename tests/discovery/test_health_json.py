"""A close look goes to JSON and comes back; what is not of our making is refused."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.scanner import results, suites
from discovery.scanner.health import VERSIONS, Health, from_json, to_json
from discovery.scanner.results import BadResult
from tests.discovery.test_results import FOUND, REFUSED, RESULTS

SEEN = Health(FOUND, (0x0301, 0x0303), (("rc4", 0x0005), ("null", 0x0002)), staples=False, unseen=("SSLv3", "des"))


def test_a_health_in_json_has_what_is_known_only():
    assert to_json(Health(REFUSED)) == {"found": results.to_json(REFUSED)}
    assert to_json(SEEN) == {
        "found": results.to_json(FOUND),
        "versions": (0x0301, 0x0303),
        "weak": (("rc4", 0x0005), ("null", 0x0002)),
        "staples": False,
        "unseen": ("SSLv3", "des"),
    }


NAMES = [*results.VERSIONS.values(), *suites.WEAK]
GROUPS = st.lists(st.sampled_from(list(suites.WEAK)), unique=True)
HEALTHS = RESULTS.filter(lambda result: result.outcome != "found").map(Health) | st.builds(
    Health,
    found=st.just(FOUND),
    versions=st.lists(st.sampled_from(list(VERSIONS)), unique=True).map(tuple),
    weak=GROUPS.map(lambda groups: tuple((group, suites.WEAK[group][-1]) for group in groups)),
    staples=st.sampled_from([None, False, True]),
    unseen=st.lists(st.sampled_from(NAMES), unique=True).map(tuple),
)


@given(HEALTHS)
def test_every_health_comes_back_out_of_json(health):
    assert from_json(json.loads(json.dumps(to_json(health)))) == health


def changed(health=SEEN, **fields):
    return {**json.loads(json.dumps(to_json(health))), **fields}


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        changed(more=1),
        changed(found=None),
        changed(found={"host": "a.test"}),
        changed(versions=5),
        changed(versions={}),
        changed(versions=[0x0305]),
        changed(versions=["TLS 1.2"]),
        changed(versions=[0x0303, 0x0303]),
        changed(versions=[771.0]),
        changed(versions=[True]),
        changed(versions=[[]]),
        changed(weak="rc4"),
        changed(weak=["rc4"]),
        changed(weak=[["rc4"]]),
        changed(weak=[["rc4", 0x1301]]),
        changed(weak=[["rc4", 5.0]]),
        changed(weak=[["rc4", [5]]]),
        changed(weak=[["strong", 5]]),
        changed(weak=[[5, 5]]),
        changed(weak=[[[], 5]]),
        changed(weak=[["rc4", 5], ["rc4", 4]]),
        changed(weak=[["rc4", 5]] * 10_000),
        changed(staples=1),
        changed(staples="no"),
        changed(staples=[]),
        changed(unseen=["TLS 1.4"]),
        changed(unseen=["des", "des"]),
        changed(unseen=[None]),
        changed(unseen=["<b>"]),
        changed(Health(REFUSED), staples=True),
        changed(Health(REFUSED), versions=[0x0303]),
        changed(Health(REFUSED), unseen=["des"]),
    ],
)
def test_what_is_no_health_is_refused(data):
    with pytest.raises(BadResult):
        from_json(data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from([*NAMES, 0x0303, 5]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(Health._fields), inner, max_size=5)
        | inner.map(lambda value: changed(weak=value))
        | inner.map(lambda value: changed(versions=value))
        | inner.map(lambda value: changed(unseen=value))
    ),
    max_leaves=20,
)


@given(JSON)
def test_any_json_is_read_or_refused(data):
    with contextlib.suppress(BadResult):
        assert from_json(data).found.host
