"""Subjects: keys, scopes and their short form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidName, InvalidScope
from domain.events import ModelListed
from domain.streams import catalog_prefix, key_of, model_stream, policy_stream, source_stream
from domain.subjects import WHOLE, Scope, SubjectKey, parse_subject, subject_text
from tests.spec import listed

PARTS = st.dictionaries(st.sampled_from(["version", "region", "deployment_type"]), st.sampled_from(["1", "2", "eu"]))


# --- Keys -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["azure/mistral-large", "azure-openai/gpt-4o", "bedrock/ai21.j2-ultra-v1", "azure/command-r+", "a.b_c/通义千问", "x/..a"]
)
def test_a_key_is_written_as_it_is_read(text: str) -> None:
    assert str(SubjectKey.parse(text)) == text
    assert key_of(model_stream(SubjectKey.parse(text))) == SubjectKey.parse(text)


@pytest.mark.parametrize(
    ("text", "what", "reason"),
    [
        ("", "model", "catalog/model"),
        ("mistral-large", "model", "catalog/model"),
        ("/mistral-large", "catalog", "lower-case letters"),
        ("Azure/mistral-large", "catalog", "lower-case letters"),
        ("-azure/mistral-large", "catalog", "lower-case letters"),
        ("azüre/mistral-large", "catalog", "lower-case letters"),
        ("a" * 65 + "/x", "catalog", "up to 64"),
        ("../x", "catalog", "lower-case letters"),
        ("azure\n/x", "catalog", "lower-case letters"),
        ("azure/", "model", "empty"),
        ("azure/a/b", "model", "slash"),
        ("azure/..", "model", "dots alone"),
        ("azure/.", "model", "dots alone"),
        ("azure/Mistral Large", "model", "did you mean mistral-large?"),
        ("azure/???", "model", "did you mean another name?"),
        ("azure/mistral@1", "model", "did you mean mistral1?"),
        ("azure/ x", "model", "did you mean x?"),
        ("azure/x\0", "model", r"U+0000"),
        ("azure/x\N{RIGHT-TO-LEFT OVERRIDE}", "model", "U+202E"),
        ("azure/cafe\N{COMBINING ACUTE ACCENT}", "model", "did you mean café?"),
        ("azure/" + "x" * 10_000, "model", "10000 characters"),
    ],
)
def test_what_is_no_key_is_refused_with_what_is_wrong(text: str, what: str, reason: str) -> None:
    with pytest.raises(InvalidName) as refused:
        SubjectKey.parse(text)
    assert refused.value.what == what
    assert reason in refused.value.sentence


def test_keys_are_sorted_by_catalog_then_model() -> None:
    keys = [SubjectKey.parse(text) for text in ("b/a", "a/z", "a/b")]
    assert [str(key) for key in sorted(keys)] == ["a/b", "a/z", "b/a"]


def test_streams_are_named_by_their_subject() -> None:
    key = SubjectKey.parse("azure/mistral-large")
    assert model_stream(key) == "model:azure/mistral-large"
    assert model_stream(key).startswith(catalog_prefix("azure"))
    assert not model_stream(key).startswith(catalog_prefix("az"))
    assert model_stream(key).startswith(catalog_prefix(None))
    assert (policy_stream("azure"), source_stream("azure", "page")) == ("policy:azure", "source:azure:page")


# --- Scopes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["Version", "deployment-type", "", "1st", "versión", "a b", "_x", "v" * 65, "version\n"])
def test_a_scope_key_is_in_snake_case(key: str) -> None:
    with pytest.raises(InvalidScope) as refused:
        Scope.of({key: "1"})
    assert refused.value.key == key


@pytest.mark.parametrize("value", ["", " ", "x" * 201, "1\0", "eu\N{ZERO WIDTH SPACE}"])
def test_a_scope_value_is_readable(value: str) -> None:
    with pytest.raises(InvalidName) as refused:
        Scope.of({"version": value})
    assert refused.value.what == "scope version"


def test_a_scope_is_the_same_in_any_order_and_form() -> None:
    scope = Scope.of({"version": " 2407 ", "region": "Espan\N{COMBINING TILDE}a"})
    assert scope == Scope.of({"region": "España", "version": "2407"})
    assert str(scope) == "region=España, version=2407"
    assert scope.as_dict() == {"region": "España", "version": "2407"}
    assert (len(scope), bool(scope), bool(WHOLE), str(WHOLE)) == (2, True, False, "")


@given(PARTS, PARTS)
def test_a_claim_holds_for_what_names_all_that_it_names(claim: dict[str, str], question: dict[str, str]) -> None:
    assert Scope.of(claim).holds_for(Scope.of(question)) == (claim.items() <= question.items())


@given(PARTS, PARTS)
def test_scopes_meet_unless_they_differ_in_a_key_and_their_meeting_is_in_both(left: dict[str, str], right: dict[str, str]) -> None:
    one, other = Scope.of(left), Scope.of(right)
    assert one.meets(other) == other.meets(one) == all(right.get(key, value) == value for key, value in left.items())
    if one.meets(other):
        assert one.joined(other) == other.joined(one)
        assert one.holds_for(one.joined(other))
        assert other.holds_for(one.joined(other))


@given(PARTS)
def test_a_stored_scope_comes_back_as_it_was(parts: dict[str, str]) -> None:
    event = ModelListed(**{**dict(listed()), "scope": Scope.of(parts)})
    assert ModelListed.model_validate_json(event.model_dump_json()) == event


# --- Short form -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "scope"),
    [("azure-openai/gpt-4o@2024-05-13", {"version": "2024-05-13"}), ("azure-openai/gpt-4o", {}), ("a/b@1@2", {"version": "1@2"})],
)
def test_the_short_form_names_a_version(text: str, scope: dict[str, str]) -> None:
    key, found = parse_subject(text)
    assert found == Scope.of(scope)
    assert subject_text(key, found) == text


def test_the_short_form_tells_of_a_scope_its_version_alone() -> None:
    key = SubjectKey.parse("azure/x")
    assert subject_text(key, Scope.of({"region": "eu", "version": "1"})) == "azure/x@1"
    assert subject_text(key, Scope.of({"region": "eu"})) == "azure/x"


@pytest.mark.parametrize("text", ["azure/x@", "azure/x@ ", "@1", "azure@1"])
def test_what_is_no_short_form_is_refused(text: str) -> None:
    with pytest.raises(InvalidName):
        parse_subject(text)


def test_two_scopes_never_read_alike() -> None:
    with pytest.raises(InvalidName, match="equals sign"):
        Scope.of({"a": "1, b=2"})
