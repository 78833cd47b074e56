"""Building generations that nobody reads: begun or gone on with, filled, indexed, compared with what is read."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from msgspec import structs

from events.statements import statements
from projections.digest_postgres import Digest, differing, digest, first_differing
from projections.page import Target
from projections.parked_postgres import unlike, with_parked
from projections.rebuilt import Difference, Plan, RebuildStoppedError, Tell
from projections.rows_postgres import Connection
from projections.runner_postgres import Runner
from projections.subjects import Projection
from projections.tables_postgres import READ, add, drop, make_indexes, marks, put_off_indexes

Reached: TypeAlias = Callable[[str], None]

STEPS = ("begun", "folded", "written", "moved", "filled", "indexed", "compared", "exchanged", "switched")
"""The moments of a replay that `reached` is told of; a crash at any of them costs no more than a step's work."""

FEW = 500
"""As many events may be folded while the generation that is read stands still."""

_SQL = statements(Path(__file__).with_suffix(".sql"))


class Build:
    """Builds over one connection, which holds the locks of the projections that are built."""

    def __init__(self, connection: Connection, runner: Runner, tell: Tell, reached: Reached) -> None:
        """Keep the parts."""
        self.connection = connection
        self._runner = runner
        self.tell = tell
        self._reached = reached

    async def begin(self, projection: Projection, plan: Plan) -> Target:
        """Go on with what an earlier attempt left, if this code made it for the same end; else begin anew.

        What a trial left goes in any case; a rebuild that was cut short stays for the next one.
        """
        state = "trial" if plan.trial else "building"
        found: Target | None = None
        for mark in await marks(self.connection, projection.name):
            left = Target(projection, mark.generation, mark.position, mark.position)
            may_go_on = mark.version == projection.version and mark.resumable and not plan.fresh
            if mark.state == state and may_go_on and (plan.until is None or mark.position <= plan.until):
                found = left
            elif mark.state in {state, "trial"}:
                await drop(self.connection, left)
        if found is None:
            async with self.connection.transaction():
                found = await add(self.connection, projection, state)
                await put_off_indexes(self.connection, found)
        self._reached("begun")
        return found

    async def give_up(self, target: Target) -> None:
        """Drop a generation; where its connection is lost, the next builder does it."""
        if not self.connection.broken:
            await drop(self.connection, target)

    async def fill(
        self, targets: Sequence[Target], goal: Callable[[], Awaitable[int]]
    ) -> tuple[Sequence[Target], Mapping[str, RebuildStoppedError]]:
        """Fold up to the goal; those that an event stops are named with the reason.

        The goal may move on: where writing goes on there are always some events more, and the switch folds those.
        """
        left: list[Target] = list(targets)
        refused: dict[str, RebuildStoppedError] = {}
        while left and (behind := min(target.position for target in left)) < (until := await goal()):
            async with self.connection.transaction():
                await self.connection.execute(_SQL["build"])
                moved = await self._runner.advance(self.connection, await with_parked(self.connection, left), until)
            self._reached("filled")
            refused |= {name: RebuildStoppedError(name, reason) for name, reason in moved.stopped.items()}
            before = [target for target in left if target.projection.name not in refused]
            left = [structs.replace(one, position=moved.positions[one.projection.name]) for one in before]
            self.tell("folding", min((one.position for one in left), default=until), until)
            # Where nothing moves, the goal lies inside a request, and nobody ever saw the log end there.
            reached = all(target.position >= until for target in left)
            if left == before or (reached and until - behind <= FEW):
                break
        return left, refused

    async def fill_one(self, target: Target, goal: Callable[[], Awaitable[int]]) -> Target:
        """Do so with a single one; raises RebuildStoppedError."""
        filled, refused = await self.fill([target], goal)
        for refusal in refused.values():
            raise refusal
        return filled[0]

    async def index(self, targets: Sequence[Target]) -> None:
        """Make the indexes that only readers need."""
        for nth, target in enumerate(targets):
            self.tell("indexing", nth, len(targets))
            async with self.connection.transaction():
                await self.connection.execute(_SQL["build"])
                await make_indexes(self.connection, target)
            self._reached("indexed")
        self.tell("indexing", len(targets), len(targets))

    async def compare(self, target: Target) -> tuple[Digest, int | None, Difference | None]:
        """Give the digest of a generation, and how it compares with what is read."""
        async with self.connection.transaction():
            await self.connection.execute(_SQL["build"])
            mine = await digest(self.connection, target, target.position)
            at, difference = await compare(self.connection, target, mine=mine)
        self._reached("compared")
        return mine, at, difference


async def compare(
    connection: Connection, target: Target, *, after: int = 0, mine: Digest | None = None
) -> tuple[int | None, Difference | None]:
    """Compare with what is read, at the last position that both have reached, the rows that changed after another.

    Gives the position, None where nothing is read that this code made, and what differs. `mine` is the digest of the
    generation at its own position, where it is known already.
    """
    projection = target.projection
    for mark in await marks(connection, projection.name):
        if mark.state not in READ or mark.version != projection.version:
            continue
        live = Target(projection, mark.generation, mark.position, mark.position)
        at = min(live.position, target.position)
        # A stream that only one of them has parked has other rows there, which says nothing of the fold.
        apart = (await unlike(connection, target)).numbers
        if mine is None or apart or (at, after) != (target.position, 0):
            mine = await digest(connection, target, at, after, apart)
        if await digest(connection, live, at, after, apart) == mine:
            return at, None
        first = await first_differing(connection, live, target, at, apart)
        return at, Difference(at, first, await differing(connection, live, target, at, apart))
    return None, None
