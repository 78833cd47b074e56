"""Ids for what an import registers: made from its name, short enough to be one, and never used up."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Protocol, TypeVar

import msgspec

from events.decision import slug
from services.imports.wanted import WantedParty, WantedPlace

ID_MOST = 120
"""How long an id may be."""

_TRIES = 9
_HASH = 8
_Wanted = TypeVar("_Wanted", WantedPlace, WantedParty)


class IdsInUse(Protocol):
    """Knows which ids are in use."""

    async def taken(self, category: str, ids: Sequence[str]) -> frozenset[str]:
        """Give those of the ids that are in use in a category."""
        ...


def short(name: str) -> str:
    """Give an id as it is; one that is too long is cut, with a hash of the whole at its end."""
    return name if len(name) <= ID_MOST else _hashed(name[: ID_MOST - _HASH - 1], name.encode())


def ids_for(category: str, name: str, further: str | None) -> list[str]:
    """Give the ids that something may bear, the best first."""
    own = f"{name}/{further or ''}".encode()
    base = slug(name) or _hashed(category, own)
    more = [short(f"{base}-{slug(further)}")] if further and slug(further) else []
    return [base, *more, *(f"{base}-{number}" for number in range(2, _TRIES + 1)), _hashed(base, own)]


async def free_ids(known: IdsInUse, category: str, choices: Mapping[_Wanted, Sequence[str]]) -> dict[_Wanted, str]:
    """Choose the first id of each that nothing bears, further ones where all are taken."""
    chosen: dict[_Wanted, str] = {}
    taken: set[str] = set()
    left: Mapping[_Wanted, Sequence[str]] = choices
    while left:
        taken |= await known.taken(category, sorted({one for ids in left.values() for one in ids}))
        for wanted, ids in left.items():
            free = next((one for one in ids if one not in taken), None)
            if free is not None:
                chosen[wanted] = free
                taken.add(free)
        left = {wanted: [_next(wanted, ids)] for wanted, ids in left.items() if wanted not in chosen}
    return chosen


def _next(wanted: WantedPlace | WantedParty, tried: Sequence[str]) -> str:
    """Give a further id: by all that is known of it, since namesakes have even their parent in common."""
    return _hashed(tried[-1].rpartition("-")[0], tried[-1].encode() + msgspec.json.encode(wanted))


def _hashed(name: str, of: bytes) -> str:
    return f"{name}-{sha256(of).hexdigest()[:_HASH]}"
