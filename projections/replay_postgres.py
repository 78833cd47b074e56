"""Steps of one stream, folded into one generation apart from the pages of the log, as if they had never waited."""

from collections.abc import Sequence

from msgspec import Struct, structs

from events.log import EventLog, RecordedEvent
from projections.page import PageFold, Parked, Step, Target
from projections.rows_postgres import Connection, write
from projections.sent import Sent, told
from projections.subjects import Catalogue


class Replayed(Struct, frozen=True):
    """What is left over: nothing, or where the stream is parked now and the steps that wait."""

    parked: Sequence[Parked]
    waiting: Sequence[Step]


async def replay(
    connection: Connection, log: EventLog, catalogue: Catalogue, target: Target, steps: Sequence[Step]
) -> Replayed:
    """Fold the steps of one stream in their order, up to the first that cannot be folded or whose rows are refused.

    The caller holds the generation's checkpoint row locked, and no later step of the stream is folded yet.
    """
    stream = steps[0].stream
    events = (await log.read_streams([stream], up_to=steps[-1].last))[stream]
    given = [_sent(step, events) for step in steps]
    before = [event for event in events if event.position < steps[0].first]
    done, parked = await _written(connection, catalogue, target, before, given)
    if done < 0:
        # Some step's rows are refused: which it is shows one by one.
        for done, one in enumerate(given):  # noqa: B007
            ended, parked = await _written(connection, catalogue, target, before, [one])
            if ended < 1:
                break
            before += [event.recorded for event in one.streams[stream]]
    return Replayed(parked, steps[done:] if parked else [])


async def _written(
    connection: Connection,
    catalogue: Catalogue,
    target: Target,
    before: Sequence[RecordedEvent],
    given: Sequence[Sent],
) -> tuple[int, Sequence[Parked]]:
    """Fold and write steps; gives how many were, -1 where their rows are refused, and what stopped it if anything."""
    [stream] = given[0].streams
    here = structs.replace(target, position=given[0].first - 1, until=given[-1].last, parked=frozenset[str]())
    fold = PageFold(catalogue, [here])
    subject = fold.recall(stream, before)
    subjects = {} if subject is None else {stream: subject}
    for sent in given:
        fold.take(subjects, sent)
    refused = await write(connection, [here], fold.batches)
    for error in refused.values():
        last = given[-1].streams[stream][-1].recorded
        number = (before[0] if before else given[0].streams[stream][0].recorded).position
        reason = f"position {last.position} ({last.type} on {stream}): {type(error).__name__}: {error}"
        return -1, [Parked(target.projection.name, stream, number, last.position, reason)]
    return len(given) - len(fold.waiting), fold.parked


def _sent(step: Step, events: Sequence[RecordedEvent]) -> Sent:
    here = [told(event) for event in events if step.first <= event.position <= step.last]
    return Sent(step.first, step.last, {step.stream: here})
