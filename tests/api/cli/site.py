"""A page that is read day after day, and what an import tells of it."""

import json
from typing import Any

from tests.cli import Shell

HEADER = (
    "| Model | Version | Deployment type | Deprecation date | Retirement date | Lifecycle status | Replacement |\n"
    "|---|---|---|---|---|---|---|\n"
)


def page(*rows: str) -> str:
    return HEADER + "".join(f"| {row} |\n" for row in rows)


class Site:
    """A page that is read day after day."""

    def __init__(self, shell: Shell) -> None:
        self.shell = shell

    def read(self, day: str, text: str, *options: str, source: str = "page", ending: str = "md") -> dict[str, Any]:
        """Import the page of a day, and return what is told of it."""
        file = self.shell.home / f"{source}-{day}.{ending}"
        file.write_text(text)
        done = self.shell.lifecycle("import", str(file), "--catalog", "azure", "--source", source, "--json", *options)
        assert done.code in {0, 1}, done.err
        reported: dict[str, Any] = json.loads(done.out)["pages"][0]
        return reported

    def stage(self, model: str, *options: str) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.shell.lifecycle("stage", model, *options, "--json").out)
        return answer

    def head(self) -> int:
        return int(json.loads(self.shell.lifecycle("doctor", "--json").out)["position"])


def codes(report: dict[str, Any]) -> list[list[str]]:
    return [[change["code"] for change in row["changes"]] for row in report["rows"]]
