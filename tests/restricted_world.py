"""A world in which something must not be told: what all may know, and then what only some may."""

from collections.abc import Mapping

Told = tuple[str, Mapping[str, object]]

SECRET = "zzsecret"
SECRET_POINT = 36.4242

_R1: Mapping[str, object] = {"report": "r1"}
_KILLED: Mapping[str, object] = {
    "kind": "casualties", "id": "killed", "effect": "killed", "affected": ["south"],
    "count": {"low": 3, "best": 3, "high": 3},
}  # fmt: skip


def _strike(name: str, day: str, **others: object) -> Told:
    body = {
        **_R1, "kind": "strike", "id": name, "occurred": {"start": day},
        "places": [{"place": "village", "role": "target"}],
        "parties": [{"party": "north", "role": "attacker"}, {"party": "south", "role": "target"}],
        "details": {"weapon": "airstrike"}, "claims": [_KILLED], **others,
    }  # fmt: skip
    return ("/v1/occurrences", body)


OPEN: tuple[Told, ...] = (
    ("/v1/parties", {"id": "north", "name": "North", "kind": "state_force"}),
    ("/v1/parties", {"id": "south", "name": "South", "kind": "state_force"}),
    ("/v1/places", {"id": "land", "name": "Land", "kind": "country", "point": [40.0, 30.0], "time_zone": "Asia/Amman"}),
    ("/v1/places", {"id": "region", "name": "Region", "kind": "province", "parent": "land", "point": [41.0, 36.0]}),
    ("/v1/places", {"id": "village", "name": "Village", "kind": "village", "parent": "region", "point": [41.1, 36.1]}),
    ("/v1/sources", {"id": "press", "name": "Press", "kind": "newspaper"}),
    ("/v1/reports", {"id": "r1", "source": "press", "published_at": "2020-11-20", "title": "What all may know"}),
    _strike("open-strike", "2020-11-18"),
    ("/v1/occurrences", {
        **_R1, "kind": "agreement", "id": "open-deal", "occurred": {"start": "2020-11-10"},
        "details": {"ceasefire": True, "terms": [
            {"kind": "transfer", "id": "village", "place": "village", "from": "south", "to": "north",
             "due": "2020-11-30"},
        ]},
        "claims": [{"kind": "control", "id": "held", "place": "village", "party": "south", "from": "2000-01-01"}],
    }),
    ("/v1/occurrences", {
        **_R1, "kind": "contamination", "id": "open-mines", "occurred": {"start": "2020-11-12"},
        "places": [{"place": "village"}], "details": {"devices": ["mine"]},
    }),
    ("/v1/occurrences", {
        **_R1, "kind": "displacement", "id": "open-flight", "occurred": {"start": "2020-11-13"},
        "places": [{"place": "village", "role": "origin"}],
    }),
)  # fmt: skip
"""What all may know."""


def secrets(restricted: Mapping[str, object] | None) -> tuple[Told, ...]:
    """Give what only some may know: one of every sort that any answer tells of, all by a report of its own."""
    kept = {"report": f"{SECRET}-report"} | ({} if restricted is None else {"restricted": restricted})
    quote = f"{SECRET} words of a witness"
    return (
        ("/v1/reports", {
            "id": f"{SECRET}-report", "source": "press", "published_at": "2020-11-22", "title": f"{SECRET} title",
        }),
        _strike(f"{SECRET}-strike", "2020-11-21", **kept, quote=quote, links=[
            {"kind": "response_to", "occurrence": "open-strike"},
        ], external_id={"dataset": "ds", "id": f"{SECRET}-1", "release": "1"}),
        ("/v1/occurrences", {
            **kept, "kind": "control_change", "id": f"{SECRET}-entry", "occurred": {"start": "2020-11-21"},
            "places": [{"place": "village", "role": "target"}],
            "details": {"from": "south", "to": "north", "manner": "entry", "fulfils": ["open-deal.village"]},
        }),
        ("/v1/occurrences", {
            **kept, "kind": "agreement", "id": f"{SECRET}-deal", "occurred": {"start": "2020-11-21"},
            "details": {"ceasefire": False, "terms": [
                {"kind": "transfer", "id": "region", "place": "region", "from": "south", "to": "north",
                 "due": "2020-11-29"},
            ]},
        }),
        ("/v1/occurrences", {
            **kept, "kind": "contamination", "id": f"{SECRET}-mines", "occurred": {"start": "2020-11-21"},
            "places": [{"place": "village"}, {"name": f"{SECRET} valley"}], "details": {"devices": ["ied"]},
            "attributed_to": f"{SECRET} elders",
        }),
        ("/v1/occurrences", {
            **kept, "kind": "displacement", "id": f"{SECRET}-flight", "occurred": {"start": "2020-11-21"},
            "places": [{"place": "village", "role": "origin"}],
        }),
        *_places({} if restricted is None else {"restricted": restricted}),
    )  # fmt: skip


