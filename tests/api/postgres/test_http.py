"""What the HTTP API's own tests say of SQLite holds on PostgreSQL, too."""
# ruff: noqa: F403 - all of each

from tests.api.http.test_batch import *
from tests.api.http.test_events import *
from tests.api.http.test_history import *
from tests.api.http.test_lists import *
from tests.api.http.test_notices import *
from tests.api.http.test_questions import *
from tests.api.http.test_writes import *
