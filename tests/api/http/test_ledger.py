"""Evidence over HTTP: checkpoints, proofs of entries and answers, and the checkpoint that goes with every answer."""

from base64 import b64decode
from itertools import pairwise
from typing import Any

from domain.instants import parse_instant
from domain.proof.checkpoint import Checkpoint
from domain.proof.leaves import entry_leaf
from domain.proof.merkle import is_consistent, leaf_hash, root_by_inclusion
from domain.proof.notes import Note
from domain.proof.stream_map import StreamHead, StreamProof, root_by_proof
from domain.streams import policy_stream
from tests.api.http.apps import ANNOUNCEMENT, LISTING, MISTRAL, Site
from tests.api.http.told import BOB, HOOK, OUT, all_told

CHECKPOINT = "/v1/ledger/checkpoint"


def made(site: Site) -> Checkpoint:
    """Let a checkpoint be made, and return it as a stranger reads it."""
    return read(site.client.post(CHECKPOINT).json()["note"])


def read(note: str) -> Checkpoint:
    found = Note.read(note)
    checkpoint = Checkpoint.read(found.text)
    assert all(key.vouches(found) for key in checkpoint.keys)
    return checkpoint


def check_bundle(bundle: Any) -> Checkpoint:
    """Check every entry and every stream of a bundle against its checkpoint."""
    checkpoint = read(bundle["checkpoint"])
    for entry in bundle["entries"]:
        columns = {name: value for name, value in entry.items() if name != "path"} | {"state": entry["state"].encode()}
        path = [b64decode(each) for each in entry["path"]]
        leaf = leaf_hash(entry_leaf(**columns))
        assert root_by_inclusion(leaf, entry["position"] - 1, checkpoint.entries.size, path) == checkpoint.entries.root
    for stream in bundle["streams"]:
        head = StreamHead(stream["stream"], stream["version"], stream["position"]) if stream["version"] else None
        other = StreamHead(**stream["other"]) if stream["other"] else None
        proof = StreamProof(head, [b64decode(each) for each in stream["siblings"]], other)
        assert root_by_proof(stream["stream"], proof) == checkpoint.streams.root
        held = [entry for entry in bundle["entries"] if entry["stream"] == stream["stream"]]
        assert [entry["version"] for entry in held] == list(range(1, stream["version"] + 1))
    return checkpoint


def test_a_checkpoint_is_made_and_read_by_whoever_asks(empty: Site) -> None:
    assert empty.refused(CHECKPOINT, 404)["type"] == "/problems/no-such-checkpoint"
    assert empty.refused("/v1/ledger/keys", 404)["type"] == "/problems/no-such-checkpoint"
    assert empty.client.post(CHECKPOINT).json()["type"] == "/problems/nothing-to-sign"
    empty.list_and_announce()
    checkpoint = made(empty)
    answer = empty.get(CHECKPOINT)
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert read(answer.text) == checkpoint
    assert empty.read("/v1/ledger/keys") == {"origin": checkpoint.origin, "keys": [str(key) for key in checkpoint.keys]}
    assert empty.client.post(CHECKPOINT).json()["number"] == 1, "nothing was added"


def test_the_last_checkpoint_goes_with_every_answer(empty: Site) -> None:
    empty.list_and_announce()
    assert "lifecycle-checkpoint" not in empty.get("/healthz").headers
    checkpoint = made(empty)
    for path, status in ((f"{MISTRAL}/stage", 200), ("/healthz", 200), ("/v1/models/a/b/stage", 404), ("/nowhere", 404)):
        assert read(b64decode(empty.get(path, status).headers["lifecycle-checkpoint"]).decode()) == checkpoint
    access = empty.client.get(f"{MISTRAL}/access", params={"operation": "create", "check": "true"})
    assert "lifecycle-checkpoint" in access.headers


def test_checkpoints_are_listed_in_pages_and_each_continues_the_one_before(empty: Site) -> None:
    empty.list_and_announce()
    made(empty)
    for number in range(5):
        empty.post(f"{MISTRAL}/announcements", {**ANNOUNCEMENT, "notes": f"again {number}"})
        made(empty)
    page = empty.read("/v1/ledger/checkpoints", limit=4)
    rest = empty.read("/v1/ledger/checkpoints", after=page["next"])
    assert rest["next"] is None
    kept = [read(each["note"]) for each in (*page["checkpoints"], *rest["checkpoints"])]
    assert [each["number"] for each in (*page["checkpoints"], *rest["checkpoints"])] == list(range(1, 7))
    for old, new in pairwise(kept):
        path = empty.read("/v1/ledger/proof/consistency", old=old.entries.size, new=new.entries.size)["path"]
        assert is_consistent(old.entries.size, old.entries.root, new.entries.size, new.entries.root, [b64decode(each) for each in path])
    assert empty.read("/v1/ledger/proof/consistency", old=2, new=2)["path"] == []
    for sizes in ((3, 2), (1, 99)):
        assert empty.refused("/v1/ledger/proof/consistency", 409, old=sizes[0], new=sizes[1])["type"] == "/problems/beyond-checkpoint"


