"""A timestamp authority on loopback: its certificates are made here, and `openssl ts` signs."""

import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from api.timestamping.settings import TimestampSettings
from domain.clock import system_clock

SECONDS = 30
_CONFIG = """
[tsa]
default_tsa = it
[it]
serial = {folder}/serial
signer_digest = sha256
digests = {digests}
default_policy = 1.2.3.4.1
ess_cert_id_alg = sha256
"""
Answer = Callable[[BaseHTTPRequestHandler, bytes], None]


@dataclass(frozen=True)
class Identity:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: RSAPrivateKey


def _key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


def authority_of_all(name: str = "Root") -> Identity:
    """Make a certificate that vouches for others."""
    key, subject = _key(), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = system_clock()
    builder = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=3650))
        .not_valid_after(now + timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    )
    return Identity(builder.sign(key, SHA256()), key)


def signer_of(
    root: Identity, *, days: tuple[int, int] = (-30, 30), usage: x509.ObjectIdentifier = ExtendedKeyUsageOID.TIME_STAMPING
) -> Identity:
    """Make a certificate that signs timestamps, or what else it is to be used for, valid between two days from today."""
    key, now = _key(), system_clock()
    builder = (
        x509.CertificateBuilder(root.certificate.subject, None, key.public_key(), x509.random_serial_number())
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test Authority")]))
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([usage]), critical=True)
    )
    return Identity(builder.sign(root.key, SHA256()), key)


@dataclass
class Authority:
    """One that signs what it is asked for."""

    folder: Path
    signer: Identity
    root: Identity
    digests: str = "sha256"
    queries: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "serial").write_text("01\n")
        (self.folder / "ts.cnf").write_text(_CONFIG.format(folder=self.folder, digests=self.digests))
        (self.folder / "root.pem").write_bytes(self.root.certificate.public_bytes(Encoding.PEM))
        (self.folder / "signer.pem").write_bytes(self.signer.certificate.public_bytes(Encoding.PEM))
        key = self.signer.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (self.folder / "signer.key").write_bytes(key)

    def reply(self, query: bytes) -> bytes:
        """Answer a query as an authority does."""
        self.queries.append(query)
        (self.folder / "query").write_bytes(query)
        self.openssl(
            "ts", "-reply", "-config", "ts.cnf", "-queryfile", "query", "-signer", "signer.pem", "-inkey", "signer.key", "-out", "reply"
        )
        return (self.folder / "reply").read_bytes()

    def resigned(self, token: bytes, by: Identity) -> bytes:
        """Return what a token says, signed by somebody else."""
        (self.folder / "token").write_bytes(token)
        (self.folder / "by.pem").write_bytes(by.certificate.public_bytes(Encoding.PEM))
        (self.folder / "by.key").write_bytes(by.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        self.openssl("cms", "-verify", "-noverify", "-inform", "DER", "-in", "token", "-binary", "-out", "content")
        kind = ("-econtent_type", "1.2.840.113549.1.9.16.1.4")
        made = ("-signer", "by.pem", "-inkey", "by.key", "-outform", "DER", "-out", "resigned")
        self.openssl("cms", "-sign", "-binary", "-nodetach", *kind, "-in", "content", *made)
        return (self.folder / "resigned").read_bytes()

    def openssl(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True, timeout=SECONDS)  # noqa: S607

    def settings(self, port: int) -> TimestampSettings:
        return TimestampSettings(f"http://127.0.0.1:{port}/tsr", self.folder / "root.pem")


@contextmanager
def serving(answer: Answer) -> Iterator[int]:
    """Answer queries on a free port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            answer(self, query)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join(SECONDS)
        server.server_close()


def with_body(reply: Callable[[bytes], bytes], *, status: int = 200, headers: Sequence[tuple[str, str]] = ()) -> Answer:
    def answer(handler: BaseHTTPRequestHandler, query: bytes) -> None:
        body = reply(query)
        handler.send_response(status)
        for name, value in (("Content-Type", "application/timestamp-reply"), ("Content-Length", str(len(body))), *headers):
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer
