"""The trees of a log as its writer grows them: one over the entries, one over the commands that were kept."""

from dataclasses import dataclass

from domain.proof.leaves import command_leaf, entry_leaf
from domain.proof.merkle import Growing, leaf_hash
from domain.store.contract import Kept

EntryColumns = tuple[int, str, int, str, str]
"""Position, stream, version, recorded_at and actor, as they are stored."""
NodeColumns = tuple[int, bytes]
"""Position of an entry, and the hashes that it adds to the tree."""
CommandColumns = tuple[int, str, bytes]
"""Number of a command, its key, and the hashes that it adds to the tree."""


@dataclass(frozen=True, slots=True)
class Trees:
    """Both, at one moment of the log."""

    entries: Growing
    commands: Growing

    def add_entry(self, entry: EntryColumns, topic: str, state: bytes) -> NodeColumns:
        """Add an entry."""
        position, stream, version, recorded_at, actor = entry
        leaf = entry_leaf(position=position, stream=stream, version=version, topic=topic, recorded_at=recorded_at, actor=actor, state=state)
        return position, self.entries.append(leaf_hash(leaf))

    def add_command(self, kept: Kept) -> CommandColumns:
        """Add a command."""
        number = self.commands.size + 1
        leaf = command_leaf(number=number, key=kept.key, fingerprint=kept.fingerprint, answer=kept.answer, position=kept.position)
        return number, kept.key, self.commands.append(leaf_hash(leaf))
