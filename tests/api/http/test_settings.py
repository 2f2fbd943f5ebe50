"""The service's settings: what the environment says, what the command says, and what cannot be."""

import pytest

from api.http.settings import HttpSettings, LogFormat, SettingInvalid, http_settings


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in HttpSettings.model_fields:
        monkeypatch.delenv(f"LIFECYCLE_{name.upper()}", raising=False)


def test_unless_told_it_listens_on_this_machine_only_and_logs_no_questions() -> None:
    found = http_settings()
    assert (found.host, found.port, found.access_log, found.log_format) == ("127.0.0.1", 8000, False, LogFormat.JSON)


def test_the_environment_goes_before_the_default_and_the_command_before_both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIFECYCLE_HOST", "0.0.0.0")  # noqa: S104
    monkeypatch.setenv("LIFECYCLE_PORT", "9000")
    monkeypatch.setenv("LIFECYCLE_ACCESS_LOG", "true")
    monkeypatch.setenv("LIFECYCLE_DATABASE", "sqlite:///other-rooms-read-this.db")
    found = http_settings(port=0)
    assert (found.host, found.port, found.access_log) == ("0.0.0.0", 0, True)  # noqa: S104


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("LIFECYCLE_PORT", "http"),
        ("LIFECYCLE_PORT", "70000"),
        ("LIFECYCLE_MAX_BODY_BYTES", "1MB"),
        ("LIFECYCLE_TICK_SECONDS", "0"),
        ("LIFECYCLE_HEARTBEAT_SECONDS", "nan"),
        ("LIFECYCLE_GRACEFUL_SECONDS", "-1"),
        ("LIFECYCLE_ACCESS_LOG", "perhaps"),
        ("LIFECYCLE_LOG_FORMAT", "xml"),
        ("LIFECYCLE_HOST", ""),
    ],
)
def test_a_value_that_cannot_be_is_told_with_its_variable(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingInvalid) as refused:
        http_settings()
    assert refused.value.sentence.startswith(f"{variable} cannot be '{value}': ")