def test_an_entry_is_proven_in_a_text_that_others_read(empty: Site) -> None:
    empty.list_and_announce()
    checkpoint = made(empty)
    text = empty.get("/v1/ledger/proof/entries/2").text
    proof, _, note = text.partition("\n\n")
    header, index, *path = proof.split("\n")
    assert (header, index) == ("c2sp.org/tlog-proof@v1", "index 1")
    assert read(note) == checkpoint
    entry = empty.ledger.store.evidence.at_one_moment(lambda snapshot: snapshot.stored_at(2))
    assert entry
    leaf = entry_leaf(
        position=2,
        stream=entry.stream,
        version=entry.version,
        topic=entry.topic,
        recorded_at=entry.recorded_at,
        actor=entry.actor,
        state=entry.state,
    )
    assert root_by_inclusion(leaf_hash(leaf), 1, checkpoint.entries.size, [b64decode(each) for each in path]) == checkpoint.entries.root
    assert empty.refused("/v1/ledger/proof/entries/99", 409)["type"] == "/problems/beyond-checkpoint"


def test_an_answer_carries_its_proof(empty: Site) -> None:
    empty.post("/v1/models", LISTING)
    empty.post("/v1/models", {**LISTING, "model": "another"})
    empty.post(f"{MISTRAL}/announcements", ANNOUNCEMENT)
    asked = {"valid_at": "2025-01-20", "known_at": "2025-02-01"}
    plain = empty.read(f"{MISTRAL}/stage", **asked)
    bundle = empty.read(f"{MISTRAL}/stage", **asked, proof="true")
    assert (bundle["format"], bundle["kind"]) == ("lifecycle-ledger/proof/v1", "stage")
    assert [finding["code"] for finding in plain["findings"]][-1] == "replacement_unknown"
    own = {**plain, "findings": plain["findings"][:-1]}
    del own["recorded_at"]
    assert bundle["answer"] == own, "nothing that does not follow from the entries"
    assert bundle["question"].items() <= plain.items()
    checkpoint = check_bundle(bundle)
    assert checkpoint.entries.size == 3
    model, policy = bundle["streams"]
    assert (model["stream"], model["version"], model["position"]) == ("model:azure/mistral-large", 2, 3)
    assert (policy["stream"], policy["version"]) == (policy_stream("azure"), 0)
    assert empty.refused("/v1/models/azure/nothing/stage", 404, proof="true")["type"] == "/problems/no-such-model"


def test_questions_about_the_present_do_not_make_ever_more_checkpoints(empty: Site) -> None:
    empty.list_and_announce()
    first = check_bundle(empty.read(f"{MISTRAL}/stage", proof="true"))
    empty.post(f"{MISTRAL}/announcements", {**ANNOUNCEMENT, "notes": "more"})
    again = empty.read(f"{MISTRAL}/stage", proof="true")
    assert check_bundle(again) == first
    assert again["answer"]["position"] == first.entries.size
    asked = empty.read(f"{MISTRAL}/stage", proof="true", recorded_at="@3")
    assert check_bundle(asked).entries.size == 3, "who names a position gets it"
    empty.clock.advance(seconds=2)
    empty.post(f"{MISTRAL}/announcements", {**ANNOUNCEMENT, "notes": "even more"})
    assert check_bundle(empty.read(f"{MISTRAL}/stage", proof="true")).entries.size == 4


def test_that_a_person_was_told_is_proven(empty: Site) -> None:
    run = all_told(empty)
    stream = f"notice:azure/mistral-large:{run}"
    bundle = empty.read(f"/v1/notices/{run}/proof", person=BOB)
    check_bundle(bundle)
    assert [each["stream"] for each in bundle["streams"]] == [stream]
    rows = empty.read("/v1/notices/audit", run=run, person=BOB)["rows"]
    audit = rows[0]
    told = bundle["answer"]
    assert (bundle["kind"], bundle["question"]["person"], told["state"]) == ("told", BOB, "accepted")
    same = ("model", "scope", "state", "channel", "code", "reference", "attempts", "exclusion")
    assert {name: told[name] for name in same} == {name: audit[name] for name in same}
    assert parse_instant(told["accepted_at"]) == parse_instant(audit["accepted_at"])
    assert told["reasons"] == [{"subscription": row["subscription"], "role": row["role"]} for row in rows]
    assert told["retired"] == {"on": audit["retired"]}


def test_what_became_of_others_is_proven_too(empty: Site) -> None:
    run = all_told(empty)
    told = {person: empty.read(f"/v1/notices/{run}/proof", person=person)["answer"] for person in (HOOK, OUT)}
    assert (told[HOOK]["state"], told[HOOK]["code"], told[HOOK]["reasons"][0]["role"]) == ("failed", "410", None)
    assert (told[OUT]["state"], told[OUT]["attempts"], told[OUT]["accepted_at"]) == ("excluded", 0, None)
    assert told[OUT]["exclusion"]
    assert empty.refused(f"/v1/notices/{run}/proof", 404, person="nobody")["type"] == "/problems/no-such-member"
    assert empty.refused("/v1/notices/1/proof", 404)["type"] == "/problems/no-such-run"
    assert empty.refused(f"/v1/notices/{run}/proof", 404, recorded_at="@1")["type"] == "/problems/no-such-run"


def test_how_a_run_was_closed_is_proven(empty: Site) -> None:
    run = all_told(empty)
    open_still = empty.read(f"/v1/notices/{run}/proof")
    assert (open_still["kind"], open_still["answer"]["closed_at"], open_still["answer"]["pending"]) == ("closure", None, 0)
    empty.post(f"/v1/notices/{run}/closure", None)
    bundle = empty.read(f"/v1/notices/{run}/proof")
    check_bundle(bundle)
    closed = bundle["answer"]
    assert closed["closed_at"]
    assert (closed["expected"], closed["accepted"], closed["failed"], closed["excluded"]) == (4, 2, 1, 1)
    before = empty.read(f"/v1/notices/{run}/proof", recorded_at=f"@{open_still['question']['position']}")
    assert before["answer"] == open_still["answer"]
