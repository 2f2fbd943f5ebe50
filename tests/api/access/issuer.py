"""An identity provider on the loopback, with keys that it changes and answers that it can spoil."""

import json
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from api.access.access_tokens import AccessTokens
from api.access.oidc_settings import OidcSettings
from domain.clock import system_clock

AUDIENCE = "api://lifecycle-ledger"
LEEWAY_SECONDS = 30.0
DISCOVERY = "/.well-known/openid-configuration"


@cache
def rsa_key(name: str) -> rsa.RSAPrivateKey:
    """A key of that name, the same one throughout."""
    del name
    return rsa.generate_private_key(65537, 2048)


@cache
def ec_key(name: str) -> ec.EllipticCurvePrivateKey:
    del name
    return ec.generate_private_key(ec.SECP256R1())


def public_pem(name: str) -> bytes:
    return rsa_key(name).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def as_jwk(name: str, **more: Any) -> dict[str, Any]:
    return {
        **jwt.algorithms.RSAAlgorithm.to_jwk(rsa_key(name).public_key(), as_dict=True),
        "kid": name,
        "use": "sig",
        "alg": "RS256",
        **more,
    }


def as_ec_jwk(name: str) -> dict[str, Any]:
    return {**jwt.algorithms.ECAlgorithm.to_jwk(ec_key(name).public_key(), as_dict=True), "kid": name}


@dataclass
class Issuer:
    """What it says, and how often it was asked."""

    address: str = ""
    keys: list[dict[str, Any]] = field(default_factory=lambda: [as_jwk("one")])
    spoiled: dict[str, tuple[int, Mapping[str, str], bytes]] = field(default_factory=dict)
    """By path, another answer: status, headers, body."""
    asked: list[str] = field(default_factory=list)
    codes: dict[str, tuple[dict[str, str], dict[str, Any]]] = field(default_factory=dict)
    """Of people who signed in and have not come back yet: what was asked for, and what their ID token claims otherwise."""
    scope: str = "read"
    """Of the access tokens that they get."""

    def answer(self, path: str) -> tuple[int, Mapping[str, str], bytes]:
        self.asked.append(path)
        if path in self.spoiled:
            return self.spoiled[path]
        if path == DISCOVERY:
            ends = {"authorization_endpoint": f"{self.address}/authorize", "token_endpoint": f"{self.address}/token"}
            return 200, {}, json.dumps({"issuer": self.address, "jwks_uri": f"{self.address}/keys", **ends}).encode()
        return (200, {}, json.dumps({"keys": self.keys}).encode()) if path == "/keys" else (404, {}, b"")

    def signed_in(self, address: str, **changed: Any) -> dict[str, str]:
        """Sign somebody in who was sent to an address of ours; return what the browser brings back. `changed`: claims of the ID token."""
        asked = dict(parse_qsl(urlsplit(address).query))
        assert address.startswith(f"{self.address}/authorize?")
        assert asked["code_challenge_method"] == "S256"
        code = f"code-{len(self.codes)}"
        self.codes[code] = (asked, changed)
        return {"code": code, "state": asked["state"]}

    def exchanged(self, form: Mapping[str, str], authorization: str | None) -> tuple[int, Mapping[str, str], bytes]:
        """Give tokens for a code, once, to whoever began with its challenge."""
        asked, changed = self.codes.pop(form["code"], ({}, {}))
        challenge = urlsafe_b64encode(sha256(form["code_verifier"].encode()).digest()).decode().rstrip("=")
        if asked.get("code_challenge") != challenge or asked["redirect_uri"] != form["redirect_uri"]:
            return 400, {}, b'{"error": "invalid_grant"}'
        client = b64decode(authorization.removeprefix("Basic ")).decode().partition(":")[0] if authorization else form["client_id"]
        claims = {"aud": client, "nonce": asked["nonce"], "scope": None, **changed}
        told = {"token_type": "Bearer", "access_token": self.token(scope=self.scope), "id_token": self.token(**claims)}
        return 200, {}, json.dumps(told).encode()

    def settings(self, **more: Any) -> OidcSettings:
        return OidcSettings(issuer=self.address, audience=AUDIENCE, leeway_seconds=LEEWAY_SECONDS, **more)

    def tokens(self, **more: Any) -> AccessTokens:
        return AccessTokens(self.settings(**more))

    def claims(self, *, age_seconds: float = 0, **changed: Any) -> dict[str, Any]:
        """What a good token claims, with changes; None leaves a claim out."""
        now = system_clock() - timedelta(seconds=age_seconds)
        good = {"iss": self.address, "aud": AUDIENCE, "sub": "svc-1", "scope": "openid read", "iat": now, "exp": now + timedelta(minutes=5)}
        return {name: value for name, value in {**good, **changed}.items() if value is not None}

    def token(self, *, key: str = "one", kid: str | None = "", headers: Mapping[str, Any] | None = None, **changed: Any) -> str:
        """A token signed by a key; with a `kid` of None it names none."""
        named = {} if kid is None else {"kid": kid or key}
        return jwt.encode(self.claims(**changed), rsa_key(key), "RS256", headers={**named, **(headers or {})})


@contextmanager
def issuer() -> Iterator[Issuer]:
    """Let one be there, until the block ends."""
    found = Issuer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._tell(*found.answer(self.path))

        def do_POST(self) -> None:
            form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
            self._tell(*(found.exchanged(form, self.headers["Authorization"]) if self.path == "/token" else (404, {}, b"")))

        def _tell(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.address = f"http://127.0.0.1:{server.server_port}"
    serving = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    serving.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        serving.join(5)
