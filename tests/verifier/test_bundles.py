"""The verifier on bundles as they are made, and on each of them with anything altered."""

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from domain.verify_answer import NotTold, Proven, Refused, verify
from tests.api.http.apps import Site, site
from tests.verifier.bundles import JSON, Made, of_run, of_stage

KINDS = ("stage", "not known", "scope", "told", "excluded", "closure")
Path = tuple[str | int, ...]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Made]:
    with site() as first:
        stage = of_stage(first, valid_at="2025-01-20", known_at="2025-01-10")
        asked = {"valid_at": "2025-01-20", "known_at": "2023-01-01", "proof": "true"}
        not_known = Made(first.read("/v1/models/azure/mistral-large/stage", **asked), stage.key)
        scoped = {"valid_at": "2025-05-20", "known_at": "2025-01-01", "proof": "true", "scope_version": "2407"}
        scope = Made(first.read("/v1/models/azure/mistral-large/stage", **scoped), stage.key)
    return dict(zip(KINDS, (stage, not_known, scope, *of_run(tmp_path_factory.mktemp("run"))), strict=True))


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("stage", "azure/mistral-large was deprecated at 2025-01-20, as known at 2025-01-10T00:00:00Z"),
        ("not known", "azure/mistral-large was not known at 2025-01-20"),
        ("scope", "azure/mistral-large (version 2407) was deprecated at 2025-05-20"),
        ("told", "was told of azure/mistral-large in run"),
        ("excluded", "was left out of azure/mistral-large in run"),
        ("closure", "was closed at"),
    ],
)
def test_what_the_ledger_proves_is_proven(made: dict[str, Made], kind: str, words: str) -> None:
    found = verify(made[kind].content, [made[kind].key])
    assert words in found.sentence
    assert found.entries == len(made[kind].bundle["entries"])


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """Every place in a bundle."""
    yield path
    if isinstance(value, dict):
        for name in value:
            yield from places(value[name], (*path, name))
    if isinstance(value, list):
        for number in range(len(value)):
            yield from places(value[number], (*path, number))


def at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value


def other(value: Any) -> list[Any]:
    """Values that are almost this one."""
    if isinstance(value, bool):
        return [not value, int(value), None]
    if isinstance(value, int):
        return [value + 1, value - 1, -value, float(value), str(value), None, True, 2**70]
    if isinstance(value, str):
        flipped = value[:-1] + chr(ord(value[-1]) ^ 1) if value else "x"
        return [flipped, value + " ", "", None, 7, value.swapcase() if value.swapcase() != value else value + "x", [value]]
    if value is None:
        return ["", 0, {}, "2025-01-01"]
    if isinstance(value, list):
        return [[*value, *value[-1:]] if value else [1], value[1:] if value else [None], value[:-1] if value else {}, {}, None]
    return [{**value, "more": 1}, [], None, {name: value[name] for name in list(value)[1:]}]


def altered(bundle: JSON) -> Iterator[tuple[str, JSON]]:
    for path in places(bundle):
        if not path:
            continue
        for value in other(at(bundle, path)):
            changed = copy.deepcopy(bundle)
            at(changed, path[:-1])[path[-1]] = value
            yield f"{path} = {value!r}"[:200], changed
        if isinstance(path[-1], str):
            changed = copy.deepcopy(bundle)
            del at(changed, path[:-1])[path[-1]]
            yield f"{path} left out", changed
        if isinstance(path[-1], int) and path[-1] > 0:
            changed = copy.deepcopy(bundle)
            rows = at(changed, path[:-1])
            rows[path[-1]], rows[path[-1] - 1] = rows[path[-1] - 1], rows[path[-1]]
            yield f"{path} before the one before", changed


