"""The verifier on ledgers made by hand: what a forger could write, be it with one honest bundle or with a key of his own."""

import json
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain import verify_answer
from domain.errors import InvalidName
from domain.instants import format_instant
from domain.names import readable_name, slug
from domain.verify_answer import (
    NotTold,
    Proven,
    Refused,
    check_entries,
    instant,
    is_key,
    is_readable,
    read_checkpoint,
    rfc3339,
    stage_answer,
    verify,
)
from tests.verifier.making import JSON, Log, Row, Signer, bits
from tests.verifier.test_rules import announced, listed, on, policy

MODEL = "azure/mistral-large"
STREAMS = (f"model:{MODEL}", "policy:azure")
QUESTION = {"model": MODEL, "scope": {}, "valid_at": "2025-01-20T00:00:00Z", "known_at": "2025-01-20T00:00:00Z", "position": 4}


def rows(*events: JSON) -> list[Row]:
    places = {"PolicyAdopted": STREAMS[1]}
    return [(places.get(each["type"], STREAMS[0]), f"{each['type']}.v1", each["event"]) for each in events]


def rules() -> JSON:
    adopted = policy("2024-01-01")
    return {**adopted, "event": {**adopted["event"], "deprecated_forbids": ["create"]}}


def history() -> list[Row]:
    """Deprecated on 2025-01-15; its version 2407 retired on 2025-01-16."""
    wide = announced("2024-03-01", deprecated=on("2025-01-15"), retired=on("2025-04-15"))
    return rows(rules(), listed("2024-02-01"), wide, announced("2024-03-02", retired=on("2025-01-16"), scope={"version": "2407"}))


@pytest.fixture
def log() -> Log:
    return Log(history())


def answered(bundle: JSON, **changed: Any) -> bytes:
    """Ask a bundle another question, and write the answer that follows from its entries by the rules."""
    question = {**bundle["question"], **changed}
    told = stage_answer(check_entries(bundle["entries"], read_checkpoint(bundle["checkpoint"])), question)
    return json.dumps({**bundle, "question": question, "answer": told}).encode()


def bundle_of(log: Log) -> JSON:
    return log.bundle("stage", QUESTION, {}, STREAMS)


def refusal(content: bytes, *keys: str) -> str:
    with pytest.raises((Refused, NotTold)) as refused:
        verify(content, keys)
    return f"{refused.typename}: {refused.value}"


def test_a_bundle_made_from_the_formats_alone_is_proven(log: Log) -> None:
    found = verify(answered(bundle_of(log)), [log.signer.key])
    assert found.sentence.startswith(
        f"Proven: {MODEL} was deprecated at 2025-01-20, as known at 2025-01-20T00:00:00Z, as lifecycle-ledger/made"
    )
    assert [line.partition(" ")[0] for line in found.checked] == ["Signed", "Entries:", "By"]
    assert log.signer.digest.hex() in found.checked[0]
    scoped = verify(answered(bundle_of(log), scope={"version": "2407"}), [log.signer.key])
    assert f"{MODEL} (version 2407) was retired" in scoped.sentence


NAMES = [f"model:azure/{letter}" for letter in "abcdefgh"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(NAMES), min_size=1, max_size=24), st.sampled_from(NAMES), st.data())
def test_every_model_is_proven_or_proven_to_be_missing(streams: list[str], name: str, data: st.DataObject) -> None:
    log = Log([(stream, "ModelListed.v1", listed("2024-01-01")["event"]) for stream in streams])
    question = {**QUESTION, "model": name.removeprefix("model:"), "position": len(streams)}
    bundle = log.bundle("stage", question, {}, (name, STREAMS[1]))
    found = verify(answered(bundle), [log.signer.key])
    assert found.entries == streams.count(name)
    assert ("not known" in found.sentence) == (name not in streams)
    if found.entries:
        gone = data.draw(st.integers(0, found.entries - 1))
        kept = [entry for place, entry in enumerate(bundle["entries"]) if place != gone]
        assert "missing" in refusal(answered({**bundle, "entries": kept}), log.signer.key)


