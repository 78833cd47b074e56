"""Claimants as readers write them, and as claims keep them."""

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta

from events.names import fold
from projections.registry_view import RegistryView
from services.api.errors import Wrong
from services.api.queries import bad_query

_WORDS = "words:"

ClaimantText = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=500,
        description="A claimant: `source:sana`, `party:israel`, or an id or name that only one source or party has; "
        "`words:` and the words for one who is not named.",
        examples=["source:sana"],
    ),
]


def claimants_named(given: Sequence[str], registry: RegistryView) -> tuple[str, ...]:
    """Give claimants as claims keep them; raises BadQueryError for one that is not known, or is several."""
    found = {text: _called(text, registry) for text in given}
    wrong = [
        Wrong(parameter="claimant", detail=_ambiguous(text, some)) for text, some in found.items() if len(some) != 1
    ]
    if wrong:
        raise bad_query(*wrong)
    return tuple(some[0] for some in found.values())


def _called(text: str, registry: RegistryView) -> list[str]:
    """Find the sources and parties that are written so, else with this id, else with this name."""
    if text.startswith(_WORDS):
        return [text]
    by_id = [*(f"source:{source}" for source in registry.sources), *(f"party:{party}" for party in registry.parties)]
    if exact := [one for one in by_id if text in {one, one.partition(":")[2]}]:
        return exact
    name = fold(text)
    sources = [f"source:{source.id}" for source in registry.sources.values() if fold(source.said.name) == name]
    parties = [
        f"party:{party.id}"
        for party in registry.parties.values()
        if name in {fold(party.said.name), *(fold(other.name) for other in party.said.names)}
    ]
    return [*sources, *parties]


def _ambiguous(text: str, found: Sequence[str]) -> str:
    if found:
        return f"{text!r} may be {' or '.join(found)}; say which"
    return f"{text!r} is no source or party that is registered; write words:{text} for one who is not"
