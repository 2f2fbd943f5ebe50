"""Finding a model by what somebody typed."""

import pytest

from domain.lookup import CANDIDATES_MAX, find_model, nearest_names
from domain.refusals import NoSuchModel, SeveralModels
from domain.subjects import SubjectKey

MODELS = [
    SubjectKey.parse(text)
    for text in (
        "azure-openai/gpt-4o",
        "azure-openai/gpt-4o-mini",
        "azure/command-r",
        "azure/command-r+",
        "azure/mistral-large",
        "azure/mistral-small",
        "bedrock/mistral-small",
    )
]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("azure/mistral-large", "azure/mistral-large"),
        ("Azure/Mistral-Large", "azure/mistral-large"),
        ("mistral-large", "azure/mistral-large"),
        ("  Mistral Large ", "azure/mistral-large"),
        ("Command R", "azure/command-r"),
        ("command-r+", "azure/command-r+"),
        ("gpt-4o", "azure-openai/gpt-4o"),
        ("azure-openai/gpt-4o", "azure-openai/gpt-4o"),
        ("mini", "azure-openai/gpt-4o-mini"),
        ("l large", "azure/mistral-large"),
        ("bedrock/mistral", "bedrock/mistral-small"),
    ],
)
def test_a_model_is_found_by_its_key_its_name_or_a_part_of_it(text: str, key: str) -> None:
    assert str(find_model(text, MODELS)) == key


@pytest.mark.parametrize(
    ("text", "candidates"),
    [
        ("mistral-small", ["azure/mistral-small", "bedrock/mistral-small"]),
        ("azure/command", ["azure/command-r", "azure/command-r+"]),
        ("mistral", ["azure/mistral-large", "azure/mistral-small", "bedrock/mistral-small"]),
    ],
)
def test_what_can_mean_several_is_refused_with_all_of_them(text: str, candidates: list[str]) -> None:
    with pytest.raises(SeveralModels) as refused:
        find_model(text, MODELS)
    assert (refused.value.text, refused.value.candidates, refused.value.more) == (text, candidates, 0)


def test_of_very_many_only_some_are_named_and_all_are_counted() -> None:
    models = [SubjectKey("azure", f"gpt-{number}") for number in range(100)]
    with pytest.raises(SeveralModels) as refused:
        find_model("gpt", models)
    assert (len(refused.value.candidates), refused.value.more) == (CANDIDATES_MAX, 100 - CANDIDATES_MAX)
    assert "can mean 100 models" in refused.value.sentence
    assert "and 80 more" in refused.value.sentence


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("azure/mistral-larg3", ["azure/mistral-large", "azure/mistral-small", "bedrock/mistral-small"]),
        ("gtp-4o", ["azure-openai/gpt-4o", "azure-openai/gpt-4o-mini"]),
        ("mistral-smal1", ["azure/mistral-small", "bedrock/mistral-small", "azure/mistral-large"]),
        ("zzzzzz", []),
        ("", []),
        ("???", []),
        ("azure/..", []),
        ("x" * 10_000, []),
    ],
)
def test_what_fits_no_model_is_refused_with_the_nearest_names(text: str, nearest: list[str]) -> None:
    with pytest.raises(NoSuchModel) as refused:
        find_model(text, MODELS)
    assert refused.value.text == text
    assert list(refused.value.nearest) == nearest == list(nearest_names(text, MODELS))
    assert len(refused.value.sentence) < 300


def test_an_empty_ledger_has_no_model() -> None:
    with pytest.raises(NoSuchModel):
        find_model("mistral-large", [])
