"""The story of the documentation's examples, told to the interface in the order in which it could happen."""

from collections.abc import AsyncGenerator
from typing import Any

from httpx import Response

from services.api.app import every_route
from services.api.examples import body_example
from services.api.routes import Route
from tests.api_client import ApiClient

_NEEDED = (
    ("/v1/places", {"id": "azerbaijan-land", "name": "Azerbaijan", "kind": "country", "time_zone": "Asia/Baku"}),
    ("/v1/parties", {"id": "armenian-forces", "name": "Armenian forces", "kind": "armed_group"}),
    ("/v1/parties", {"id": "russian-peacekeepers", "name": "Russian peacekeepers", "kind": "peacekeeping_force"}),
    ("/v1/parties", {"id": "israel", "name": "Israel", "kind": "state"}),
    ("/v1/places", {"id": "syria", "name": "Syria", "kind": "country", "time_zone": "Asia/Damascus"}),
    ("/v1/places", {"id": "quneitra", "name": "Quneitra", "kind": "province", "parent": "syria"}),
)
_AGREED = (
    (
        "/v1/occurrences",
        {
            "kind": "agreement",
            "id": "ceasefire-2020-11-10",
            "report": "mod-2020-11-25",
            "published_at": "2020-11-10",
            "occurred": {"start": "2020-11-10T00:00:00+03:00", "precision": "exact"},
            "claims": [
                {"kind": "control", "id": "held", "place": "kalbajar", "party": "armenian-forces", "from": "1993-04-02"}
            ],
            "details": {
                "ceasefire": True,
                "terms": [
                    {"kind": "transfer", "id": "transfer-kalbajar", "place": "kalbajar", "from": "armenian-forces",
                     "to": "azerbaijan", "due": "2020-11-15"}
                ],
            },
        },
    ),
    (
        "/v1/occurrences",
        {
            "kind": "control_change",
            "id": "transfer-kalbajar",
            "report": "mod-2020-11-25",
            "occurred": {"start": "2020-11-25"},
            "places": [{"place": "kalbajar", "role": "target"}],
            "details": {"from": "armenian-forces", "to": "azerbaijan", "manner": "entry"},
        },
    ),
    (
        "/v1/occurrences",
        {
            "kind": "strike",
            "id": "strike-2020-11-25",
            "report": "mod-2020-11-25",
            "occurred": {"start": "2020-11-25"},
            "places": [{"place": "quneitra", "role": "target"}],
            "parties": [{"party": "israel", "role": "attacker"}],
            "details": {"weapon": "airstrike"},
        },
    ),
)  # fmt: skip
_ASIDE = {
    "retract_occurrence", "reinstate_occurrence", "merge_occurrence", "unmerge_occurrence", "withdraw_report",
    "restrict_occurrence", "release_occurrence", "restrict_place", "release_place",
}  # fmt: skip
"""What undoes the story is told at its end, so that the answers have something to say."""

_IDS = {
    "parties": "azerbaijan",
    "places": "kalbajar",
    "control-map": "kalbajar",
    "sources": "mod",
    "reports": "mod-2020-11-25",
    "occurrences": "mine-madagiz",
    "claims": "mine-madagiz.killed",
    "projections": "control_map",
    "transfers": "ceasefire-2020-11-10.transfer-kalbajar",
}
_QUERIES = {
    "strike_window": {"window": "P7D", "as_of": "2020-11-25", "attacker": "israel"},
    "resolve_place": {"name": "Кельбаджар", "kind": "district"},
    "casualties": {"group_by": "affected_party", "as_of": "2020-11-30"},
    "strike_counts": {"group_by": "attacker", "as_of": "2020-11-30"},
    "read_log": {"limit": "2"},
    "follow_log": {"at_position": "1"},
    "control_map": {"as_of": "2020-11-24"},
    "timeline": {"place": "kalbajar", "as_of": "2020-11-30"},
    "coverage": {"from": "2020-11-18", "to": "2020-11-25"},
    "hazards": {"as_of": "2020-11-30"},
    "displacement": {"as_of": "2020-11-30"},
    "brief": {"from": "2020-11-18", "to": "2020-11-25"},
}


def address(route: Route) -> str:
    return route.path.replace("{id}", next((name for part, name in _IDS.items() if f"/{part}/" in route.path), ""))


async def told(api: ApiClient) -> AsyncGenerator[tuple[Route, Response]]:
    """Send every example and ask every question; gives each operation with what it answered."""
    routes = {route.name: route for route in every_route()}
    writes = [route for route in routes.values() if route.body is not None]
    await api.record(_NEEDED)
    for route in writes:
        if route.name == "make_claim":
            await api.record(_AGREED)
        if route.name not in _ASIDE:
            yield route, await _sent(api, route)
    await api.fold()
    for route in routes.values():
        if route.method == "GET":
            yield route, await api.get(address(route), None, **_QUERIES.get(route.name, {}))
    for route in writes:
        if route.name in _ASIDE:
            yield route, await _sent(api, route)


async def _sent(api: ApiClient, route: Route) -> Response:
    path = address(route)
    if route.name == "withdraw_claim":
        path = path.replace(".killed", ".killed-2")
    body: Any = body_example(route.name)
    return await (api.post if route.method == "POST" else api.patch)(path, body)
