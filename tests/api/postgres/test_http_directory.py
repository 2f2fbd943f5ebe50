"""What the HTTP API's own tests say of the directory on SQLite holds on PostgreSQL, too."""
# ruff: noqa: F403 - all of it

from tests.api.http.test_directory_writes import *
