"""Scopes as they are written, and how far each goes."""

import pytest

from api.access.principal import Principal
from api.access.scopes import AccessScope, Grant, ScopeInvalid, known_grants

MISTRAL = frozenset({"Mistral AI"})


@pytest.mark.parametrize("text", [*AccessScope, "announce:azure", "announce:azure:mistral-ai", "announce:*:mistral-ai"])
def test_a_scope_is_written_as_it_is_read(text: str) -> None:
    assert str(Grant.parse(text)) == text


def test_an_announcement_that_is_limited_to_nothing_is_not_limited() -> None:
    assert Grant.parse("announce:*:*") == Grant.parse("announce:*") == Grant.parse("announce")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Read",
        "read:azure",
        "admin:azure",
        "announce:",
        "announce:Azure",
        "announce:azure:",
        "announce:azure:Mistral AI",
        "announce:a:b:c",
    ],
)
def test_what_is_no_scope_is_refused(text: str) -> None:
    with pytest.raises(ScopeInvalid):
        Grant.parse(text)


def test_among_the_scopes_of_a_token_those_of_others_do_not_count() -> None:
    assert known_grants(["openid", "read", "announce:azure", "admin:x"]) == {Grant.parse("read"), Grant.parse("announce:azure")}


@pytest.mark.parametrize(
    ("scopes", "catalog", "providers", "may"),
    [
        (["announce"], "azure", frozenset(), True),
        (["admin"], "azure", frozenset(), True),
        (["read", "directory", "notices"], "azure", MISTRAL, False),
        (["announce:azure"], "azure", frozenset(), True),
        (["announce:azure"], "bedrock", MISTRAL, False),
        (["announce:*:mistral-ai"], "bedrock", MISTRAL, True),
        (["announce:azure:mistral-ai"], "bedrock", MISTRAL, False),
        (["announce:azure:mistral-ai"], "azure", frozenset({"OpenAI"}), False),
        (["announce:azure:mistral-ai"], "azure", frozenset(), False),
        (["announce:azure:mistral-ai"], "azure", frozenset({"Mistral AI", "OpenAI"}), False),
        (["announce:azure:mistral-ai"], "azure", frozenset({"Mistral AI", "mistral  ai"}), True),
        (["announce:azure:openai", "announce:bedrock"], "bedrock", MISTRAL, True),
    ],
)
def test_an_announcement_goes_as_far_as_a_scope_does(scopes: list[str], catalog: str, providers: frozenset[str], *, may: bool) -> None:
    sender = Principal("key:test", frozenset(map(Grant.parse, scopes)), lambda: True)
    assert sender.may_announce_for(catalog, providers) is may


def test_who_may_do_everything_may_do_what_nobody_else_may() -> None:
    admin = Principal("key:admin", frozenset({Grant(AccessScope.ADMIN)}), lambda: True)
    reader = Principal("key:reader", frozenset({Grant(AccessScope.READ)}), lambda: True)
    assert admin.may(frozenset({AccessScope.NOTICES}))
    assert admin.may_announce("azure")
    assert not reader.may(frozenset({AccessScope.NOTICES, AccessScope.ADMIN}))
    assert not reader.may(frozenset())
