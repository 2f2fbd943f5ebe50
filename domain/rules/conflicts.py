"""Conflicts: sources whose last words about a field differ, and rows of one document that disagree."""

from collections.abc import Callable, Iterable
from functools import partial

from domain.dates import WithdrawnDate, date_text
from domain.events import RetirementAnnounced
from domain.rules.answers import Finding, FindingCode
from domain.rules.claims import Claims, of_one_page
from domain.rules.plan import Announcement, Planned, stated_date
from domain.stages import Stage

Meaning = tuple[object, str]
"""What is compared, and how it is written."""
MeaningOf = Callable[[RetirementAnnounced], Meaning | None]


def date_conflict(claims: Claims, planned: Planned) -> Iterable[Finding]:
    """Tell whether sources disagree on the date of a stage."""
    return _conflict(claims, planned.claim, planned.stage, partial(_date_meaning, stage=planned.stage))


def replacement_conflict(claims: Claims, decider: Announcement) -> Iterable[Finding]:
    """Tell whether sources disagree on the replacements."""
    return _conflict(claims, decider, "replacements", _replacement_meaning)


def _conflict(claims: Claims, decider: Announcement, field: str, meaning: MeaningOf) -> Iterable[Finding]:
    texts: dict[object, str] = {}
    sources: set[str] = set()
    for claim, (compared, text) in _last_words(claims, decider, meaning):
        texts[compared] = min(text, texts.get(compared, text))
        sources.add(claim.source)
    if len(texts) > 1:
        yield Finding(FindingCode.SOURCES_CONFLICT, {"field": field, "values": sorted(texts.values()), "sources": sorted(sources)})


def _last_words(claims: Claims, decider: Announcement, meaning: MeaningOf) -> Iterable[tuple[Announcement, Meaning]]:
    """Give each source's last claim that states the field, and those that stand on one page with it."""
    latest: dict[str, Announcement] = {}
    for claim in reversed(claims.announcements):
        last = latest.get(claim.source)
        if last is not None and not of_one_page(claim, last):
            continue
        said = meaning(claim.event) if claim.event.scope == decider.event.scope else None
        if said is not None:
            latest.setdefault(claim.source, claim)
            yield claim, said


def _date_meaning(event: RetirementAnnounced, stage: Stage) -> Meaning | None:
    date = stated_date(event, stage)
    if date is None:
        return None
    return (date.kind, None if isinstance(date, WithdrawnDate) else date.at), date_text(date)


def _replacement_meaning(event: RetirementAnnounced) -> Meaning | None:
    return None if event.replacements is None else (event.replacements, ", ".join(event.replacements))