def _places(restricted: Mapping[str, object]) -> tuple[Told, ...]:
    return (
        ("/v1/places", {
            "id": "shelter", "name": f"{SECRET} house", "kind": "facility", "parent": "village", "within": ["region"],
            "names": [{"name": f"{SECRET} name", "language": "en"}], "point": [41.4242, SECRET_POINT],
            "external_ids": {"geonames": f"{SECRET}-9"}, **restricted,
        }),
        ("/v1/places", {
            "id": "cellar", "name": f"{SECRET} cellar", "kind": "other", "parent": "shelter",
            "point": [41.4242, SECRET_POINT],
        }),
    )  # fmt: skip


RESTRICTED = {"reason": f"{SECRET} reason", "until": "2099-12-31"}
HERE = {"as_of": "2020-11-28"}
"""The day that the answers are asked for."""

DECISIONS: Mapping[str, tuple[Mapping[str, str | int], ...] | str] = {
    # Answers: what they are asked. Who may not see what is restricted is answered as if nobody had reported it.
    "occurrences": ({}, {"q": SECRET}, {"external_id": f"{SECRET}-1"}, {"format": "geojson"}, {"bbox": "40,35,42,37"},
                    {"id": f"{SECRET}-strike"}, {"dataset": "ds"}, {"include": "retracted,merged"},
                    {"from": "2020-11-21"}, {"source": "press"}, {"claimant": "source:press"}),
    "occurrence": (HERE,),
    "occurrence_history": (HERE,),
    "similar_occurrences": (HERE,),
    "claim": (HERE,),
    "unresolved_places": ({},),
    "claimants": ({},),
    "control_map": (HERE, {}, {"place": "land", **HERE}, {"bbox": "40,35,42,37"}),
    "control_history": (HERE,),
    "transfers": (HERE, {}),
    "transfer": (HERE,),
    "casualties": (HERE, {}, {"group_by": "occurrence"}, {"group_by": "place", "level": "place"},
                   {"group_by": "day,status,affected_party"}, {"from": "2020-11-21"}),
    "casualty_evidence": (HERE, {}),
    "strikes": (HERE, {}),
    "strike_counts": ({"from": "2020-11-10", "to": "2020-11-28"}, {"group_by": "day", **HERE}, {"group_by": "place"}),
    "strike_window": ({"window": "P14D", **HERE},),
    "hazards": (HERE, {}),
    "displacement": (HERE, {}),
    "timeline": (HERE, {"place": "village"}),
    "coverage": (HERE, {}, {"from": "2020-11-01", "to": "2020-11-28"}),
    "brief": ({"from": "2020-11-10", "to": "2020-11-28"},
              {"from": "2020-11-10", "to": "2020-11-28", "format": "markdown"}),
    "parties": ({},),
    "party": (HERE,),
    "places": ({"q": SECRET}, {"id": "village"}, {"parent": "region"}),
    "place": (HERE,),
    "sources": ({},),
    "source": (HERE,),
    "reports": ({}, {"q": SECRET}),
    "report": (HERE,),
    "resolve_place": ({"name": f"{SECRET} house"}, {"name": f"{SECRET} hous"}, {"name": "Village"}),
    # What tells of the log as a whole, hashes and numbers of events, or of the service alone.
    "read_log": "withheld",
    "follow_log": "withheld",
    "prove_inclusion": "withheld",
    "checkpoint": "hashes",
    "prove_consistency": "hashes",
    "projections": "service",
    "last_rebuild": "service",
    "metrics": "service",
    "vocabulary": "service",
    "live": "service",
    "ready": "service",
    "openapi": "service",
    "docs": "service",
    "docs_problems": "service",
}  # fmt: skip
"""What each route that reads gives away of what is restricted. A new one needs an answer here."""

ADDRESSES = {
    "occurrence": "open-strike", "similar_occurrences": "open-strike", "occurrence_history": "open-deal",
    "claim": "open-strike.killed", "last_rebuild": "strikes",
    "control_history": "village", "transfer": "open-deal.village", "party": "north", "place": "village",
    "source": "press", "report": "r1",
}  # fmt: skip

SILENT = {
    "similar_occurrences",
    "parties",
    "party",
    "sources",
    "source",
    "place",
    "report",
    "claim",
    "occurrence",
    "occurrence_history",
}
"""Answers that are the same for all: they tell of one thing that all may know."""
