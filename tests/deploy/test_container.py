"""The image and the services around it: who runs it, what is in it, and that no password is written down."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.cli import Shell
from tests.deploy.files import FOLDER, ROOT, dockerfile, read_yaml

COMPOSE = read_yaml("compose.yaml")
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
BUILT = ("api", "domain", "projections", "pyproject.toml", "README.md", "LICENSE")


def last(name: str) -> str:
    return [said for instruction, said in dockerfile() if instruction == name][-1]


def images() -> list[str]:
    stages = {said.split()[2] for name, said in dockerfile() if name == "FROM" and " AS " in said}
    based_on = [said.split()[0] for name, said in dockerfile() if name == "FROM"]
    return [image for image in based_on if image not in stages] + [
        service["image"] for service in SERVICES.values() if "build" not in service
    ]


def test_the_service_runs_as_nobody_special() -> None:
    user, _, group = last("USER").partition(":")
    assert int(user) >= 1000
    assert int(group) >= 1000
    last_stage = [name for name, _ in dockerfile()][::-1]
    assert last_stage.index("USER") < last_stage.index("FROM"), "the last stage has no USER"
    assert f"--uid {user}" in " ".join(said for name, said in dockerfile() if name == "RUN")


def test_the_image_tells_how_it_is() -> None:
    assert "/healthz" in last("HEALTHCHECK")
    assert last("EXPOSE") == "8000"
    assert last("VOLUME") == "/var/lib/lifecycle"
    for variable in ("XDG_DATA_HOME", "LIFECYCLE_FOLDER"):
        assert f"{variable}={last('VOLUME')}" in last("ENV")


def test_what_the_image_runs_is_a_command_of_ours(tmp_path: Path) -> None:
    assert json.loads(last("ENTRYPOINT")) == ["lifecycle"]
    told = Shell(tmp_path).lifecycle(*json.loads(last("CMD")), "--port", "0")
    assert told.code == 2
    assert "lifecycle keys create" in told.err, "an address beyond the container is refused until there is a key"


def test_nothing_is_fetched_but_by_the_package_manager() -> None:
    assert not [said for name, said in dockerfile() if name == "ADD"]
    assert not [said for name, said in dockerfile() if name == "RUN" and re.search(r"https?://|\bcurl\b|\bwget\b", said)]
    assert images()
    for image in images():
        _, _, tag = image.partition(":")
        assert tag, f"{image} names no version"
        assert tag != "latest"
        assert "@" not in image


def test_the_image_is_built_from_the_source_alone() -> None:
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert lines[0] == "*"
    assert tuple(line[1:] for line in lines if line.startswith("!")) == BUILT
    assert all((ROOT / name).exists() for name in BUILT)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) | {project["project"]["readme"]} <= set(BUILT)
    extras = re.search(r"\[([a-z,]+)\]\"", next(said for name, said in dockerfile() if name == "RUN"))
    assert extras
    assert set(extras[1].split(",")) == project["project"]["optional-dependencies"].keys() - {"dev"}


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_service_names_is_there(name: str) -> None:
    service = SERVICES[name]
    for needed, how in service.get("depends_on", {}).items():
        assert needed in SERVICES
        if how["condition"] == "service_healthy":
            assert "healthcheck" in SERVICES[needed] or "build" in SERVICES[needed], f"nobody looks whether {needed} is healthy"
    for volume in service.get("volumes", ()):
        source = volume.split(":")[0]
        assert (FOLDER / source).is_file() if source.startswith(".") else source in COMPOSE["volumes"], volume
    assert set(service.get("secrets", ())) <= COMPOSE.get("secrets", {}).keys()
    if "build" in service:
        assert (FOLDER / service["build"]["context"] / service["build"]["dockerfile"]).resolve() == FOLDER / "Dockerfile"
    for port in service.get("ports", ()):
        assert port.startswith("127.0.0.1:"), "it is offered to other machines"


def test_the_ledger_starts_after_its_database_is_prepared() -> None:
    assert SERVICES["ledger"]["depends_on"]["upgrade"] == {"condition": "service_completed_successfully"}
    assert SERVICES["upgrade"]["command"] == ["db", "upgrade"]
    assert SERVICES["upgrade"]["depends_on"]["database"] == {"condition": "service_healthy"}
    assert SERVICES["upgrade"]["restart"] == "no"
    assert SERVICES["upgrade"]["environment"] == SERVICES["ledger"]["environment"]


def test_settings_of_the_ledger_are_settings() -> None:
    readme = (ROOT / "README.md").read_text()
    for name in SERVICES["ledger"]["environment"]:
        assert name == "PGPASSWORD" or f"`{name}`" in readme, name
    mail = SERVICES["ledger"]["environment"]["LIFECYCLE_SMTP_HOST"]
    assert mail in SERVICES["ledger"]["depends_on"]


def test_no_password_is_written_down() -> None:
    found = 0
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            assert not re.search(r"//[^/@]*:[^/@]*@", value), f"{name} holds a password"
            if re.search(r"PASSWORD|SECRET|TOKEN|KEY", name):
                assert re.fullmatch(r"\$\{[A-Z_]+:\?[^}]+\}", value), f"{name} has to come from the environment"
                found += 1
    assert found >= 2
    assert all(secret.keys() == {"environment"} for secret in COMPOSE["secrets"].values())
