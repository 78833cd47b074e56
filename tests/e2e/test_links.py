"""From every number and every place on the map to the publications behind it, by following links."""

from collections.abc import Iterator
from typing import Any, cast

import pytest

from tests.e2e.instance import Service

MAPS = (
    "/v1/control-map",
    "/v1/control-map?as_of=2020-11-24",
    "/v1/control-map?as_of=2020-11-24T12:00:00%2B04:00&known_at=2020-11-12",
    "/v1/control-map?as_of=2020-12-02",
)
TALLIES = (
    "/v1/casualties",
    "/v1/casualties?group_by=affected_party,status&party_level=top",
    "/v1/casualties?group_by=claimant,occurrence",
    "/v1/casualties?group_by=place,day&level=district&place=syria",
    "/v1/casualties?group_by=attacker,weapon&known_at=2020-11-26&as_of=2020-11-25",
    "/v1/casualties?group_by=occurrence&claimant=source:sohr",
)


# The example itself and its translation: no address in the world is known of them.
WITHOUT_URL = {"/v1/reports/digest-2020-11-25", "/v1/reports/digest-2020-11-25-ja"}


class Web:
    """What the service links to, each address fetched once."""

    def __init__(self, service: Service) -> None:
        self._client = service.client
        self._fetched: dict[str, Any] = {}

    def get(self, href: str) -> Any:  # noqa: ANN401  JSON
        if href not in self._fetched:
            answer = self._client.get(href)
            assert answer.status_code == 200, (href, answer.text)
            self._fetched[href] = answer.json()
        return self._fetched[href]

    def url_of(self, report_href: str) -> str | None:
        """Give the address of a publication in the world, as far as the report has one."""
        assert report_href.startswith("/v1/reports/")
        return self.get(report_href)["item"].get("url")

    def all_from(self, *start: str) -> set[str]:
        """Follow every link from some answers on, until there is none that was not followed."""
        waiting, seen = list(start), set(start)
        while waiting:
            found = set(hrefs_in(self.get(waiting.pop()))) - seen
            seen |= found
            waiting += sorted(found)
        return seen


def hrefs_in(value: object) -> Iterator[str]:
    """Find every address in an answer, and that of every report it cites by its id."""
    if isinstance(value, str):
        if value.startswith("/v1/"):
            yield value
    elif isinstance(value, dict):
        members = cast("dict[str, object]", value)
        if {"report", "published_at"} <= set(members):
            yield f"/v1/reports/{members['report']}"
        for member in members.values():
            yield from hrefs_in(member)
    elif isinstance(value, list):
        for item in cast("list[object]", value):
            yield from hrefs_in(item)


def is_published(web: Web, report_href: str) -> bool:
    """Tell whether a report leads out of the service: to its own address in the world, and to who published it."""
    report = web.get(report_href)["item"]
    source = web.get(f"/v1/sources/{report['source']}")["item"]
    url = web.url_of(report_href)
    return bool(source["name"]) and (report_href in WITHOUT_URL if url is None else url.startswith("https://"))


@pytest.fixture
def web(unchanged: Service) -> Web:
    return Web(unchanged)


@pytest.mark.parametrize("tally", TALLIES)
def test_each_number_leads_through_its_claims_to_publications(web: Web, tally: str) -> None:
    answer = web.get(tally)
    rows = [*answer["rows"], *answer["totals"], *answer["not_located"]]
    assert any(row["best"] for row in rows)
    for row in rows:
        evidence = row["evidence"]
        claims = web.get(evidence["href"])["items"]
        assert evidence["complete"]
        assert set(evidence["claims"]) <= {claim["claim"] for claim in claims}
        assert set(evidence["occurrences"]) <= {claim["occurrence"] for claim in claims}
        assert row["occurrences"] == 0 or claims
        for claim in claims:
            # "A denial of `casualty` covers killed and wounded."
            effects = {claim["effect"], "casualty"} if claim["scope"] == "denial" else {claim["effect"]}
            assert web.get(claim["href"])["claim"]["content"]["effect"] in effects
            assert web.get(claim["occurrence_href"])["id"] == claim["occurrence"]
            assert claim["citations"]
            assert all(is_published(web, cited["href"]) for cited in claim["citations"]), claim


@pytest.mark.parametrize("control_map", MAPS)
def test_each_place_on_the_map_leads_to_publications(web: Web, control_map: str) -> None:
    held = [one for one in web.get(control_map)["features"] if one["properties"]["status"] != "unknown"]
    assert held
    for feature in held:
        links = feature["properties"]["links"]
        assert any(web.url_of(report) for report in links["reports"]), feature["id"]
        assert all(is_published(web, report) for report in links["reports"]), feature["id"]
        assert links["claims"] or links["occurrences"]
        told = [web.get(claim)["claim"]["citations"] for claim in links["claims"]]
        told += [web.get(occurrence)["citations"] for occurrence in links["occurrences"]]
        cited = {f"/v1/reports/{citation['report']}" for citations in told for citation in citations}
        assert set(links["reports"]) <= cited
        assert web.get(links["self"])["features"][0] == feature
        last = web.get(links["history"])["spans"][-1]
        assert (last["status"], last["controllers"]) == (
            feature["properties"]["status"],
            feature["properties"]["controllers"],
        )
        pending = feature["properties"]["pending_transfer"]
        if links["transfer"]:
            transfer = web.get(links["transfer"])
            assert (transfer["id"], transfer["due"]) == (pending["id"], pending["due"])


def test_every_link_leads_somewhere_and_all_publications_are_reached(web: Web) -> None:
    reached = web.all_from(*MAPS, *TALLIES, "/v1/strikes/window?window=P14D&as_of=2020-11-25", "/v1/transfers")
    reports = {href for href in reached if href.startswith("/v1/reports/")}
    assert len(reports) > 10
    for kind in ("occurrences", "claims", "transfers", "control-map", "casualties/evidence"):
        assert any(href.startswith(f"/v1/{kind}") for href in reached), kind
    assert all(is_published(web, report) for report in reports)
