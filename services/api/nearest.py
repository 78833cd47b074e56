"""What is nearly called like what is not there."""

from collections.abc import Iterable
from difflib import get_close_matches

from events.log_postgres import PostgresLog
from events.refusals import UnknownError

_STREAMS = frozenset({"party", "place", "source", "report", "occurrence"})
_SHOWN = 3


async def with_nearest(log: PostgresLog, error: UnknownError) -> UnknownError:
    """Give the same refusal with the known ids that are most like the unknown one, as far as they are streams."""
    if error.nearest or error.category not in _STREAMS:
        return error
    near = await log.nearest(f"{error.category}-{error.unknown}", _SHOWN)
    return UnknownError(
        error.category, error.unknown, tuple(stream.removeprefix(f"{error.category}-") for stream in near)
    )


def hint(name: str, known: Iterable[str]) -> str:
    """Say which known names are most like one that is not, in words that follow a sentence; else nothing."""
    near = get_close_matches(name, list(known), _SHOWN)
    return f"; the nearest known: {', '.join(near)}" if near else ""
