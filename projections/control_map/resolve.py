"""Who is reported to hold a place, now or through its history, with what that rests on."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TypeVar
from urllib.parse import urlencode

from events.details import Exclusion
from events.registry import Place
from events.words import Manner
from projections.clocks import Clocks
from projections.control_map.control import Basis, Control, Links, PendingTransfer, Period
from projections.control_map.facts import ControlFact, Dispute, Statement
from projections.control_map.situation import Run, Situation
from projections.control_map.spans import Span
from projections.control_map.winning import State
from projections.registry_view import RegistryView

M = TypeVar("M", int, str)


def resolve(place: Place, facts: Iterable[ControlFact], registry: RegistryView, clocks: Clocks) -> Control:
    """Say who is reported to hold one place, from facts in any order."""
    return control_of(place, Situation(facts, registry, clocks))


def control_of(place: Place, situation: Situation) -> Control:
    """Say who is reported to hold a place; `unknown` where nothing speaks for it: "never a guess"."""
    run = next(situation.runs(place.id), None)
    state = None if run is None else run.spans[0].state
    pending = _pending(place.id, state, situation)
    if run is None or state is None:
        return Control(
            place=place.id,
            name=place.said.name,
            names=place.names,
            kind=place.said.kind,
            pending_transfer=pending,
            links=_links(place.id, Basis(), pending, situation.clocks),
        )
    began = run.spans[-1]
    basis = _basis(run.spans[0], began)
    return Control(
        place=place.id,
        name=place.said.name,
        names=place.names,
        kind=place.said.kind,
        status=state.status,
        controllers=state.controllers,
        holders_by_claimant=_holders_by_claimant(state),
        disputed_by=_disputed_by(state),
        since=began.by.start,
        since_precision=None if began.by.start is None else began.by.precision,
        manner=_manner(run),
        inherited_from=run.inherited_from,
        pending_transfer=pending,
        excluded=_excluded(place.id, state, situation),
        basis=basis,
        days_since_confirmed=_days_since_confirmed(place.id, state, situation),
        links=_links(place.id, basis, pending, situation.clocks),
    )


def history_of(place: str, situation: Situation) -> list[Period]:
    """Give the unbroken runs of a place over valid time, oldest first."""
    periods: list[Period] = []
    following: str | None = None
    for run in situation.runs(place):
        newest, oldest = run.spans[0], run.spans[-1]
        state = newest.state
        periods.append(
            Period(
                from_=oldest.by.start,
                from_precision=None if oldest.by.start is None else oldest.by.precision,
                to=following,
                status=state.status,
                controllers=state.controllers,
                holders_by_claimant=_holders_by_claimant(state),
                disputed_by=_disputed_by(state),
                manner=_manner(run),
                inherited_from=run.inherited_from,
                basis=_basis(newest, oldest),
            )
        )
        following = oldest.by.start or oldest.at.isoformat()
    return periods[::-1]


def _holders_by_claimant(state: State) -> dict[str, tuple[str, ...]] | None:
    """Give, where it is contested, "all listed with claimants"; one who says it was vacated names nobody."""
    if state.status != "contested":
        return None
    found: dict[str, set[str]] = {}
    for statement in state.statements:
        found.setdefault(statement.claimant, set()).update(() if statement.holder is None else (statement.holder,))
    return {claimant: tuple(sorted(found[claimant])) for claimant in sorted(found)}


def _disputed_by(state: State) -> tuple[str, ...]:
    return () if not state.disputes else tuple(sorted({dispute.claimant for dispute in state.disputes}))


def _manner(run: Run) -> Manner | None:
    """Give how the place came to be held: as the run began, where that is told."""
    oldest = run.spans[-1]
    told = (oldest.by, oldest.state.winner, run.spans[0].state.winner)
    return next((statement.manner for statement in told if statement.manner is not None), None)


def _excluded(place: str, state: State, situation: Situation) -> tuple[Exclusion, ...]:
    """Give the places inside that the change left out, and to whom they went."""
    winner = state.winner
    if winner.kind == "claim":
        return ()
    targets = situation.changes[winner.occurrence]
    return tuple(
        Exclusion(other, statement.holder)
        for other, statement in sorted(targets.items())
        if statement.kind == "exclusion" and statement.holder is not None and other != place
        if situation.registry.place_in(other, place)
    )


def _pending(place: str, state: State | None, situation: Situation) -> PendingTransfer | None:
    awaited = situation.awaited(place, state)
    if not awaited:
        return None
    transfer, to = awaited[0]
    return PendingTransfer(
        id=transfer.id,
        to=to,
        due=transfer.due,
        overdue=situation.is_over(transfer.due, place),
        excluding=transfer.excluding,
        rescheduled_from=transfer.former_dues[-1] if transfer.former_dues else None,
    )


def _basis(newest: Span, oldest: Span) -> Basis:
    """Give what says who holds it now, what disputes it, and what began the run."""
    state = newest.state
    statements = state.statements if oldest.by in state.statements else (*state.statements, oldest.by)
    if len(statements) == 1 and not state.disputes and statements[0].agreement is None:
        [one] = statements
        claims = () if one.claim is None else (one.claim,)
        return Basis(positions=one.positions, occurrences=(one.occurrence,), claims=claims, reports=one.reports)
    facts: Sequence[Statement | Dispute] = (*statements, *state.disputes)
    agreements = (statement.agreement for statement in statements if statement.agreement is not None)
    claimed = {statement.claim for statement in statements} | {dispute.id for dispute in state.disputes}
    return Basis(
        positions=_joined(fact.positions for fact in facts),
        occurrences=tuple(sorted({*(fact.occurrence for fact in facts), *agreements})),
        claims=tuple(sorted(claim for claim in claimed if claim is not None)),
        reports=_joined(fact.reports for fact in facts),
    )


def _joined(parts: Iterable[tuple[M, ...]]) -> tuple[M, ...]:
    return tuple(sorted({member for part in parts for member in part}))


def _days_since_confirmed(place: str, state: State, situation: Situation) -> int:
    confirmed = max([statement.confirmed_at for statement in state.statements])
    return max(0, (situation.last_day(place) - situation.day_of(confirmed, place)).days)


def _links(place: str, basis: Basis, pending: PendingTransfer | None, clocks: Clocks) -> Links:
    """Give addresses; those of answers that another moment would change are for the moment of this one."""
    moment = _said(clocks)
    of_moment = f"?{moment}" if moment else ""
    return Links(
        self=f"/v1/control-map?place={place}{f'&{moment}' if moment else ''}",
        history=f"/v1/control-map/{place}/history{of_moment}",
        transfer=None if pending is None else f"/v1/transfers/{pending.id}{of_moment}",
        occurrences=tuple([f"/v1/occurrences/{one}" for one in basis.occurrences]),
        claims=tuple([f"/v1/claims/{one}" for one in basis.claims]),
        reports=tuple([f"/v1/reports/{one}" for one in basis.reports]),
    )


@lru_cache(maxsize=64)
def _said(clocks: Clocks) -> str:
    """Write the moment as it was asked for, empty where none was."""
    asked = (("as_of", clocks.as_of), ("known_at", clocks.known_at))
    return urlencode({name: value for name, value in asked if value is not None})