def says_the_same(first: JSON, second: JSON) -> bool:
    """Findings may come in any order: nothing else is said by it."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: plain(each) for name, each in value.items()}
        if isinstance(value, list) and value and all(isinstance(each, dict) and "code" in each for each in value):
            return sorted(json.dumps(plain(each), sort_keys=True) for each in value)
        return [plain(each) for each in value] if isinstance(value, list) else value

    return json.dumps(plain(first), sort_keys=True) == json.dumps(plain(second), sort_keys=True)


@pytest.mark.parametrize("kind", KINDS)
def test_a_bundle_with_anything_altered_is_refused(made: dict[str, Made], kind: str) -> None:
    good, taken, tried = made[kind], [], 0
    for what, changed in altered(good.bundle):
        if says_the_same(good.bundle, changed):
            continue
        tried += 1
        try:
            verify(json.dumps(changed).encode(), [good.key])
        except Refused:
            continue
        taken.append(what)
    assert taken == []
    assert tried > 300


def forged(made: Made, change: Callable[[JSON], object]) -> bytes:
    bundle = copy.deepcopy(made.bundle)
    change(bundle)
    return json.dumps(bundle).encode()


def without_the_last_entry(bundle: JSON) -> None:
    entry = bundle["entries"].pop()
    stream = next(stream for stream in bundle["streams"] if stream["stream"] == entry["stream"])
    stream["version"] -= 1
    stream["position"] = next(each["position"] for each in reversed(bundle["entries"]) if each["stream"] == entry["stream"])


def without_the_rules(bundle: JSON) -> None:
    bundle["entries"] = [entry for entry in bundle["entries"] if not entry["stream"].startswith("policy:")]
    stream = bundle["streams"][1]
    stream.update(version=0, position=0, siblings=[], other=None)


def of_another_model(bundle: JSON) -> None:
    for part in (bundle["question"], bundle["answer"]):
        part["model"] = "azure/other"


@pytest.mark.parametrize("change", [without_the_last_entry, without_the_rules, of_another_model])
def test_what_is_left_out_shows(made: dict[str, Made], change: Callable[[JSON], object]) -> None:
    with pytest.raises(Refused):
        verify(forged(made["stage"], change), [made["stage"].key])


def test_a_stream_that_is_not_there_is_proven_to_be_missing() -> None:
    with site() as own:
        own.list_and_announce()
        bundle = own.read("/v1/models/azure/mistral-large/stage", proof="true")
        key = own.read("/v1/ledger/keys")["keys"][0]
    assert [stream["version"] for stream in bundle["streams"]] == [2, 0]
    assert isinstance(verify(json.dumps(bundle).encode(), [key]), Proven)


def test_a_ledger_does_not_vouch_for_another() -> None:
    with site() as first, site() as second:
        one, two = of_stage(first), of_stage(second)
    with pytest.raises(Refused, match="key"):
        verify(one.content, [two.key])


def test_without_a_key_nothing_is_proven(made: dict[str, Made]) -> None:
    with pytest.raises(NotTold, match="--key"):
        verify(made["stage"].content, [])
    with pytest.raises(NotTold, match="no line like"):
        verify(made["stage"].content, ["a+b+c"])


@pytest.fixture
def grown() -> Iterator[tuple[Site, Made, str]]:
    """A ledger, a bundle of it, and a checkpoint that was kept before."""
    with site() as own:
        own.list_and_announce()
        own.client.post("/v1/ledger/checkpoint")
        kept = own.get("/v1/ledger/checkpoint").text
        yield own, of_more(own), kept


def of_more(own: Site) -> Made:
    own.post("/v1/models/azure/mistral-large/announcements", {"announced_at": "2024-12-05", "label": "legacy", "source": {"name": "page"}})
    bundle = own.read("/v1/models/azure/mistral-large/stage", proof="true", recorded_at="@3")
    return Made(bundle, own.read("/v1/ledger/keys")["keys"][0])


def test_a_checkpoint_kept_elsewhere_is_of_the_same_log(grown: tuple[Site, Made, str]) -> None:
    own, made, kept = grown
    with pytest.raises(NotTold, match="consistency proof from 2 to 3"):
        verify(made.content, [made.key], kept)
    proof = own.get("/v1/ledger/proof/consistency", old=2, new=3).content
    assert isinstance(verify(made.content, [made.key], kept, proof), Proven)
    assert isinstance(verify(made.content, [made.key], made.bundle["checkpoint"]), Proven)
    path = json.loads(proof)["path"]
    for wrong in ({"path": path[:-1]}, {"path": [*path, path[0]]}, {"path": path[::-1] if len(path) > 1 else [made.key]}, {"old": 1}):
        with pytest.raises(Refused):
            verify(made.content, [made.key], kept, json.dumps({**json.loads(proof), **wrong}).encode())


def test_a_kept_checkpoint_of_a_ledger_that_was_rewritten_shows_it(grown: tuple[Site, Made, str]) -> None:
    _, made, kept = grown
    lines = kept.split("\n")
    lines[2] = made.bundle["checkpoint"].split("\n")[2]
    with pytest.raises(Refused):
        verify(made.content, [made.key], "\n".join(lines))
