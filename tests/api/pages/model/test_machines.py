"""The addresses and commands of a model's page ask exactly what the page answers."""

import shlex
from datetime import UTC, datetime

import pytest

from api.pages.clocks import Clocks
from api.pages.model.claims import followed
from api.pages.model.machines import machines
from domain.subjects import WHOLE, Scope, SubjectKey

KEY = SubjectKey.parse("azure/mistral-large")
DAY = datetime(2025, 1, 20, tzinfo=UTC)


def test_commands_can_be_copied_to_a_shell_whatever_is_in_them() -> None:
    found = machines(KEY, Scope.of({"region": "it's $(here)"}), Clocks(DAY, DAY.replace(hour=9)), 57)
    words = ["--scope", "region=it's $(here)", "--valid-at", "2025-01-20", "--known-at", "2025-01-20T09:00:00Z", "--recorded-at", "@57"]
    assert shlex.split(found.stage_command) == ["lifecycle", "stage", "azure/mistral-large", *words]
    assert shlex.split(found.explain_command)[1:2] == ["explain"]


def test_addresses_keep_scope_and_clocks() -> None:
    found = machines(KEY, Scope.of({"version": "a&b"}), Clocks(DAY, None, 9), 57)
    assert found.answer == "/v1/models/azure/mistral-large/stage?scope.version=a%26b&valid_at=2025-01-20&recorded_at=%409"
    assert found.proof.endswith("&proof=true&valid_at=2025-01-20&recorded_at=%409")
    assert found.badge == "/badges/azure/mistral-large.svg?scope.version=a%26b&valid_at=2025-01-20"
    assert found.stage_command.endswith("--recorded-at @9")


def test_names_are_percent_encoded() -> None:
    found = machines(SubjectKey.parse("azure/模型+1"), WHOLE, Clocks(), 1)
    assert found.answer == "/v1/models/azure/%E6%A8%A1%E5%9E%8B%2B1/stage"
    assert found.calendar == "/feeds/upcoming.ics?model=azure%2F%E6%A8%A1%E5%9E%8B%2B1"


@pytest.mark.parametrize(
    ("address", "leads"),
    [
        ("https://example.org/page#row", True),
        ("http://example.org", True),
        ("HTTPS://example.org", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//example.org", False),
        ("https:", False),
        ("http://[::1", False),
        ("", False),
        (None, False),
    ],
)
def test_only_web_pages_are_led_to(address: str | None, leads: bool) -> None:  # noqa: FBT001  # a column of the table
    assert followed(address) == (address if leads else "")
