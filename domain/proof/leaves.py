"""What the leaves of the trees say: every column of a row, as it is stored, with its length before it.

Each kind of leaf begins with words of its own, so that none can be taken for one of another kind; lengths keep columns apart.
"""

from struct import Struct

_LENGTH = Struct(">Q").pack
_ENTRY = b"lifecycle-ledger/entry/v1\n"
_COMMAND = b"lifecycle-ledger/command/v1\n"
_STREAM = b"lifecycle-ledger/stream/v1\n"


def entry_leaf(*, position: int, stream: str, version: int, topic: str, recorded_at: str, actor: str, state: bytes) -> bytes:
    """Return the leaf of an entry of the log."""
    return _leaf(_ENTRY, b"%d" % position, stream.encode(), b"%d" % version, topic.encode(), recorded_at.encode(), actor.encode(), state)


def command_leaf(*, number: int, key: str, fingerprint: str, answer: bytes, position: int) -> bytes:
    """Return the leaf of a command that was kept."""
    return _leaf(_COMMAND, b"%d" % number, key.encode(), fingerprint.encode(), answer, b"%d" % position)


def stream_leaf(*, stream: str, version: int, position: int) -> bytes:
    """Return the leaf of a stream: its last version, which is how many entries it has, and the position of the last one."""
    return _leaf(_STREAM, stream.encode(), b"%d" % version, b"%d" % position)


def _leaf(kind: bytes, *fields: bytes) -> bytes:
    return kind + b"".join([_LENGTH(len(field)) + field for field in fields])
