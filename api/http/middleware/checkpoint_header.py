"""The last checkpoint goes with every answer, so that two who ask can compare what they were told."""

from base64 import b64encode

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.service import Service
from domain.proof.evidence import KeptCheckpoint

HEADER = "Lifecycle-Checkpoint"


class CheckpointHeader:
    """Adds the signed note, in base64, to answers."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self.app = app
        self._service = service
        self._written: tuple[KeptCheckpoint | None, bytes] = (None, b"")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the header."""
        if scope["type"] != "http" or self._service.checkpoint is None:
            return await self.app(scope, receive, send)

        async def tell(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (HEADER.lower().encode(), self._note())]
            await send(message)

        return await self.app(scope, receive, tell)

    def _note(self) -> bytes:
        last = self._service.checkpoint
        if self._written[0] is not last and last:
            self._written = last, b64encode(last.note.encode())
        return self._written[1]
