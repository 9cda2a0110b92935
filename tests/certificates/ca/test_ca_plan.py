"""Plans: dates, serial numbers, and the common name in the subject."""

from datetime import UTC, datetime, timedelta

from certificates.ca.plan import new_serial, validity


def test_validity_begins_ten_minutes_back_and_ends_a_second_early():
    not_before, not_after = validity(datetime(2026, 11, 24, 3, 0, 0, 999_999, tzinfo=UTC), 365)

    assert not_before == datetime(2026, 11, 24, 2, 50, 0, tzinfo=UTC)
    assert not_after == datetime(2027, 11, 24, 2, 49, 59, tzinfo=UTC)
    assert not_after - not_before + timedelta(seconds=1) == timedelta(days=365)


def test_serial_numbers_are_large_positive_and_all_different():
    serials = {new_serial() for _number in range(1000)}

    assert len(serials) == 1000
    assert all(0 < serial < 2**127 for serial in serials)
    assert max(serials).bit_length() == 127


def test_common_name_stays_in_the_subject_up_to_64_characters(make_plan):
    fits, exceeds = "a" * 52 + ".example.com", "a" * 53 + ".example.com"

    assert make_plan(names=(fits,)).subject_common_name == fits
    assert make_plan(names=(exceeds,)).subject_common_name is None
