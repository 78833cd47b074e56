"""What a replay is asked for, and what comes of it: a generation, what differs in it, or why there is none."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from msgspec import Struct

from projections.digest_postgres import Digest

Tell: TypeAlias = Callable[[str, int, int], None]
"""Told what is being done (`folding`, `indexing`, `comparing`), and how much of how much of it is."""


class Plan(Struct, frozen=True, kw_only=True):
    """How generations are to be built.

    A `trial` is compared with what is read and dropped, whatever comes of it; only a trial can end at `until`, because
    what is read must not become older. `accept`: switch although rows differ. `fresh`: go on with nothing that an
    earlier attempt left.
    """

    trial: bool = False
    until: int | None = None
    accept: bool = False
    fresh: bool = False


class Difference(Struct, frozen=True):
    """What differs from the generation that is read at a position: the first one that does, and some of the rows."""

    position: int
    first: int
    rows: Sequence[str]


class Rebuilt(Struct, frozen=True):
    """A generation, folded up to `position`, of which `digest` is.

    `compared_at` is where it was compared with what was read, None where other code had made that. `differs` is what
    was accepted. `went_on_from` is the position that an earlier attempt had reached. `freed` are the streams that it
    folds further than the one that was read, each with the position at which it was parked there.
    """

    projection: str
    generation: int
    position: int
    digest: Digest
    switched: bool
    compared_at: int | None = None
    differs: Difference | None = None
    went_on_from: int = 0
    freed: Sequence[tuple[str, int]] = ()


class ReplayError(Exception):
    """A projection's generation was not exchanged; what is read is unchanged."""

    def __init__(self, projection: str, message: str) -> None:
        """Keep the projection's name."""
        super().__init__(f"projection {projection} {message}")
        self.projection = projection


class RebuildUnderWayError(ReplayError):
    """Another process is building this projection."""

    def __init__(self, projection: str) -> None:
        """Keep the projection's name."""
        super().__init__(projection, "is being built by another process")


class RebuildStoppedError(ReplayError):
    """The new generation takes no rows, or lacks what the one that is read folds, so it was given up."""

    def __init__(self, projection: str, reason: str, position: int | None = None) -> None:
        """Keep the projection's name, and where and why it was given up."""
        super().__init__(projection, f"cannot be rebuilt: {reason}")
        self.reason = reason
        self.position = position


class RebuildDiffersError(ReplayError):
    """The same code over the same events gave other rows than those that are read; nothing was switched."""

    def __init__(self, projection: str, difference: Difference) -> None:
        """Keep the projection's name and what differs."""
        super().__init__(
            projection,
            f"differs from its rebuild at position {difference.position}, first at {difference.first}: "
            f"{'; '.join(difference.rows)}",
        )
        self.difference = difference


class ReadersStayError(ReplayError):
    """Readers kept the views for so long that no switch was possible; what was built is kept for the next attempt."""

    def __init__(self, projection: str) -> None:
        """Keep the projection's name."""
        super().__init__(projection, "is being read all the time; run it again, it goes on where it stopped")


class NoFormerError(ReplayError):
    """There is no generation to go back to."""

    def __init__(self, projection: str) -> None:
        """Keep the projection's name."""
        super().__init__(projection, "has no former generation to go back to")


class OtherCodeError(ReplayError):
    """The former generation was folded by other code, without which it cannot be brought up to date."""

    def __init__(self, projection: str, former: int, ours: int) -> None:
        """Keep the projection's name."""
        super().__init__(
            projection,
            f"was folded by version {former} of its code before; this release has version {ours}, so go back with the "
            f"release that has version {former}",
        )
