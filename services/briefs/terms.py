"""The words of the code lists, as English readers know them; the catalogues hold them in other languages."""

from collections.abc import Mapping
from typing import Literal

TermList = Literal["kind", "weapon", "device", "effect", "status", "degree", "manner", "place_kind", "role", "movement"]


LISTS: Mapping[str, TermList] = {
    "occurrence_kind": "kind",
    "weapon": "weapon",
    "device": "device",
    "effect": "effect",
    "status": "status",
    "responsibility": "degree",
    "manner": "manner",
    "place_kind": "place_kind",
    "party_role": "role",
    "movement": "movement",
}
"""The code lists that have words, as `/v1/vocabulary` calls them."""


def marked(message: str) -> str:
    """Mark a message for the catalogues; it is said elsewhere."""
    return message


TERMS: Mapping[TermList, Mapping[str, str]] = {
    "kind": {
        "strike": marked("strike"),
        "explosion": marked("explosion"),
        "clash": marked("clash"),
        "attack_on_civilians": marked("attack on civilians"),
        "control_change": marked("change of control"),
        "agreement": marked("agreement"),
        "deployment": marked("deployment"),
        "destruction": marked("destruction"),
        "displacement": marked("displacement"),
        "contamination": marked("contamination"),
        "clearance": marked("clearance"),
        "search_and_recovery": marked("search and recovery"),
        "construction": marked("construction"),
        "detention": marked("detention"),
        "protest": marked("protest"),
        "statement": marked("statement"),
        "assessment": marked("assessment"),
        "other": marked("other occurrence"),
    },
    "weapon": {
        "airstrike": marked("airstrike"),
        "drone": marked("drone strike"),
        "missile": marked("missile strike"),
        "rocket": marked("rocket strike"),
        "artillery": marked("artillery strike"),
        "naval": marked("strike from the sea"),
        "unspecified": marked("strike with a weapon that is not named"),
    },
    "device": {
        "mine": marked("mines"),
        "ied": marked("improvised explosive devices"),
        "uxo": marked("unexploded ordnance"),
        "cluster_munition": marked("cluster munitions"),
        "unspecified": marked("explosive devices of a kind that is not named"),
    },
    "effect": {
        "killed": marked("killed"),
        "wounded": marked("wounded"),
        "casualty": marked("killed or wounded"),
        "missing": marked("missing"),
        "captured": marked("captured"),
        "displaced": marked("displaced"),
    },
    "status": {
        "civilian": marked("civilians"),
        "combatant": marked("combatants"),
        "peacekeeper": marked("peacekeepers"),
        "police": marked("police"),
        "emergency_worker": marked("emergency workers"),
        "health_worker": marked("health workers"),
        "humanitarian_worker": marked("humanitarian workers"),
        "journalist": marked("journalists"),
        "unspecified": marked("status not stated"),
        "unallocated": marked("not broken down"),
    },
    "degree": {
        "acknowledged": marked("acknowledged"),
        "attributed": marked("attributed"),
        "suspected": marked("suspected"),
        "disputed": marked("disputed"),
        "unknown": marked("not known"),
    },
    "manner": {
        "handover": marked("handover"),
        "capture": marked("capture"),
        "withdrawal": marked("withdrawal"),
        "entry": marked("entry of troops"),
    },
    "place_kind": {
        "country": marked("country"),
        "province": marked("province"),
        "district": marked("district"),
        "region": marked("region"),
        "city": marked("city"),
        "town": marked("town"),
        "village": marked("village"),
        "neighbourhood": marked("neighbourhood"),
        "corridor": marked("corridor"),
        "zone": marked("zone"),
        "road": marked("road"),
        "airport": marked("airport"),
        "base": marked("base"),
        "facility": marked("facility"),
        "mountain": marked("mountain"),
        "water": marked("water"),
        "other": marked("place"),
    },
    "role": {
        "attacker": marked("attacker"),
        "target": marked("target"),
        "from": marked("who gives up"),
        "to": marked("who takes over"),
        "signatory": marked("signatory"),
        "guarantor": marked("guarantor"),
        "participant": marked("participant"),
        "agency": marked("acting body"),
    },
    "movement": {
        "departure": marked("people left"),
        "flight": marked("people fled"),
        "evacuation": marked("people were evacuated"),
        "expulsion": marked("people were expelled"),
        "resettlement": marked("people were resettled"),
        "return": marked("people came back"),
    },
}
