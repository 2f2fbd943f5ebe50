"""The provider's keys: changed by it, asked for with measure, and trusted for a while when it is silent."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from api.access.errors import CredentialRefused, CredentialUnchecked
from api.access.provider import ProviderFailed
from api.access.signing_keys import FRESH_SECONDS, PAUSE_SECONDS, TRUSTED_SECONDS, SigningKeys
from tests.api.access.issuer import as_jwk


class Provider:
    """A provider without a network, and a clock that is set by hand."""

    def __init__(self, *names: str) -> None:
        self.names = list(names)
        self.failing = False
        self.asked = 0
        self.now = 1000.0
        self.keys = SigningKeys(self.fetch, lambda: self.now)

    async def fetch(self) -> Sequence[Mapping[str, Any]]:
        self.asked += 1
        await asyncio.sleep(0)
        if self.failing:
            raise ProviderFailed("it is away")
        return [as_jwk(name) for name in self.names]

    def has(self, id_: str | None) -> bool:
        try:
            asyncio.run(self.keys.key(id_))
        except CredentialRefused:
            return False
        return True


def test_keys_are_fetched_once_and_kept() -> None:
    provider = Provider("one")
    assert all(provider.has("one") for _ in range(10))
    assert provider.asked == 1


def test_a_rotated_key_is_found_and_the_one_before_is_good_no_longer() -> None:
    provider = Provider("one")
    assert provider.has("one")
    provider.names = ["two"]
    provider.now += PAUSE_SECONDS
    assert provider.has("two")
    assert not provider.has("one")


def test_a_key_that_was_taken_back_is_good_no_longer_when_the_keys_are_old() -> None:
    provider = Provider("one", "two")
    assert provider.has("one")
    provider.names = ["two"]
    provider.now += FRESH_SECONDS
    assert not provider.has("one")


def test_a_flood_of_unknown_keys_costs_the_provider_one_question_in_a_while() -> None:
    provider = Provider("one")
    assert provider.has("one")
    provider.now += PAUSE_SECONDS

    async def flood() -> list[object]:
        return await asyncio.gather(*(provider.keys.key(f"unknown-{number}") for number in range(500)), return_exceptions=True)

    assert {type(found) for found in asyncio.run(flood())} == {CredentialRefused}
    assert provider.asked == 2
    assert provider.has("one")


def test_a_token_that_names_no_key_is_signed_by_the_only_one() -> None:
    assert Provider("one").has(None)
    assert not Provider("one", "two").has(None)


def test_while_the_provider_is_silent_its_keys_are_trusted_for_a_while() -> None:
    provider = Provider("one")
    assert provider.has("one")
    provider.failing = True
    provider.now += TRUSTED_SECONDS - 1
    assert provider.has("one")
    provider.now += PAUSE_SECONDS
    with pytest.raises(CredentialUnchecked):
        provider.has("one")
    asked = provider.asked
    with pytest.raises(CredentialUnchecked):
        provider.has("one")
    assert provider.asked == asked, "it is left alone for a moment"
    provider.failing = False
    provider.now += PAUSE_SECONDS
    assert provider.has("one")


def test_nobody_waits_for_keys_that_are_being_fetched_again() -> None:
    provider = Provider("one")
    assert provider.has("one")
    provider.now += FRESH_SECONDS

    async def both() -> None:
        held = asyncio.Event()

        async def slow() -> Sequence[Mapping[str, Any]]:
            await held.wait()
            return [as_jwk("one")]

        provider.keys._fetch = slow
        first = asyncio.create_task(provider.keys.key("one"))
        await asyncio.sleep(0)
        assert (await asyncio.wait_for(provider.keys.key("one"), 1)).key_id == "one"
        assert not first.done()
        held.set()
        await first

    asyncio.run(both())
