"""Several workers behind one address, as real processes: replaced when they die, one after another when told so, and ended together."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from http.client import HTTPException
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from tests.api.http.processes import Served, listing
from tests.cli import Shell

SECONDS = 30


def workers_of(served: Served) -> set[int]:
    children = Path(f"/proc/{served.process.pid}/task/{served.process.pid}/children").read_text()
    return set(map(int, children.split()))


def wait_for(answer: Callable[[], Any], seconds: float = SECONDS) -> Any:
    end = time.monotonic() + seconds
    while not (found := answer()):
        assert time.monotonic() < end, "it did not come to be"
        time.sleep(0.05)
    return found


def lives(process: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(process, 0)
        return "\nState:\tZ" not in Path(f"/proc/{process}/status").read_text()
    return False


def asked(served: Served, what: str = "/v1/models") -> float:
    _, _, body = served.ask("/metrics")
    start = f'http_requests_total{{handler="{what}",method="GET",status="200"}} '
    return sum(float(line.removeprefix(start)) for line in body.decode().splitlines() if line.startswith(start))


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    shell = Shell(tmp_path)
    with Served(shell, "--workers", "2", "--database", f"sqlite:///{tmp_path / 'ledger.db'}", "--actor", "tester") as found:
        wait_for(lambda: any("workers started" in line for line in found.lines))
        yield found
        found.process.terminate()
        assert found.ended() == 0


def write(served: Served, name: str) -> dict[str, Any]:
    status, _, body = served.ask("/v1/models", method="POST", body=listing(name), headers={"Idempotency-Key": name})
    assert status == 201, body
    told: dict[str, Any] = json.loads(body)
    return told


def test_what_all_of_them_did_is_summed_also_when_one_is_killed_and_another_takes_its_place(served: Served) -> None:
    for _ in range(20):
        served.get("/v1/models")
    wait_for(lambda: asked(served) == 20)
    before = workers_of(served)
    assert len(before) == 2
    time.sleep(1.2)  # What was done less than a second before a kill is lost with it.
    os.kill(min(before), signal.SIGKILL)
    after = wait_for(lambda: len(found := workers_of(served)) == 2 and found != before and found)
    assert len(after & before) == 1
    served.get("/v1/models")
    wait_for(lambda: asked(served) == 21)


def test_whoever_writes_is_read_by_every_other_and_views_go_on_when_the_leader_is_killed(served: Served) -> None:
    for number, worker in enumerate(sorted(workers_of(served))):
        position = write(served, f"before-{number}")["position"]
        for _ in range(6):
            status, _, body = served.ask(f"/v1/models/azure/before-{number}/stage?min_position={position}")
            assert status == 200, body
        os.kill(worker, signal.SIGKILL)
        head = write(served, f"after-{number}")["position"]
        wait_for(partial(followed, served, head))
        wait_for(partial(replaced, served, number + 1))


def replaced(served: Served, times: int) -> bool:
    return sum("another worker answers" in line for line in served.lines) >= times


def followed(served: Served, head: int) -> bool:
    with suppress(OSError, HTTPException, ValueError):
        return all(view["position"] >= head for view in json.loads(served.ask("/readyz")[2])["views"])
    return False


def test_replacing_them_one_after_another_loses_no_answered_write(served: Served) -> None:
    stopping, answered, refused = Event(), list[str](), list[tuple[int, bytes]]()

    def go_on(series: int) -> None:
        number = 0
        while not stopping.is_set():
            name = f"m-{series}-{number}"
            with suppress(OSError, HTTPException):  # A connection that ended unanswered is asked again under the same key.
                status, _, body = served.ask("/v1/models", method="POST", body=listing(name), headers={"Idempotency-Key": name})
                if status != 201:
                    refused.append((status, body))
                else:
                    answered.append(name)
                number += 1

    before = workers_of(served)
    writers = [Thread(target=go_on, args=(series,)) for series in range(3)]
    for writer in writers:
        writer.start()
    try:
        served.signal(signal.SIGHUP)
        wait_for(lambda: any("workers replaced" in line for line in served.lines))
    finally:
        stopping.set()
        for writer in writers:
            writer.join(SECONDS)
    assert not workers_of(served) & before
    assert not refused
    assert len(answered) > 20
    found = set(models(served))
    assert set(answered) <= found


def models(served: Served) -> Iterator[str]:
    next_page = "/v1/models"
    while next_page:
        page = served.get(next_page)
        yield from (each["model"].removeprefix("azure/") for each in page["models"])
        next_page = page.get("next") or ""


def test_without_their_supervisor_they_end_in_order(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    with Served(shell, "--workers", "2", "--database", f"sqlite:///{tmp_path / 'ledger.db'}", "--actor", "tester") as served:
        wait_for(lambda: any("workers started" in line for line in served.lines))
        orphans = workers_of(served)
        served.process.kill()
        wait_for(lambda: not any(map(lives, orphans)))


def test_the_sample_is_served_by_one(tmp_path: Path) -> None:
    done = Shell(tmp_path).lifecycle("serve", "--demo", "--workers", "2")
    assert done.code == 2
    assert "leave out --workers or --demo" in done.err
