"""Secrets at rest."""

import pytest

from sslportal.kit.sealing import SealBroken, seal, unseal


def test_a_sealed_text_is_unsealed_as_it_was():
    assert unseal(seal("s3cret 日本語")) == "s3cret 日本語"


def test_a_sealed_text_tells_nothing_and_is_new_every_time():
    first, second = seal("s3cret"), seal("s3cret")

    assert "s3cret" not in first
    assert first != second


def test_a_text_sealed_with_the_former_key_is_read_while_that_is_a_fallback(settings):
    sealed = seal("s3cret")

    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another key", [settings.SECRET_KEY]

    assert unseal(sealed) == "s3cret"


def test_a_text_sealed_with_a_key_that_is_gone_says_what_to_do(settings):
    sealed = seal("s3cret")

    settings.SECRET_KEY = "another key"

    with pytest.raises(SealBroken, match="SECRET_KEY_FALLBACKS"):
        unseal(sealed)


def test_a_changed_text_is_refused():
    sealed = seal("s3cret")

    with pytest.raises(SealBroken):
        unseal(sealed[:-4] + ("AAAA" if sealed[-4:] != "AAAA" else "BBBB"))


def test_something_that_was_never_sealed_is_refused():
    with pytest.raises(SealBroken):
        unseal("s3cret")
