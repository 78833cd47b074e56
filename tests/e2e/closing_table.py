"""The table that closes the worked example, row by row, asked over HTTP; what is expected stands here."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import httpx

Expected = dict[str, Any]
Bounds = tuple[int | None, int | None, int | None]

_WAIT_S = "60"

NO_TRANSFER: Expected = {"pending_transfer": None}
LACHIN = "ceasefire-2020-11-10.transfer-lachin"
STRIKES = {"attacker": "israel", "place": "syria", "window": "P7D", "as_of": "2020-11-25"}
NAMES = (
    ("Nagorno-Karabkah", None, ["nagorno-karabakh"]),
    ("ナゴルノ・カラブカ", None, ["nagorno-karabakh"]),
    ("Кельбаджар", "district", ["kalbajar"]),
    ("K'arvacharr", "district", ["kalbajar"]),
)


def pending(to: str, due: str, *, overdue: bool, before: str | None = None) -> Expected:
    return {"pending_transfer": {"to": to, "due": due, "overdue": overdue, "rescheduled_from": before}}


CONTROL: tuple[tuple[str, dict[str, str], str, Expected], ...] = (
    (
        "kalbajar",
        {"as_of": "2020-11-24"},
        "armenian-forces",
        pending("azerbaijan", "2020-11-25", overdue=False, before="2020-11-15"),
    ),
    (
        "kalbajar",
        {"as_of": "2020-11-24", "known_at": "2020-11-12"},
        "armenian-forces",
        pending("azerbaijan", "2020-11-15", overdue=True),
    ),
    ("kalbajar", {"as_of": "2020-11-25"}, "azerbaijan", NO_TRANSFER),
    ("agdam", {"as_of": "2020-11-25"}, "azerbaijan", NO_TRANSFER),
    ("lachin", {"as_of": "2020-11-25"}, "armenian-forces", pending("azerbaijan", "2020-12-01", overdue=False)),
    ("lachin-corridor", {"as_of": "2020-12-02"}, "russian-peacekeepers", NO_TRANSFER),
)


class Asking(NamedTuple):
    """Asks from no earlier than a position on."""

    client: httpx.Client
    position: int

    def get(self, path: str, **asked: str) -> Any:  # noqa: ANN401  JSON
        params = {**asked, "min_position": str(self.position), "wait_s": _WAIT_S}
        answer = self.client.get(path, params=params)
        assert answer.status_code == 200, answer.text
        assert answer.json()["position"] >= self.position
        return answer.json()

    def killed_and_wounded(self, **asked: str) -> tuple[Bounds, Bounds]:
        tally = self.get("/v1/casualties", occurrence="mine-madagiz", effect="killed,wounded", **asked)
        found = {row["effect"]: bounds(row) for row in tally["totals"]}
        return found["killed"], found["wounded"]

    def killed_in(self, strike: str, **asked: str) -> list[Expected]:
        return self.get("/v1/casualties", occurrence=strike, effect="killed", **asked)["totals"]

    def window(self, **asked: str) -> Expected:
        return self.get("/v1/strikes/window", **STRIKES, **asked)

    def resolved(self, name: str, kind: str | None = None) -> list[str]:
        asked = {"name": name} | ({} if kind is None else {"kind": kind})
        return [place["id"] for place in self.get("/v1/places/resolve", **asked)["places"]]


def assert_closing_table(client: httpx.Client, position: int) -> None:
    """Check every row that asks, from no earlier than a position on."""
    asking = Asking(client, position)
    for place, clocks, holder, transfer in CONTROL:
        assert_control(asking, place, clocks, holder, transfer)
    assert asking.get(f"/v1/transfers/{LACHIN}", as_of="2020-12-02", known_at="2020-11-30")["status"] == "overdue"
    assert_explosion(asking)
    assert_strikes(asking)
    assert_killed_in_strikes(asking)
    for name, kind, places in NAMES:
        assert asking.resolved(name, kind) == places
    assert asking.resolved("Magadiz") == []


def assert_control(asking: Asking, place: str, clocks: Mapping[str, str], holder: str, transfer: Expected) -> None:
    features = asking.get("/v1/control-map", place=place, **clocks)["features"]
    (shown,) = [feature["properties"] for feature in features if feature["id"] == place]
    assert (shown["status"], shown["controllers"]) == ("held", [holder])
    found, expected = shown["pending_transfer"], transfer["pending_transfer"]
    if expected is None:
        assert found is None
        return
    assert {name: found[name] for name in expected} == expected
    # The carve-out is told wherever the district's transfer is.
    corridor = [{"place": "lachin-corridor", "to": "russian-peacekeepers"}] if place == "lachin" else []
    assert found["excluding"] == corridor


def assert_explosion(asking: Asking) -> None:
    assert asking.killed_and_wounded() == ((1, 1, 1), (5, 5, 5))
    by_party = asking.get(
        "/v1/casualties", occurrence="mine-madagiz", group_by="affected_party,effect", party_level="top"
    )
    assert {(row["affected_party"], row["effect"], bounds(row)) for row in by_party["rows"]} == {
        ("azerbaijan", "killed", (1, 1, 1)),
        ("russian-peacekeepers", "wounded", (1, 1, 1)),
        ("artsakh-emergency-ministry", "wounded", (4, 4, 4)),
    }


def assert_strikes(asking: Asking) -> None:
    firm = asking.window()
    assert (firm["count"], firm["from"], firm["to"]) == (2, "2020-11-18", "2020-11-25")
    assert [strike["date"] for strike in firm["strikes"]] == ["2020-11-18", "2020-11-25"]
    first, second = firm["strikes"]
    assert set(second["areas_shared_with_previous"]) & set(first["areas"])
    suspected = asking.window(responsibility="acknowledged,attributed,suspected")
    assert suspected["count"] == 3
    assert [strike["date"] for strike in suspected["strikes"]] == ["2020-11-18", "2020-11-21", "2020-11-25"]


def assert_killed_in_strikes(asking: Asking) -> None:
    (killed,) = asking.killed_in("strike-2020-11-25")
    assert bounds(killed) == (0, 0, None)
    assert killed["contested"] is True
    (sana,) = asking.killed_in("strike-2020-11-25", claimant="source:sana")
    assert bounds(sana) == (0, 0, 0)
    (sohr,) = asking.killed_in("strike-2020-11-25", claimant="source:sohr")
    assert (sohr["low"], sohr["high"], sohr["open_ended"]) == (8, None, True)
    (earlier,) = asking.killed_in("strike-2020-11-18")
    assert bounds(earlier) == (10, 10, 10)
    by_party = asking.get(
        "/v1/casualties", occurrence="strike-2020-11-18", effect="killed", group_by="affected_party,claimant"
    )
    assert {(row["affected_party"], row["claimant"], row["best"]) for row in by_party["rows"]} == {
        ("syrian-armed-forces", "source:sana", 3),
        ("allied-foreign-fighters", "source:sohr", 7),
    }


def assert_corrections(client: httpx.Client) -> None:
    """Check the rows that say something: a name is added, then the explosion is retracted."""
    alias = {"names": [{"name": "Magadiz", "kind": "misspelling"}]}
    named = client.patch("/v1/places/madagiz", json=alias).raise_for_status().json()
    assert Asking(client, named["position"]).resolved("Magadiz") == ["madagiz"]

    reason = {"reason": "tried out", "published_at": "2020-12-05"}
    done = client.post("/v1/occurrences/mine-madagiz/retraction", json=reason).raise_for_status().json()
    asking = Asking(client, done["position"])
    assert asking.killed_and_wounded() == ((0, 0, 0), (0, 0, 0))
    assert asking.killed_and_wounded(known_at="2020-12-04") == ((1, 1, 1), (5, 5, 5))
    before = asking._replace(position=done["position"] - 1)
    assert before.killed_and_wounded(at_position=str(before.position)) == ((1, 1, 1), (5, 5, 5))
    history = asking.get("/v1/occurrences/mine-madagiz/history")["items"]
    assert history[-1]["type"] == "occurrence.retracted"
    figures = [event["data"]["content"]["count"] for event in history if event["type"] == "claim.made"]
    assert {figure["best"] for figure in figures} == {1, 4}


def bounds(row: Mapping[str, Any]) -> Bounds:
    return row["low"], row["best"], row["high"]