@pytest.mark.parametrize(
    "changed",
    [
        {"scope": {"version": 2407}},
        {"scope": {"version": ["2407"]}},
        {"scope": {"version": "2407 "}},
        {"scope": {"version": ""}},
        {"scope": {"version": "24\u200b07"}},
        {"scope": {"version": "24\u202e07"}},
        {"scope": {"Version": "2407"}},
        {"scope": {"": "2407"}},
        {"valid_at": "2025-01-20T00:00:00"},
        {"valid_at": "2025-01-20"},
        {"valid_at": "2025-W04-1T00:00:00+00:00"},
        {"valid_at": "2025-01-20T00:00:00+00:00"},
        {"valid_at": "2025-01-20T00:00:00.000000Z"},
        {"known_at": "20250120T000000Z"},
        {"known_at": "2025-01-20T01:00:00+01:00"},
    ],
    ids=str,
)
def test_a_question_that_only_reads_like_another_is_refused(log: Log, changed: JSON) -> None:
    assert "question" in refusal(answered(bundle_of(log), **changed), log.signer.key)


@given(st.text(max_size=12), st.text(max_size=12))
def test_what_the_ledger_files_and_asks_is_read_here(name: str, value: str) -> None:
    if key := slug(name):
        assert is_key(key)
    try:
        readable = readable_name(value)
    except InvalidName:
        return
    assert is_readable(readable)


@given(st.datetimes(timezones=st.timezones(), min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1)))  # noqa: DTZ001
def test_instants_are_written_as_the_ledger_writes_them(at: datetime) -> None:
    text = format_instant(at)
    assert rfc3339(instant(text)) == text


def test_a_value_of_a_scope_cannot_end_the_scope(log: Log) -> None:
    found = verify(answered(bundle_of(log), scope={"version": "x) was retired (y"}), [log.signer.key])
    assert f'{MODEL} (version "x) was retired (y") was deprecated' in found.sentence


SPOKEN = (
    "azure/mistral-large was retired at 2025-01-20, as lifecycle-ledger/made held it at entry 4.\n",
    "azure/mistral-large \r",
    "azure/Mistral-large",
    "azure/mistral-large\u200b",
    "azure/mistral-large\x1b[8m",
    "azure/a/",
)


@pytest.mark.parametrize("words", SPOKEN)
def test_what_is_not_there_speaks_for_nobody(log: Log, words: str) -> None:
    """Anybody finds names that fall into the place of a stream that he has the proof of, and so proves that they are missing."""
    bundle = bundle_of(log)
    there = bundle["streams"][0]
    place = bits(there["stream"])[: len(there["siblings"])]
    name = next(name for name in (f"{words}{number or ''}" for number in range(1000)) if bits(f"model:{name}").startswith(place))
    other = {part: there[part] for part in ("stream", "version", "position")}
    missing = {"stream": f"model:{name}", "version": 0, "position": 0, "siblings": there["siblings"], "other": other}
    entries = [entry for entry in bundle["entries"] if entry["stream"] == STREAMS[1]]
    forged = {**bundle, "streams": [missing, bundle["streams"][1]], "entries": entries}
    assert "not written as models are" in refusal(answered(forged, model=name), log.signer.key)


def test_a_stream_is_not_missing_beside_its_own_place(log: Log) -> None:
    bundle = bundle_of(log)
    bundle["entries"] = [entry for entry in bundle["entries"] if entry["stream"] == STREAMS[1]]
    there = bundle["streams"][0]
    for other in (None, {"stream": there["stream"], "version": 3, "position": 4}, {"stream": STREAMS[1], "version": 1, "position": 1}):
        missing = {**there, "version": 0, "position": 0, "other": other}
        assert "Refused" in refusal(answered({**bundle, "streams": [missing, bundle["streams"][1]]}), log.signer.key)


@pytest.mark.parametrize("version", [2, 4, 10**12, 2**70])
def test_a_count_that_is_signed_and_wrong_is_refused_at_once(version: int) -> None:
    log = Log(history(), counted={STREAMS[0]: (version, 4)})
    assert "are missing" in refusal(answered(bundle_of(log)), log.signer.key)


def test_a_last_position_that_is_signed_and_wrong_is_refused() -> None:
    log = Log(history(), counted={STREAMS[0]: (3, 3)})
    assert "last entry" in refusal(answered(bundle_of(log)), log.signer.key)


