"""The description held against the service: requests made from it, valid and not, alone and along its links, and every answer checked.

LIFECYCLE_EXAMPLES raises how many are made for each operation.
"""

import os

from tests.api.http.apps import ANNOUNCEMENT, LISTING, site
from tests.api.http.schema_run import run
from tests.api.http.test_access import POLICY

EXAMPLES = int(os.environ.get("LIFECYCLE_EXAMPLES", "25"))


def test_the_service_does_what_its_description_says() -> None:
    with site(raising=False) as found:
        found.service.wait_seconds = 0.01
        found.post("/v1/models", LISTING)
        found.post("/v1/models", {**LISTING, "model": "mistral-small", "name": "Mistral-small"})
        found.post("/v1/models/azure/mistral-large/announcements", ANNOUNCEMENT)
        found.post("/v1/policies", POLICY)
        told = run(found, EXAMPLES)
    assert told.failures == {}
    assert told.by_phase.keys() == {"examples", "coverage", "fuzzing", "stateful"}
    assert told.statuses[201] > 10, "much of it was written"
    assert told.statuses[200] > 100
    assert told.cases > 1000, told
