"""The description held against the service: requests made from it, valid and not, alone and along its links, and every answer checked.

LIFECYCLE_EXAMPLES raises how many are made for each operation.
"""

import os
from pathlib import Path

import pytest

from tests.api.access.guarded import guarded
from tests.api.http.apps import ANNOUNCEMENT, LISTING, MISTRAL, site
from tests.api.http.schema_run import Sender, run
from tests.api.http.test_access import POLICY

FEW = 25
EXAMPLES = int(os.environ.get("LIFECYCLE_EXAMPLES", FEW))


def test_the_service_does_what_its_description_says() -> None:
    with site(raising=False) as found:
        found.service.wait_seconds = 0.01
        found.post("/v1/models", LISTING)
        found.post("/v1/models", {**LISTING, "model": "mistral-small", "name": "Mistral-small"})
        found.post("/v1/models/azure/mistral-large/announcements", ANNOUNCEMENT)
        found.post("/v1/policies", POLICY)
        told = run(found, EXAMPLES)
    assert not told.failures, "\n".join(map(str, told.failures.items()))
    assert told.by_phase.keys() == {"examples", "coverage", "fuzzing", "stateful"}
    assert told.statuses[201] > 10, "much of it was written"
    assert told.statuses[200] > 100
    assert told.cases > 1000, told


SENDERS = {"nobody": (), "reader": ("read",), "announcer": ("announce:azure", "read"), "everything": ("admin",)}


@pytest.mark.parametrize("name", SENDERS)
def test_with_credentials_it_does_so_for_each_sender(name: str, tmp_path: Path) -> None:
    with guarded(tmp_path) as found:
        admin = found.key("first", "admin")
        found.site.service.wait_seconds = 0.01
        found.site.post("/v1/models", LISTING, headers=admin)
        found.site.post(f"{MISTRAL}/announcements", ANNOUNCEMENT, headers=admin)
        headers = found.key(name, *SENDERS[name]) if SENDERS[name] else {}
        told = run(found.site, max(2, EXAMPLES // 8), Sender(headers, admin, thoroughly=EXAMPLES > FEW))
    assert not told.failures, "\n".join(map(str, told.failures.items()))
    assert told.cases > 100, told
    if name == "nobody":
        assert set(told.statuses) == {200, 401}, told.statuses
    else:
        assert told.statuses[201] > 0, told.statuses
