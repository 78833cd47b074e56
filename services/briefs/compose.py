"""A brief, put together from what was found: every section, in one language."""

from collections.abc import Mapping
from typing import Any

from msgspec import UNSET

from events.known import Known
from projections.clocks import Clocks
from services.briefs.answers import Brief, Language
from services.briefs.casualties import casualties
from services.briefs.control import control
from services.briefs.coverage import coverage
from services.briefs.draft import Draft
from services.briefs.events import allegations, assessments, others, retractions
from services.briefs.findings import Findings
from services.briefs.ground import displacement, hazards
from services.briefs.strikes import strikes
from services.briefs.tongue import Tongue

_SECTIONS = (
    control, strikes, casualties, hazards, displacement, others, allegations, assessments, retractions, coverage
)  # fmt: skip


def compose(
    found: Findings, known: Mapping[str, Known], language: Language, asked: Clocks, *, parked: int = 0
) -> Brief:
    """Write the brief; `known` are the occurrences told of in full, `asked` the clocks as they were asked for.

    `parked` is how many streams there are of which the answers lack the latest events.
    """
    tongue = Tongue(language, found.registry)
    draft = Draft(tongue, found, known)
    echoed: dict[str, Any] = {**asked.echoed, "projected": found.clocks.projected}
    first, last = tongue.day(found.period.first), tongue.day(found.period.last)
    return Brief(
        from_=found.period.first,
        to=found.period.last,
        language=language,
        title=tongue.say("Situation brief, {first} to {last}", first=first, last=last),
        basis=_basis(tongue, asked, parked),
        sections=tuple(section(draft) for section in _SECTIONS),
        parked_streams=parked or UNSET,
        **echoed,
    )


def _basis(tongue: Tongue, asked: Clocks, parked: int) -> str:
    clauses = [tongue.say("Derived from the log up to position {position}.", position=asked.position)]
    if asked.known_at is not None:
        known = tongue.moment(asked.known_at, "UTC")
        clauses.append(tongue.say("Only what had been published by {moment} is told.", moment=known))
    if asked.as_of is not None:
        clauses.append(tongue.say("Told as of {moment}.", moment=tongue.moment(asked.as_of, "UTC")))
    if parked:
        clauses.append(
            tongue.some(
                "{n} stream could not be read to its end: its latest events are missing.",
                "{n} streams could not be read to their ends: their latest events are missing.",
                parked,
            )
        )
    clauses.append(tongue.say("Every statement is that of the sources it links to."))
    return tongue.joined(clauses)
