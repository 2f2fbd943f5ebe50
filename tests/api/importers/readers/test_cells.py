"""Cells that hold names: models, versions, replacements, labels, providers."""

import pytest

from api.importers.readers.cells import (
    Unreadable,
    is_blank,
    read_label,
    read_models,
    read_provider,
    read_replacements,
    read_scope_values,
)
from api.importers.readers.markup import plain
from domain.stages import Stage


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("[Mistral-large](https://aka.ms/azureai/landing/Mistral-Large)", ["Mistral-large"]),
        ("`gpt-4`<br>`gpt-4-32k`", ["gpt-4", "gpt-4-32k"]),
        ("`gpt-4`<br><br>`gpt-4-32k`", ["gpt-4", "gpt-4-32k"]),
        ("`gpt-4`, `gpt-4-32k`", ["gpt-4", "gpt-4-32k"]),
        ("**gpt-4**", ["gpt-4"]),
        ("gpt-4<sup>1</sup>", ["gpt-4"]),
        ("gpt-4 **<sup>1</sup>**", ["gpt-4"]),
        ("gpt-4*", ["gpt-4"]),
        ("gpt-4[^1]", ["gpt-4"]),
        ("gpt-4\N{SUPERSCRIPT TWO}", ["gpt-4"]),
        ("Command R+", ["Command R+"]),
        ("gpt-4<br>gpt-4", ["gpt-4"]),
        ("<span>gpt-4</span>", ["gpt-4"]),
    ],
)
def test_models(text: str, names: list[str]) -> None:
    assert list(read_models(plain(text))) == names


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no model"),
        ("-", "no model"),
        ("*", "no model"),
        ("meta/llama", "slash"),
        ("..", "dots alone"),
        ("???", "cannot be used"),
        ("gpt\N{RIGHT-TO-LEFT OVERRIDE}-4", "U\\+202E"),
        ("gpt\N{ZERO WIDTH SPACE}-4", "U\\+200B"),
        ("gpt\0-4", "U\\+0000"),
        ("x" * 10_000, "10000 characters"),
    ],
)
def test_a_name_that_cannot_be_used_is_told_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read_models(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("`gpt-4o`", [("gpt-4o", None)]),
        ("`gpt-35-turbo` (0125) <br><br> `gpt-4o-mini`", [("gpt-35-turbo", "0125"), ("gpt-4o-mini", None)]),
        ("`text-embedding-3-small` or `text-embedding-3-large`", [("text-embedding-3-small", None), ("text-embedding-3-large", None)]),
        ("gpt-4o and gpt-4o-mini", [("gpt-4o", None), ("gpt-4o-mini", None)]),
        ("gpt-4o, gpt-4o-mini, or gpt-4", [("gpt-4o", None), ("gpt-4o-mini", None), ("gpt-4", None)]),
        ("gpt-4o\ngpt-4o-mini", [("gpt-4o", None), ("gpt-4o-mini", None)]),
        ("gpt-4o / gpt-4o-mini", [("gpt-4o", None), ("gpt-4o-mini", None)]),
        ("`gpt-4o` (version 2024-08-06)", [("gpt-4o", "2024-08-06")]),
        ("`gpt-4o` version: `2024-08-06`", [("gpt-4o", "2024-08-06")]),
        ("gpt-4o (preview)", [("gpt-4o (preview)", None)]),
        ("[Mistral-large-2411](https://aka.ms/aistudio/landing/Mistral-Large-2411)", [("Mistral-large-2411", None)]),
        ("azure/mistral-large-2411", [("azure/mistral-large-2411", None)]),
        ("gpt-4o<br>gpt-4o", [("gpt-4o", None)]),
    ],
)
def test_replacements(text: str, found: list[tuple[str, str | None]]) -> None:
    assert [(one.name, one.version) for one in read_replacements(plain(text)) or ()] == found


@pytest.mark.parametrize("text", ["", "-", "N/A", "None", "none", "No replacement", "TBD", ",", "*"])
def test_no_replacement_states_nothing(text: str) -> None:
    assert read_replacements(text) is None


@pytest.mark.parametrize("text", ["..", "a/b/c", "Azure/GPT", "x" * 300, "gpt-4 (\N{RIGHT-TO-LEFT OVERRIDE}1)"])
def test_a_replacement_that_cannot_be_used_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        read_replacements(text)


@pytest.mark.parametrize(
    ("text", "key", "values"),
    [
        ("", "version", []),
        ("N/A", "version", []),
        ("All", "version", []),
        ("all regions", "region", []),
        ("0125", "version", ["0125"]),
        ("2024-05-13", "version", ["2024-05-13"]),
        ("1106-preview", "version", ["1106-preview"]),
        ("`0301`, `0613`, and `1106`", "version", ["0301", "0613", "1106"]),
        ("0301<br>0613", "version", ["0301", "0613"]),
        ("East US, West US 3", "region", ["East US", "West US 3"]),
        ("Standard, Global Standard", "deployment_type", ["standard", "global-standard"]),
        ("DataZone Standard deployments", "deployment_type", ["data-zone-standard"]),
        ("Something new", "deployment_type", ["something-new"]),
    ],
)
def test_versions_and_other_scopes(text: str, key: str, values: list[str]) -> None:
    assert list(read_scope_values(plain(text), key)) == values


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("", None),
        ("-", None),
        ("Preview", Stage.PREVIEW),
        ("GA", Stage.GENERALLY_AVAILABLE),
        ("Generally Available", Stage.GENERALLY_AVAILABLE),
        ("generally_available", Stage.GENERALLY_AVAILABLE),
        ("General availability", Stage.GENERALLY_AVAILABLE),
        ("_Legacy_".strip("_"), Stage.LEGACY),
        ("deprecated*", Stage.DEPRECATED),
        ("Retired", Stage.RETIRED),
    ],
)
def test_labels(text: str, label: Stage | None) -> None:
    assert read_label(text) is label


def test_an_unknown_label_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="'Sunsetting' is none of preview"):
        read_label("Sunsetting")


def test_provider() -> None:
    assert read_provider("Mistral\nAI") == "Mistral AI"
    assert read_provider("\N{EM DASH}") is None
    with pytest.raises(Unreadable, match=r"U\+202E"):
        read_provider("Mistral\N{RIGHT-TO-LEFT OVERRIDE}")


def test_blank() -> None:
    assert all(map(is_blank, ("", " ", "-", "--", "\N{EN DASH}", "\N{EM DASH}", "N/A", "n/a", "Not applicable")))
    assert not any(map(is_blank, ("0", "none", "?", "a-b")))


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a<br>b<br/>c<BR />d", "a\nb\nc\nd"),
        ("  a \N{NO-BREAK SPACE} b  ", "a b"),
        ("[a](http://x) and ![b](c.png)", "a and b"),
        ("**a** `b_c` __d", "a b_c __d"),
        ("a<!-- b -->c", "ac"),
        ("<del>a</del>", "~~a~~"),
        ("1 < 2 > 0", "1 < 2 > 0"),
        ("a<sup>1</sup><sub>2</sub>", "a2"),
    ],
)
def test_markup_falls_away(text: str, left: str) -> None:
    assert plain(text) == left
