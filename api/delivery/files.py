"""The embedded default: each notice is a file, which any mail program opens, in a folder that only its owner may read."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from api.delivery.mail import mail
from api.delivery.notice import Address, Outgoing
from api.delivery.outcome import Sent
from api.delivery.rendering import rendered
from domain.clock import Clock, system_clock
from domain.notices.events import Result
from domain.people.addresses import usable_address

NAME = "file"


class FileChannel:
    """Writes notices to a folder: one folder a run, one file a recipient, which takes the place of the same notice written before."""

    name = NAME

    def __init__(self, folder: Path, sender: Address, clock: Clock = system_clock) -> None:
        self._folder = folder
        self._sender = sender
        self._clock = clock

    async def send(self, batch: Sequence[Outgoing], done: Callable[[Sent], None]) -> None:
        """Write a batch."""
        for outgoing in batch:
            done(self._write(outgoing))

    async def close(self) -> None:
        """There is nothing to let go of."""

    def _write(self, outgoing: Outgoing) -> Sent:
        if not isinstance(outgoing.to, Address):
            return Sent(outgoing, Result.PERMANENT, self._clock(), NAME, "no_address")
        if not usable_address(outgoing.to.address):
            return Sent(outgoing, Result.PERMANENT, self._clock(), NAME, "address_invalid")
        now = self._clock()
        data = mail(outgoing, outgoing.to, rendered(outgoing), self._sender, now)
        folder = self._folder / str(outgoing.run)
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            unfinished = folder / f".{outgoing.recipient}.eml.part"
            with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(data)
            unfinished.replace(folder / f"{outgoing.recipient}.eml")
        except OSError as error:
            return Sent(outgoing, Result.TRANSIENT, now, NAME, "not_written", detail=error.strerror)
        return Sent(outgoing, Result.ACCEPTED, now, NAME, "written", f"{outgoing.run}/{outgoing.recipient}.eml")
