"""What an announcement would tell whom, for the command line."""

from collections.abc import Sequence

from api import wire_answers as wire
from api.notices.offices import office_of
from api.notices.preview import preview, wire_preview
from api.opening import Opened
from domain.rehearsal import Rehearsal


def previews_of(opened: Opened, told: Rehearsal) -> Sequence[wire.JSON]:
    """Return the audience and the text of runs that would be opened."""
    with office_of(opened) as office:
        return [wire_preview(preview(office, run, told.history)) for run in told.opened]
