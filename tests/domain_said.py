"""One example of everything that can be said, each with every member that it may have."""

from collections.abc import Mapping
from typing import Any

Said = Mapping[str, Any]

COUNT = {"low": 1, "best": 2, "high": 3, "open_ended": True, "words": "several"}
OUTLINE = {"type": "Polygon", "coordinates": [[[46.0, 40.0], [46.5, 40.0], [46.5, 40.5], [46.0, 40.0]]]}
NAMES = [
    {"name": "Кельбаджар", "language": "ru", "script": "Cyrl", "kind": "alternative"},
    {"name": "كلبجر", "language": "ar", "script": "Arab", "kind": "alternative"},
    {"name": "ケルバジャル", "language": "ja", "script": "Jpan", "kind": "alternative"},
    {"name": "Քարվաճառ", "language": "hy", "script": "Armn", "kind": "former"},
    {"name": "Kelbedjer", "language": "en", "script": "Latn", "kind": "misspelling"},
    {"name": "Kəlbəcər", "language": "az", "script": "Latn", "kind": "official"},
]

REGISTERED: Mapping[str, tuple[Said, Said]] = {
    "parties": (
        {
            "id": "brigade",
            "name": "A brigade",
            "kind": "state_force",
            "member_of": ["azerbaijan", "armenian-forces"],
            "aligned_with": ["russian-peacekeepers"],
            "names": NAMES[:1],
            "acled_inter": 1,
            "external_ids": {"wikidata": "Q1"},
        },
        {
            "name": "The brigade",
            "kind": "armed_group",
            "member_of": ["azerbaijan"],
            "aligned_with": ["armenian-forces"],
            "names": NAMES[1:2],
            "acled_inter": 2,
            "external_ids": {"ucdp": "7"},
        },
    ),
    "places": (
        {
            "id": "a-corridor",
            "name": "A corridor",
            "kind": "corridor",
            "parent": "azerbaijan-land",
            "within": ["kalbajar"],
            "names": NAMES,
            "point": [46.1, 40.1],
            "geometry": OUTLINE,
            "time_zone": "Asia/Baku",
            "external_ids": {"geonames": "586", "iso_3166_2": "AZ-KAL", "pcode": "AZ01", "wikidata": "Q2"},
        },
        {
            "name": "The corridor",
            "kind": "zone",
            "parent": "kalbajar",
            "within": ["kalbajar-town"],
            "names": [{"name": "Dəhliz", "language": "az", "script": "Latn", "kind": "alternative"}],
            "point": [46.2, 40.2],
            "geometry": {"type": "Point", "coordinates": [46.2, 40.2]},
            "time_zone": "Asia/Yerevan",
            "external_ids": {"local": "9"},
        },
    ),
    "sources": (
        {
            "id": "paper",
            "name": "A paper",
            "kind": "newspaper",
            "aligned_with": "azerbaijan",
            "time_zone": "Asia/Baku",
            "reliability": "B",
            "language": "az",
            "url": "https://paper.example/",
        },
        {
            "name": "The paper",
            "kind": "state_media",
            "aligned_with": "armenian-forces",
            "time_zone": "Asia/Yerevan",
            "reliability": "F",
            "language": "hy",
            "url": "https://other.example/",
        },
    ),
    "reports": (
        {
            "id": "r2",
            "source": "mod",
            "published_at": "2020-11-26",
            "title": "A title",
            "url": "https://mod.example/1",
            "language": "ja",
            "sha256": "0" * 64,
            "translation_of": "r1",
        },
        {
            "title": "Another",
            "url": "https://mod.example/2",
            "language": "ru",
            "sha256": "1" * 64,
            "translation_of": "r3",
        },
    ),
}
"""By path: what is registered, and what it is amended to."""

TRANSFER = {
    "kind": "transfer",
    "id": "agreed.kalbajar",
    "places": ["kalbajar"],
    "from": "armenian-forces",
    "to": "azerbaijan",
    "due": "2020-11-25",
    "excluding": [{"place": "kalbajar-town", "to": "russian-peacekeepers"}],
    "words": "by 25 November",
}
DEPLOYMENT = {
    "kind": "deployment",
    "party": "russian-peacekeepers",
    "places": ["kalbajar"],
    "strength": COUNT,
    "until": "2025-11-10",
    "words": "for five years",
}
DETAILS: Mapping[str, Said] = {
    "agreement": {
        "signatories": ["azerbaijan", "armenian-forces"],
        "ceasefire": True,
        "terms": [TRANSFER, DEPLOYMENT],
    },
    "strike": {"weapon": "drone", "sorties": COUNT, "munitions": COUNT},
    "explosion": {"device": "mine"},
    "clash": {},
    "attack_on_civilians": {},
    "control_change": {
        "from": "armenian-forces",
        "to": "azerbaijan",
        "manner": "handover",
        "places": ["kalbajar"],
        "excluding": [{"place": "kalbajar-town", "to": "russian-peacekeepers"}],
        "fulfils": ["agreed.kalbajar"],
    },
    "deployment": {"strength": COUNT},
    "destruction": {"what": ["barracks"], "method": "blown up"},
    "displacement": {"movement": "return"},
    "contamination": {"devices": ["ied", "uxo", "cluster_munition"], "items": COUNT},
    "clearance": {"devices": ["mine"], "items": COUNT, "area_m2": 1200},
    "search_and_recovery": {},
    "construction": {"what": "a road"},
    "detention": {},
    "protest": {},
    "statement": {"words": "Two offices were opened.", "allegation": True, "corroborated": True},
    "assessment": {"words": "A return is unlikely."},
    "other": {"words": "Something else."},
}
"""By kind, the agreement first, because the change of control fulfils what was agreed there."""

CLAIMS: Mapping[str, Said] = {
    "casualties": {
        "scope": "part",
        "affected": ["azerbaijan", "armenian-forces"],
        "status": "emergency_worker",
        "effect": "wounded",
        "count": COUNT,
        "place": "kalbajar-town",
    },
    "responsibility": {"party": "azerbaijan", "degree": "suspected"},
    "control": {
        "place": "kalbajar",
        "party": "azerbaijan",
        "status": "contested",
        "from": "2020-11-25",
        "through": "2020-11-26",
        "precision": "exact",
    },
    "term": {
        "words": "A clause as one voice gives it",
        "transfer": "agreed.kalbajar",
        "place": "kalbajar",
        "party": "azerbaijan",
        "due": "2020-11-30",
    },
    "damage": {"words": "houses", "place": "kalbajar", "count": COUNT},
    "detail": {"weapon": "missile", "device": "ied", "words": "another weapon"},
    "party": {"party": "azerbaijan", "role": "agency", "words": "with others"},
    "quantity": {"of": "offices", "count": COUNT, "party": "azerbaijan", "place": "kalbajar"},
    "aggregate": {"words": "36th strike of the year", "of": "strikes", "count": COUNT},
    "time": {"occurred": {"start": "2020-11-22", "end": "2020-11-23", "precision": "week"}},
    "place": {"place": "kalbajar", "name": "Karvachar", "precision": "district"},
    "dispute": {"claim": "strike.casualties", "words": "not so"},
}
"""By kind: what is claimed of the strike."""
