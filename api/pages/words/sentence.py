"""The sentence: the answer to a question about a model, before all that it stands on."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from markupsafe import Markup

from api.pages.shown import WORDS
from api.pages.words.days import date_words, moment_words, on_words
from api.pages.words.isolation import as_html, as_text, isolated
from api.pages.words.replacements import replacement_clause
from api.pages.words.stages import enters_words, entry_words, stage_words
from domain.dates import AnyDate, FirmDate, FloorDate, WithdrawnDate
from domain.events import PolicyAdopted
from domain.rules.access import Operation, allows
from domain.rules.answers import Next, Question, StageAnswer, Status
from domain.stages import PLANNED_STAGES, Stage
from domain.subjects import Scope

SCOPES_NAMED_MAX = 3
"""Parts with claims of their own that are named; of more, only how many."""


def sentence(question: Question, answer: StageAnswer, policy: PolicyAdopted | None) -> str:
    """Say the answer in one sentence. It says no more than the answer holds; of deployments only what the policy says.

    `policy` holds the rules in force at the question's point; none where the catalog has none.
    """
    return as_text(_sentence(question, answer, policy))


def sentence_html(question: Question, answer: StageAnswer, policy: PolicyAdopted | None) -> Markup:
    """Say the same as HTML: escaped, and each name with its own direction of writing."""
    return as_html(_sentence(question, answer, policy))


def _sentence(question: Question, answer: StageAnswer, policy: PolicyAdopted | None) -> str:
    head, clauses = _told(question, answer, policy)
    parts = _parts(answer.by_scope, alone=answer.status is Status.NOT_KNOWN)
    told = "; ".join([*clauses, *parts])
    return f"{head}: {told}." if told else f"{head}."


def _told(question: Question, answer: StageAnswer, policy: PolicyAdopted | None) -> tuple[str, Sequence[str]]:
    if answer.status is Status.NOT_KNOWN:
        return _not_known(answer, question.known_at)
    if answer.stage is None:
        begins = [f"its listing begins on {moment_words(answer.listed_since)}"] if answer.listed_since else []
        return f"Not listed yet on {moment_words(question.valid_at)}", begins
    return _head(answer.stage, answer.since), [*_clauses(question, answer, answer.stage, policy)]


def _not_known(answer: StageAnswer, known_at: datetime) -> tuple[str, Sequence[str]]:
    day, first = moment_words(known_at), answer.first_known_at
    if first is None:
        return f"Not known on {day}", [f"nothing had been announced about {'all of it' if answer.by_scope else 'it'}"]
    if first > known_at:
        return f"Not known yet on {day}", [f"the first announcement about it came on {moment_words(first)}"]
    return f"No longer known on {day}", [f"what was announced about it since {moment_words(first)} had been withdrawn"]


def _head(stage: Stage, since: datetime | None) -> str:
    return f"{WORDS[stage]} since {moment_words(since)}" if since else f"{WORDS[stage]}, since when is not known"


def _clauses(question: Question, answer: StageAnswer, stage: Stage, policy: PolicyAdopted | None) -> Iterable[str]:
    if policy:
        yield from _access(stage, policy)
    yield from _coming(question, answer, stage, policy)
    yield from replacement_clause(question.key, answer, stage)


def _access(stage: Stage, policy: PolicyAdopted) -> Iterable[str]:
    if stage is Stage.DEPRECATED:
        forbidden = {Operation.CREATE: "no new deployments", Operation.INVOKE: "no calls"}
        if told := [words for operation, words in forbidden.items() if operation in policy.deprecated_forbids]:
            yield " and ".join(told)
    if stage is Stage.RETIRED and policy.retired_call_returns:
        yield f"a call returns {isolated(policy.retired_call_returns.rstrip('. '))}"


def _coming(question: Question, answer: StageAnswer, stage: Stage, policy: PolicyAdopted | None) -> Iterable[str]:
    following = answer.next
    if following:
        yield f"{_verb(stage, following.stage, policy)} {_moment(following, _stated(answer, following.stage), question.valid_at)}"
    if stage is Stage.RETIRED:
        return
    end = _stated(answer, Stage.RETIRED)
    if following and following.stage is not Stage.RETIRED and end and not isinstance(end, WithdrawnDate) and end.at > question.valid_at:
        yield f"its retirement is announced for {date_words(end)}"
    ahead = (planned for planned in PLANNED_STAGES if planned.rank > stage.rank)
    yield from (
        f"its {entry_words(planned)} date was withdrawn" for planned in ahead if isinstance(_stated(answer, planned), WithdrawnDate)
    )
    if not following:
        yield "no end is announced"


def _verb(stage: Stage, following: Stage, policy: PolicyAdopted | None) -> str:
    if following.rank < stage.rank:
        return f"goes back to {stage_words(following)}"
    if following is Stage.RETIRED and policy and allows(stage, Operation.INVOKE, policy):
        return "stops answering"
    return enters_words(following)


def _moment(following: Next, stated: AnyDate | None, now: datetime) -> str:
    """Tell when, as exactly as it was published where the published date is what decides."""
    if following.on:
        exact = isinstance(stated, FirmDate) and stated.at == following.on
        return on_words(stated) if exact and isinstance(stated, FirmDate) else f"on {moment_words(following.on)}"
    assert following.not_before, "what comes next has a date or a floor"  # noqa: S101
    floor = date_words(stated) if isinstance(stated, FloorDate) else f"not before {moment_words(following.not_before)}"
    return f"{floor}, which has come" if following.not_before <= now else floor


def _stated(answer: StageAnswer, stage: Stage) -> AnyDate | None:
    planned = answer.schedule.get(stage)
    return planned.date if planned else None


def _parts(by_scope: Iterable[Scope], *, alone: bool) -> Iterable[str]:
    scopes = list(by_scope)
    if not scopes:
        return
    named = " and ".join(", ".join(f"{key} {isolated(value)}" for key, value in scope.pairs) for scope in scopes)
    told = named if len(scopes) <= SCOPES_NAMED_MAX else f"{len(scopes):,} parts of it"
    yield f"there are claims {'only' if alone else 'of their own'} about {told}"