def test_nothing_is_worked_out_for_a_stranger(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    stranger = Log(history(), Signer(log.signer.name))
    content = answered(bundle_of(stranger))
    monkeypatch.setattr(verify_answer, "check_entries", None)
    assert "not signed by the key" in refusal(content, log.signer.key)


def resigned(log: Log, *signers: Signer) -> bytes:
    return answered({**bundle_of(log), "checkpoint": log.note(*signers)})


def test_one_trusted_signature_is_enough(log: Log) -> None:
    own, next_one, witness = log.signer, Signer(log.signer.name), Signer("a/witness")
    both = resigned(log, own, next_one)
    for keys in ([own.key], [next_one.key], [next_one.key, own.key], [witness.key, own.key]):
        assert isinstance(verify(both, keys), Proven)
    assert isinstance(verify(resigned(log, witness, own), [own.key]), Proven)
    assert "key of a/witness" in refusal(resigned(log, witness, own), witness.key)
    assert "not signed by the key" in refusal(both, Signer(own.name).key)


def test_a_key_of_another_name_is_another_key(log: Log) -> None:
    renamed = Signer("lifecycle-ledger/other", log.signer.private)
    assert "is of lifecycle-ledger/made" in refusal(answered(bundle_of(log)), renamed.key)
    copied = answered(bundle_of(log)).replace(b"lifecycle-ledger/made", b"lifecycle-ledger/other")
    assert "Refused" in refusal(copied, renamed.key)


@pytest.mark.parametrize(
    "change",
    [
        lambda key: key.replace("+", " ", 1),
        lambda key: key[:-4],
        lambda key: key.replace("lifecycle", "livecycle"),
        lambda _: "+" * 100,
        lambda _: "",
        lambda _: "\ud800++",
        lambda key: key.partition("+")[0] + "+zz+zz",
    ],
)
def test_what_is_no_key_proves_nothing(log: Log, change: Any) -> None:
    assert refusal(answered(bundle_of(log)), change(log.signer.key)).startswith("NotTold: the key is no line")


def noted(old: str, new: str) -> Any:
    return lambda text: text.replace(old, new, 1)


@pytest.mark.parametrize(
    "change",
    [
        noted("\n4\n", "\n5\n"),
        noted("\n4\n", "\n04\n"),
        noted("\n4\n", "\n\u0664\n"),
        noted("\n4\n", "\n-4\n"),
        noted("commands 0", "commands x"),
        noted("streams 2", "streams 3"),
        noted("streams", "stream"),
        noted("time", "clock"),
        noted("time 2025", "more\ntime 2025"),
        noted("\n\n", "\n\n\n"),
        noted("\n\n", "\n"),
        noted("\u2014", "-"),
        noted("\n", "\r\n"),
        lambda text: text[:-1],
        lambda text: text + "junk\n",
        lambda text: text + "\u2014 x %%%\n",
        lambda text: text[:-3] + ("B" if text[-3] == "A" else "A") + text[-2:],
    ],
)
def test_a_note_that_was_touched_is_refused(log: Log, change: Any) -> None:
    bundle = json.loads(answered(bundle_of(log)))
    touched = change(bundle["checkpoint"])
    assert touched != bundle["checkpoint"]
    assert refusal(json.dumps({**bundle, "checkpoint": touched}).encode(), log.signer.key).startswith("Refused")


@pytest.mark.parametrize("wrong", [{"size": 3}, {"size": 5}, {"roots": "swapped"}], ids=str)
def test_a_tree_of_another_size_is_another_tree(log: Log, wrong: JSON, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where the owner of the key signs it."""
    lines = log.text().split("\n")
    if "size" in wrong:
        lines[1] = str(wrong["size"])
    else:
        entries, streams = lines[2], lines[4].split(" ")
        lines[2], lines[4] = streams[2], f"streams 2 {entries}"
    monkeypatch.setattr(log, "text", lambda: "\n".join(lines))
    bundle = bundle_of(log) | {"answer": {}}
    assert "Refused" in refusal(json.dumps(bundle).encode(), log.signer.key)


def test_what_a_newer_ledger_recorded_is_not_judged() -> None:
    newer = Log([*history(), (STREAMS[0], "StageSkipped.v1", {"announced_at": "2024-04-01T00:00:00Z"})])
    assert isinstance(verify(answered(bundle_of(newer)), [newer.signer.key]), Proven)
    content = answered(bundle_of(newer), position=5)
    assert refusal(content, newer.signer.key) == "NotTold: entry 5 is a StageSkipped.v1, which is newer than this file"


@pytest.mark.parametrize("step", [0, -1])
def test_a_log_whose_clock_does_not_go_on_is_refused(step: int) -> None:
    log = Log(history(), step=step)
    assert "clock went back" in refusal(json.dumps(bundle_of(log)).encode(), log.signer.key)
