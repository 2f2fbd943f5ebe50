"""The verifier on what nobody sane would send: it refuses, and never breaks."""

import ast
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from domain import verify_answer
from domain.proof.merkle import consistency_path
from domain.verify_answer import NotTold, Refused, root_by_inclusion, roots_by_consistency, verify
from tests.api.http.apps import site
from tests.domain.proof.test_merkle import DATA, LEAVES, NODES, ROOTS
from tests.verifier.bundles import Made, of_stage

FILE = Path(verify_answer.__file__)


@pytest.fixture(scope="module")
def made() -> Made:
    with site() as own:
        return of_stage(own)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"\x00" * 100_000,
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"NaN",
        b'{"format": Infinity}',
        b"1" * 5000,
        b'{"format": 1, "format": 2}',
        b"[]",
        b"null",
        b'"text"',
        b"{}",
        b'{"format": "\\ud800"}',
    ],
    ids=range(14),
)
def test_what_is_no_bundle_is_refused(content: bytes) -> None:
    with pytest.raises(Refused):
        verify(content, [])


def test_what_is_too_large_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify_answer, "BUNDLE_BYTES_MAX", 100)
    with pytest.raises(Refused, match="larger"):
        verify(b" " * 101, [])


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
names = ("format", "kind", "question", "answer", "entries", "streams", "checkpoint")


def told(content: bytes, key: str) -> str:
    """Return what came of it; anything but the two ways out fails the test."""
    try:
        verify(content, [key])
    except (Refused, NotTold) as reason:
        return str(reason)
    return ""


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_bytes_break_nothing(content: bytes) -> None:
    assert told(content, "")


@settings(max_examples=300, deadline=None)
@given(st.fixed_dictionaries(dict.fromkeys(names, values)))
def test_objects_of_the_right_names_break_nothing(made: Made, bundle: dict[str, Any]) -> None:
    assert told(json.dumps({**bundle, "format": "lifecycle-ledger/proof/v1", "kind": "stage"}).encode(), made.key)


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_a_part_that_became_something_else_breaks_nothing(made: Made, data: st.DataObject) -> None:
    bundle = json.loads(made.content)
    place: Any = bundle
    steps = data.draw(st.lists(st.integers(0, 30), min_size=1, max_size=6))
    for step in steps:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            return
        key = keys[step % len(keys)]
        if not isinstance(place[key], dict | list) or step == steps[-1]:
            before, place[key] = place[key], data.draw(values)
            assert told(json.dumps(bundle).encode(), made.key) or json.dumps(before) == json.dumps(place[key])
            return
        place = place[key]


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_byte_that_became_another_proves_nothing_else(made: Made, data: st.DataObject) -> None:
    content = bytearray(made.content)
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    assert told(bytes(content), made.key) or json.loads(content) == json.loads(made.content)


def test_a_node_is_no_leaf() -> None:
    leaves = [bytes([number]) * 32 for number in range(4)]
    left, right = verify_answer.node_of(leaves[0], leaves[1]), verify_answer.node_of(leaves[2], leaves[3])
    root = verify_answer.node_of(left, right)
    assert root_by_inclusion(0, 4, leaves[0], [leaves[1], right]) == root
    with pytest.raises(Refused):
        root_by_inclusion(0, 4, left, [right])
    with pytest.raises(Refused):
        root_by_inclusion(4, 4, left, [right])


@pytest.mark.parametrize("size", [*range(1, 18), 31, 32, 33, 70])
def test_trees_are_those_of_an_independent_library(size: int) -> None:
    tree = InmemoryTree(algorithm="sha256")
    for data in DATA[:size]:
        tree.append_entry(data)
    for place in {1, size // 2 + 1, size}:
        path = [bytes.fromhex(step) for step in tree.prove_inclusion(place, size).serialize()["path"]][1:]
        assert root_by_inclusion(place - 1, size, LEAVES[place - 1], path) == tree.get_root()
        for wrong in (path[:-1], [*path, LEAVES[0]]):
            if wrong != path:
                with pytest.raises(Refused):
                    root_by_inclusion(place - 1, size, LEAVES[place - 1], wrong)
    for old in range(1, size):
        assert roots_by_consistency(old, size, ROOTS[old], consistency_path(old, size, NODES)) == (ROOTS[old], ROOTS[size])


def test_it_stands_alone() -> None:
    imported = set()
    for node in ast.walk(ast.parse(FILE.read_text())):
        if isinstance(node, ast.Import):
            imported |= {name.name.partition(".")[0] for name in node.names}
        if isinstance(node, ast.ImportFrom):
            imported.add(str(node.module).partition(".")[0])
    assert imported <= {*sys.stdlib_module_names, "cryptography"}


def test_it_is_a_program_of_its_own(made: Made, tmp_path: Path) -> None:
    shutil.copy(FILE, tmp_path / "verify_answer.py")
    (tmp_path / "good.json").write_bytes(made.content)
    (tmp_path / "bad.json").write_bytes(made.content.replace(b"deprecated", b"legacy", 1))
    (tmp_path / "kept").write_text(made.bundle["checkpoint"])

    def ran(*arguments: str) -> tuple[int, str]:
        command = [sys.executable, "-I", "verify_answer.py", *arguments]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout

    code, words = ran("good.json", "--key", made.key, "--checkpoint", "kept")
    assert (code, words[:8]) == (0, "Proven: ")
    assert json.loads(ran("good.json", "--key", made.key, "--json")[1])["verdict"] == "proven"
    assert ran("bad.json", "--key", made.key)[0] == 1
    assert ran("good.json")[0] == 3
    assert ran("nowhere.json")[0] == 2
    assert ran("good.json", "--typo")[0] == 2
