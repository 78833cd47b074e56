"""Query strings that are refused by the running service, each with everything that is wrong with it."""

import re
from typing import Any

import pytest

from tests.e2e.instance import Service
from tests.e2e.refusal import assert_refused, faults

IDS = {
    "/v1/parties/{id}": "azerbaijan",
    "/v1/places/{id}": "kalbajar",
    "/v1/control-map/{id}/history": "kalbajar",
    "/v1/sources/{id}": "sana",
    "/v1/reports/{id}": "mine-urdupoint",
    "/v1/occurrences/{id}": "mine-madagiz",
    "/v1/occurrences/{id}/history": "mine-madagiz",
    "/v1/occurrences/{id}/similar": "mine-madagiz",
    "/v1/claims/{id}": "mine-madagiz.c12",
    "/v1/transfers/{id}": "ceasefire-2020-11-10.transfer-lachin",
}
KIND = "invalid-parameters"


@pytest.fixture
def asked(unchanged: Service) -> dict[str, dict[str, Any]]:
    """Give the parameters of every address that answers questions, by its path and then their names."""
    paths = unchanged.client.get("/openapi.json").raise_for_status().json()["paths"]
    return {
        path: {one["name"]: one for one in methods["get"]["parameters"] if one["in"] == "query"}
        for path, methods in paths.items()
        if path.startswith("/v1/") and "get" in methods and (path in IDS or "{" not in path)
    }


def test_an_unknown_parameter_is_refused_everywhere(unchanged: Service, asked: dict[str, dict[str, Any]]) -> None:
    assert len(asked) > 20
    for path in asked:
        answer = unchanged.client.get(path.replace("{id}", IDS.get(path, "")), params={"plcae": "kalbajar"})
        assert "plcae" in faults(assert_refused(answer, 400, KIND)), path


def test_a_scalar_that_is_repeated_is_refused_everywhere(unchanged: Service, asked: dict[str, dict[str, Any]]) -> None:
    tried = 0
    for path, parameters in asked.items():
        for name in {"as_of", "limit", "min_position", "window", "name"} & set(parameters):
            value = {"as_of": "2020-11-25", "window": "P7D", "name": "Kalbajar"}.get(name, "1")
            answer = unchanged.client.get(path.replace("{id}", IDS.get(path, "")), params={name: [value, value]})
            assert name in faults(assert_refused(answer, 400, KIND)), path
            tried += 1
    assert tried > 30


@pytest.mark.parametrize(
    "moment",
    [
        "2020-11-24T12:00:00", "2020-11-24T12:00", "2020-11-24 12:00:00Z", "1606219200", "1606219200000",
        "1606219200.5", "1e9", "2020-11-31", "2020-13-01", "20201124", "2020-W48", "24.11.2020", "now", "null", "",
        "2020-11-24T25:00:00Z", "2020-11-24T12:00:00+25:00", "2020-11-24T12:00:00Zulu", "٢٠٢٠-١١-٢٤", "-2020-11-24",
        "2020-11-24\n", "0000-01-01", "10000-01-01",
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["as_of", "known_at", "from"])
def test_what_is_no_date_and_no_time_with_its_offset_is_refused(unchanged: Service, name: str, moment: str) -> None:
    for path in ("/v1/casualties", "/v1/occurrences"):
        problem = assert_refused(unchanged.client.get(path, params={name: moment}), 400, KIND)
        assert faults(problem) == {name}


def test_a_plus_that_came_as_a_space_is_explained(unchanged: Service) -> None:
    problem = assert_refused(unchanged.client.get("/v1/control-map?as_of=2020-11-24T12:00:00+04:00"), 400, KIND)
    assert "%2B" in problem["errors"][0]["detail"]


@pytest.mark.parametrize("limit", ["0", "10001", "-1", "1e3", "1.0", "ten", "", "9" * 30, "0x10", "١٠", " 5", "+5"])
def test_a_limit_that_is_none_is_refused(unchanged: Service, limit: str) -> None:
    for path in ("/v1/occurrences", "/v1/log", "/v1/places", "/v1/transfers", "/v1/casualties/evidence"):
        assert faults(assert_refused(unchanged.client.get(path, params={"limit": limit}), 400, KIND)) == {"limit"}


def test_the_largest_limit_is_taken(unchanged: Service) -> None:
    assert unchanged.client.get("/v1/log", params={"limit": 10_000}).status_code == 200


@pytest.mark.parametrize("cursor", ["nonsense", "AAAA", "%", "a" * 1999, "0", "null", "гость", "", "a" * 5000])
def test_a_cursor_that_no_list_gave_is_refused(unchanged: Service, cursor: str) -> None:
    for path in ("/v1/occurrences", "/v1/places", "/v1/casualties/evidence", "/v1/strikes"):
        assert faults(assert_refused(unchanged.client.get(path, params={"cursor": cursor}), 400, KIND)) == {"cursor"}


def test_a_cursor_of_another_list_or_changed_by_a_letter_is_refused(unchanged: Service) -> None:
    cursor = unchanged.client.get("/v1/occurrences", params={"limit": 2}).json()["next_cursor"]
    changed = [cursor[:at] + ("A" if cursor[at] != "A" else "B") + cursor[at + 1 :] for at in range(0, len(cursor), 7)]
    assert unchanged.client.get("/v1/occurrences", params={"cursor": cursor}).status_code == 200
    for path, query in (
        ("/v1/places", {"cursor": cursor}),
        ("/v1/occurrences", {"cursor": cursor, "kind": "strike"}),
        ("/v1/occurrences", {"cursor": cursor, "as_of": "2020-11-20"}),
        *(("/v1/occurrences", {"cursor": one}) for one in changed),
    ):
        assert faults(assert_refused(unchanged.client.get(path, params=query), 400, KIND)) == {"cursor"}


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ({"min_position": "-1"}, "min_position"),
        ({"min_position": str(2**53)}, "min_position"),
        ({"at_position": "two"}, "at_position"),
        ({"wait_s": "nan"}, "wait_s"),
        ({"wait_s": "inf"}, "wait_s"),
        ({"wait_s": "61"}, "wait_s"),
        ({"group_by": "colour"}, "group_by"),
        ({"effect": "killed,slain"}, "effect"),
        ({"level": "planet"}, "level"),
        ({"place": "Kalbajar"}, "place"),
        ({"place": "a" * 121}, "place"),
        ({"place": "kalbajar;drop table event"}, "place"),
        ({"occurrence": "'"}, "occurrence"),
    ],
)
def test_a_value_that_is_not_of_its_type_is_refused(unchanged: Service, query: dict[str, str], wrong: str) -> None:
    assert faults(assert_refused(unchanged.client.get("/v1/casualties", params=query), 400, KIND)) == {wrong}


