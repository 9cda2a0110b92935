"""Comparing the records of a report with those of the one before."""

import pytest

from reporting import keys


@pytest.mark.parametrize("some", [[], [7], [3, 1, 2], [10**15, -4, 0], [number**3 for number in range(2_000)]])
def test_keys_come_back_as_they_were(some):
    assert keys.unpack(keys.pack(some)) == set(some)


def test_what_is_new_and_what_is_gone_is_counted():
    assert keys.changes(keys.pack([1, 2, 3]), [2, 3, 4, 5]) == (2, 1)
    assert keys.changes(keys.pack([]), [1]) == (1, 0)
    assert keys.changes(keys.pack([1, 2]), [2, 1]) == (0, 0)


def test_many_keys_take_little_room():
    every_third = range(0, 900_000, 3)
    assert len(keys.pack(every_third)) < 10_000
