"""Keys at the command line, and the service that asks for them: as people run it."""

import json
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from tests.api.access.issuer import AUDIENCE, issuer
from tests.api.http.processes import END_SECONDS, ROOT, Served, listing
from tests.cli import Result, Shell

LEDGER = ("--database", "sqlite:///ledger.db")
TOKEN = re.compile(r"lifecycle_[a-z0-9]{8}_[A-Za-z0-9_-]{43}")


def create(shell: Shell, name: str, *scopes: str, more: tuple[str, ...] = ()) -> str:
    """Make a key, and return its token."""
    named = [option for scope in scopes for option in ("--scope", scope)]
    made = shell.lifecycle("keys", "create", name, *named, *LEDGER, *more)
    assert made.code == 0, made.err
    return made.out.strip()


def listed(shell: Shell) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(shell.lifecycle("keys", "list", *LEDGER, "--json").out)["keys"]
    return found


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def until(served: Served, status: int, headers: dict[str, str] | None = None) -> None:
    """Wait until a question is answered so: keys are looked at a few times in a second."""
    end = monotonic() + END_SECONDS
    while served.ask("/v1/models", headers=headers)[0] != status:
        assert monotonic() < end, "it never came"
        sleep(0.02)


class TestCommands:
    def test_a_token_is_shown_once_alone_on_its_line(self, shell: Shell) -> None:
        made = shell.lifecycle("keys", "create", "ci", "--scope", "read", *LEDGER)
        assert TOKEN.fullmatch(made.out.strip())
        assert "is good until " in made.err
        secret = made.out.strip()
        told = shell.lifecycle("keys", "list", *LEDGER)
        as_json = shell.lifecycle("keys", "list", *LEDGER, "--json")
        revoked = shell.lifecycle("keys", "revoke", "ci", *LEDGER, "--json")
        assert not any(secret in text or "argon2" in text for result in (told, as_json, revoked) for text in (result.out, result.err))
        assert made.err.count(secret) == 0

    def test_it_is_told_what_a_key_is_good_for(self, shell: Shell) -> None:
        create(shell, "feed", "read", "announce:azure:mistral-ai", more=("--expires", "never"))
        (found,) = listed(shell)
        assert TOKEN.fullmatch(create(shell, "ci", "read"))
        assert (found["name"], found["scopes"], found["state"]) == ("feed", ["announce:azure:mistral-ai", "read"], "good")
        assert (found["expires_at"], found["revoked_at"], found["last_used_at"]) == (None, None, None)
        told = shell.lifecycle("keys", "list", *LEDGER).out.splitlines()
        assert told[0].split() == ["name", "prefix", "scopes", "created", "expires", "last", "used", "state"]
        assert [line.split()[0] for line in told[1:]] == ["ci", "feed"]

    def test_a_key_that_is_made_as_json_has_all_of_it(self, shell: Shell) -> None:
        made = json.loads(shell.lifecycle("keys", "create", "ci", "--scope", "read", *LEDGER, "--json").out)
        assert TOKEN.fullmatch(made.pop("token"))
        assert made == listed(shell)[0]

    def test_a_revoked_key_stays_in_the_list(self, shell: Shell) -> None:
        create(shell, "ci", "read")
        first = shell.lifecycle("keys", "revoke", "ci", *LEDGER)
        assert re.fullmatch(r"ci is revoked since \S+\n", first.out)
        assert shell.lifecycle("keys", "revoke", "ci", *LEDGER).out == first.out
        assert listed(shell)[0]["state"] == "revoked"

    @pytest.mark.parametrize(
        ("arguments", "code", "told"),
        [
            (("create", "ci"), 2, "--scope"),
            (("create", "two words", "--scope", "read"), 2, "key name"),
            (("create", "ci", "--scope", "reed"), 2, "is no scope"),
            (("create", "ci", "--scope", "read:azure"), 2, "is no scope"),
            (("create", "ci", "--scope", "read", "--expires", "soon"), 2, "until when"),
            (("create", "taken", "--scope", "read"), 4, "Choose another name"),
            (("revoke", "nobody"), 3, "There is no key 'nobody'"),
        ],
    )
    def test_what_cannot_be_is_told_in_a_sentence(self, shell: Shell, arguments: tuple[str, ...], code: int, told: str) -> None:
        create(shell, "taken", "read")
        found: Result = shell.lifecycle("keys", *arguments, *LEDGER)
        assert (found.code, found.out) == (code, "")
        assert told in found.err
        assert len(listed(shell)) == 1

    def test_where_there_are_none_nothing_is_made(self, shell: Shell) -> None:
        found = shell.lifecycle("keys", "list", *LEDGER)
        assert (found.code, found.out) == (0, "")
        assert found.err.startswith("There are no keys.")
        assert shell.lifecycle("keys", "revoke", "ci", *LEDGER).code == 3
        assert list(shell.home.iterdir()) == []

    def test_a_file_that_is_something_else_is_told(self, shell: Shell) -> None:
        (shell.home / "ledger.access.db").write_text("these are my notes, " * 100)
        found = shell.lifecycle("keys", "list", *LEDGER)
        assert (found.code, found.err.count("\n")) == (5, 1)
        assert "ledger.access.db" in found.err

    def test_a_command_on_the_ledger_itself_needs_no_key(self, shell: Shell) -> None:
        create(shell, "ci", "read")
        assert shell.lifecycle("policy", "--adopt", "azure-serverless-v1", *LEDGER).code == 0
        assert shell.lifecycle("policy", *LEDGER).code == 0

    def test_a_question_pays_nothing_for_keys(self) -> None:
        program = "import sys, api.cli.main; print({'jwt', 'pwdlib', 'argon2', 'fastapi', 'httpx2'} & sys.modules.keys())"
        done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
        assert done.stdout == "set()\n"


