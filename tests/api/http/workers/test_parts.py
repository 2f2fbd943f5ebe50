"""What workers share, and how they begin."""

import asyncio
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from api.http.workers.leading import Leading
from api.http.workers.sharing import Done, Sharing
from api.http.workers.supervising import WorkerEnded, Workers

HOLD = """
import sys
from pathlib import Path
from api.http.workers.leading import Leading
leading = Leading(Path(sys.argv[1]))
print(leading.leads(), flush=True)
sys.stdin.read()
"""


def test_one_leads_until_it_dies_however_it_dies(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.db"
    own = Leading(ledger)
    with subprocess.Popen([sys.executable, "-c", HOLD, str(ledger)], stdin=-1, stdout=-1, text=True, cwd=Path.cwd()) as other:
        assert other.stdout
        assert other.stdout.readline() == "True\n"
        assert not own.leads()
        other.kill()
        other.wait(30)
    assert own.leads()
    assert own.leads(), "again"
    own.close()
    following = Leading(ledger)
    assert following.leads()
    following.close()


def test_who_serves_a_ledger_in_no_file_leads() -> None:
    assert Leading(None).leads()


def test_what_the_others_did_is_read_and_what_they_have_open_ends_with_them(tmp_path: Path) -> None:
    own = Sharing(tmp_path)
    own.write(Done([("GET", "/", 200, 0.5, [1, 0])], {"appends": 1}, {"streams_open": 1}))
    assert own.others() == []
    (tmp_path / f"{os.getppid()}.json").write_bytes((tmp_path / f"{os.getpid()}.json").read_bytes())
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait(30)
    (tmp_path / f"{ended.pid}.json").write_bytes((tmp_path / f"{os.getpid()}.json").read_bytes())
    (tmp_path / "1.json").write_text("{")
    found = own.others()
    assert [done.counts for done in found] == [{"appends": 1}] * 2
    assert sorted(done.open.get("streams_open", 0) for done in found) == [0, 1]
    assert found[0].answers == [("GET", "/", 200, 0.5, [1, 0])]


def test_one_that_cannot_begin_ends_all_of_it_with_a_reason(tmp_path: Path) -> None:
    async def begin(listener: socket.socket) -> None:
        workers = Workers(listener, ["--no-such-option"], graceful_seconds=1, shared=tmp_path)
        await workers.run(2, lambda: pytest.fail("none of them answers"))

    with socket.create_server(("127.0.0.1", 0)) as listener, pytest.raises(WorkerEnded, match="code 2"):
        asyncio.run(begin(listener))