@pytest.mark.parametrize("query", ["q=%ff", "q=%c3%28", "q=%ed%a0%80", "%ff=1", "as_of=%f8"])
def test_a_query_that_is_not_utf_8_is_refused(unchanged: Service, query: str) -> None:
    assert "UTF-8" in assert_refused(unchanged.client.get(f"/v1/occurrences?{query}"), 400, KIND)["detail"]


def test_u0000_is_refused(unchanged: Service) -> None:
    for path, name in (("/v1/occurrences", "q"), ("/v1/places/resolve", "name"), ("/v1/reports", "url")):
        assert faults(assert_refused(unchanged.client.get(f"{path}?{name}=a%00b"), 400, KIND)) == {name}


def test_a_position_beyond_the_head_is_refused(unchanged: Service) -> None:
    head = unchanged.head()
    assert_refused(unchanged.client.get("/v1/casualties", params={"at_position": head + 1}), 400, "beyond-head")
    answer = unchanged.client.get("/v1/casualties", params={"min_position": head + 1, "wait_s": 0})
    assert_refused(answer, 503, "not-yet-there")
    assert int(answer.headers["retry-after"]) >= 1


def test_everything_that_is_wrong_is_told_at_once(unchanged: Service) -> None:
    query = (
        "nonsense=1&as_of=1606219200&known_at=2020-11-24T12:00:00&known_at=2020-11-25"
        "&effect=slain&level=planet&min_position=-5&place="
    )
    problem = assert_refused(unchanged.client.get(f"/v1/casualties?{query}"), 400, KIND)
    assert faults(problem) == {
        "nonsense", "as_of", "known_at", "effect", "level", "min_position", "place",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("path", "name", "unknown", "nearest"),
    [
        ("/v1/control-map", "place", "kalbajarr", "kalbajar"),
        ("/v1/control-map", "party", "azerbaijn", "azerbaijan"),
        ("/v1/casualties", "attacker", "isreal", "israel"),
        ("/v1/casualties", "occurrence", "mine-madagizz", "mine-madagiz"),
        ("/v1/occurrences", "source", "sanaa", "sana"),
    ],
)
def test_an_id_that_nothing_is_registered_under_is_refused_with_the_nearest(
    unchanged: Service, path: str, name: str, unknown: str, nearest: str
) -> None:
    problem = assert_refused(unchanged.client.get(path, params={name: unknown}), 400, KIND)
    assert faults(problem) == {name}
    assert re.search(rf"nearest known: .*\b{nearest}\b", problem["errors"][0]["detail"])


def test_a_claimant_whom_nobody_is_is_refused(unchanged: Service) -> None:
    for claimant in ("source:sanaa", "party:isreal", "source:israel", "nobody"):
        problem = assert_refused(unchanged.client.get("/v1/casualties", params={"claimant": claimant}), 400, KIND)
        assert faults(problem) == {"claimant"}
