"""The code lists of the domain: extended over time, never renamed."""

from typing import Literal, get_args

OccurrenceKind = Literal[
    "strike", "explosion", "clash", "attack_on_civilians", "control_change", "agreement", "deployment", "destruction",
    "displacement", "contamination", "clearance", "search_and_recovery", "construction", "detention", "protest",
    "statement", "assessment", "other",
]  # fmt: skip
Weapon = Literal["airstrike", "drone", "missile", "rocket", "artillery", "naval", "unspecified"]
Device = Literal["mine", "ied", "uxo", "cluster_munition", "unspecified"]
Effect = Literal["killed", "wounded", "casualty", "missing", "captured", "displaced"]
Status = Literal[
    "civilian", "combatant", "peacekeeper", "police", "emergency_worker", "health_worker", "humanitarian_worker",
    "journalist", "unspecified",
]  # fmt: skip
TimePrecision = Literal["exact", "day", "week", "month", "longer"]
PlacePrecision = Literal["exact", "near", "district", "province", "linear_or_fuzzy", "country", "water"]
Degree = Literal["acknowledged", "attributed", "suspected", "disputed", "unknown"]
Reliability = Literal["A", "B", "C", "D", "E", "F"]
Credibility = Literal[1, 2, 3, 4, 5, 6]
PlaceRole = Literal["target", "location", "origin", "destination", "border"]
PartyRole = Literal["attacker", "target", "from", "to", "signatory", "guarantor", "participant", "agency"]
LinkKind = Literal["during", "part_of", "response_to"]
Scope = Literal["part", "total", "denial"]
Manner = Literal["handover", "capture", "withdrawal", "entry"]
Hold = Literal["held", "contested", "vacated"]
SourceKind = Literal[
    "state_media", "official", "news_agency", "newspaper", "monitor", "ngo", "social_media", "dataset"
]  # fmt: skip
PartyKind = Literal[
    "state", "state_force", "de_facto_authority", "armed_group", "peacekeeping_force", "emergency_service",
    "humanitarian_organisation", "civilians", "other",
]  # fmt: skip
PlaceKind = Literal[
    "country", "province", "district", "region", "city", "town", "village", "neighbourhood", "corridor", "zone",
    "road", "airport", "base", "facility", "mountain", "water", "other",
]  # fmt: skip
Movement = Literal["departure", "flight", "evacuation", "expulsion", "resettlement", "return"]
NameKind = Literal["official", "former", "alternative", "misspelling"]

CODE_LISTS: dict[str, tuple[str | int, ...]] = {
    "occurrence_kind": get_args(OccurrenceKind),
    "weapon": get_args(Weapon),
    "device": get_args(Device),
    "effect": get_args(Effect),
    "status": get_args(Status),
    "time_precision": get_args(TimePrecision),
    "place_precision": get_args(PlacePrecision),
    "responsibility": get_args(Degree),
    "source_reliability": get_args(Reliability),
    "claim_credibility": get_args(Credibility),
    "place_role": get_args(PlaceRole),
    "party_role": get_args(PartyRole),
    "link": get_args(LinkKind),
    "casualty_scope": get_args(Scope),
    "manner": get_args(Manner),
    "control": get_args(Hold),
    "source_kind": get_args(SourceKind),
    "party_kind": get_args(PartyKind),
    "place_kind": get_args(PlaceKind),
    "name_kind": get_args(NameKind),
    "acled_inter": tuple(range(1, 9)),
    "movement": get_args(Movement),
}