class TestAddresses:
    @pytest.mark.parametrize("host", ["0.0.0.0", "::"])  # noqa: S104
    @pytest.mark.parametrize("more", [LEDGER, ("--demo",)])
    def test_without_credentials_the_service_listens_on_this_machine_alone(self, shell: Shell, host: str, more: tuple[str, ...]) -> None:
        found = shell.lifecycle("serve", "--host", host, "--port", "0", *more)
        assert (found.code, found.out, found.err.count("\n")) == (2, "", 1)
        assert f"does not listen at '{host}'" in found.err
        assert "lifecycle keys create" in found.err
        assert "LIFECYCLE_OIDC_ISSUER" in found.err
        assert list(shell.home.iterdir()) == []

    def test_another_name_of_this_machine_is_no_way_around(self, shell: Shell) -> None:
        found = shell.lifecycle("serve", "--port", "0", *LEDGER, env={"LIFECYCLE_HOST": "0"})
        assert found.code == 2
        assert "does not listen at '0'" in found.err

    def test_an_issuer_without_an_audience_is_told(self, shell: Shell) -> None:
        found = shell.lifecycle("serve", "--port", "0", *LEDGER, env={"LIFECYCLE_OIDC_ISSUER": "https://login.example.com"})
        assert (found.code, found.err.count("\n")) == (2, 1)
        assert found.err.startswith("lifecycle: LIFECYCLE_OIDC_AUDIENCE cannot be ''")


class TestService:
    def test_it_asks_from_the_first_key_on_and_a_revoked_one_is_refused_within_a_moment(self, shell: Shell) -> None:
        with Served(shell) as served:
            assert served.ask("/v1/models")[0] == 200
            token = create(shell, "feed", "announce:azure", "read")
            until(served, 401)
            sent = {**bearer(token), "Idempotency-Key": "k1"}
            assert served.ask("/v1/models", method="POST", body=listing("m1"), headers=sent)[0] == 201
            assert served.ask("/v1/models", method="POST", body=listing("m1", "bedrock"), headers=sent)[0] == 403
            assert served.ask("/v1/models", method="POST", body=listing("m2"), headers={"Idempotency-Key": "k2"})[0] == 401
            shell.lifecycle("keys", "revoke", "feed", *LEDGER)
            until(served, 401, bearer(token))
            assert [served.ask(path)[0] for path in ("/healthz", "/readyz", "/version")] == [200, 200, 200]
            served.signal()
            assert served.ended() == 0
        with closing(sqlite3.connect(shell.home / "ledger.db")) as ledger:
            assert ledger.execute("SELECT DISTINCT actor FROM ledger_entries").fetchall() == [("key:feed",)]
        assert listed(shell)[0]["last_used_at"] is not None

    def test_a_stream_ends_with_the_key_that_opened_it(self, shell: Shell) -> None:
        token = create(shell, "reader", "read")
        with Served(shell, settings={"LIFECYCLE_HEARTBEAT_SECONDS": "0.2"}) as served:
            connection = served.connection()
            connection.request("GET", "/v1/events/stream", headers=bearer(token))
            with closing(connection), connection.getresponse() as following:
                assert b"following" in following.readline() + following.readline()
                shell.lifecycle("keys", "revoke", "reader", *LEDGER)
                following.read()

    def test_access_tokens_of_a_provider_are_taken(self, shell: Shell) -> None:
        with issuer() as provider:
            settings = {"LIFECYCLE_OIDC_ISSUER": provider.address, "LIFECYCLE_OIDC_AUDIENCE": AUDIENCE}
            with Served(shell, settings=settings) as served:
                assert served.ask("/v1/models")[0] == 401
                assert served.ask("/v1/models", headers=bearer(provider.token()))[0] == 200
                assert served.ask("/v1/models", headers=bearer(provider.token(aud="another")))[0] == 401

    def test_no_token_stands_in_a_log_line_an_answer_or_a_file(self, shell: Shell) -> None:
        with issuer() as provider:
            settings = {
                "LIFECYCLE_OIDC_ISSUER": provider.address,
                "LIFECYCLE_OIDC_AUDIENCE": AUDIENCE,
                "LIFECYCLE_ACCESS_LOG": "true",
                "LIFECYCLE_LOG_FORMAT": "json",
            }
            good, stranger = create(shell, "reader", "read"), "lifecycle_abcdefgh_" + "x" * 43
            secrets = [good, stranger, provider.token(), provider.token(aud="another"), provider.token(key="two")]
            answered: list[str] = []
            with Served(shell, settings=settings) as served:
                for secret in secrets:
                    for headers in (bearer(secret), {"X-API-Key": secret}, {"Authorization": secret}):
                        answered += [str(served.ask(path, headers=headers)) for path in ("/v1/models", "/v1/notices", "/nothing")]
                answered.append(str(served.ask("/metrics", headers=bearer(good))))
                served.signal()
                assert served.ended() == 0
            beside = [file.read_bytes() for file in shell.home.rglob("*") if file.is_file() and "shm" not in file.name]
        told = "".join(answered) + "".join(served.lines)
        for secret in secrets:
            parts = [secret.rpartition("_")[2], *secret.split(".")]
            assert not any(part in told for part in parts if len(part) > 40), secret[:20]
            assert not any(part.encode() in content for part in parts for content in beside if len(part) > 40)


def test_the_file_of_keys_is_for_its_owner_alone(shell: Shell) -> None:
    create(shell, "ci", "read")
    assert Path(shell.home / "ledger.access.db").stat().st_mode & 0o777 == 0o600
