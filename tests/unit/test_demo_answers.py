"""Loading the demo and reading its answers, against an API that is played."""

from collections.abc import Callable

import httpx
import msgspec
import pytest

from services.demo.answers import answers, ask
from services.demo.commands import commands
from services.demo.load import Loaded, NotTakenError, load
from services.demo.questions import Facts, questions
from services.demo.tables import as_text

Handler = Callable[[httpx.Request], httpx.Response]


def client(handler: Handler) -> httpx.Client:
    return httpx.Client(transport=httpx.MockTransport(handler), base_url="http://played")


def played(request: httpx.Request) -> httpx.Response:
    """Answer as the API's shapes have it, with members that the demo does not read."""
    clocks: dict[str, object] = {"as_of": None, "known_at": None, "position": 7}
    place = request.url.params.get("place")
    pending = {"id": "t", "to": "azerbaijan", "due": "2020-11-25", "overdue": False, "rescheduled_from": "2020-11-15"}
    control = {
        "place": place,
        "status": "held",
        "controllers": ["armenian-forces"],
        "since": "1993-04-02",
        "pending_transfer": {**pending, "excluding": [{"place": "lachin-corridor", "to": "russian-peacekeepers"}]},
    }
    other = {"place": "kalbajar-town", "status": "held", "controllers": ["azerbaijan"]}
    row = {"effect": "killed", "low": 0, "best": 0, "high": None, "contested": True, "open_ended": True}
    strike = {"occurrence": "strike-2020-11-25", "areas": ["quneitra"], "areas_shared_with_previous": ["quneitra"]}
    bodies: dict[str, dict[str, object]] = {
        "control-map": {"features": [{"properties": control}, {"properties": other}]},
        "ceasefire-2020-11-10.transfer-lachin": {"id": "x", "status": "overdue", "due": "2020-12-01"},
        "casualties": {"rows": [row], "totals": [row], "not_located": []},
        "window": {"count": 1, "from": "2020-11-18", "to": "2020-11-25", "strikes": [strike]},
        "resolve": {"resolved": True, "places": [{"id": "kalbajar", "kind": "district"}], "nearest": []},
    }
    return httpx.Response(200, json=clocks | bodies[request.url.path.rpartition("/")[2]])


def test_each_command_is_sent_with_its_key_as_a_quoted_string() -> None:
    seen: list[tuple[str, str]] = []

    def take(request: httpx.Request) -> httpx.Response:
        seen.append((request.url.path, request.headers["Idempotency-Key"]))
        return httpx.Response(201, json={"position": len(seen)})

    told: list[tuple[int, int]] = []
    sent = commands()
    assert load(client(take), on_progress=lambda done, of: told.append((done, of))) == Loaded(len(sent), len(sent))
    assert seen == [(command.path, f'"{command.key}"') for command in sent]
    assert told[-1] == (len(sent), len(sent))
    assert len(told) == len(sent)


def test_a_command_that_is_not_taken_ends_the_loading_and_is_named() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/places":
            return httpx.Response(422, json={"title": "Unprocessable", "detail": "no such zone"})
        return httpx.Response(201, json={"position": 1})

    with pytest.raises(NotTakenError, match=r"nov2020-place-azerbaijan.*422.*no such zone") as raised:
        load(client(refuse))
    assert raised.value.status == 422


def test_every_question_is_answered_with_its_request_beside_it() -> None:
    found = ask(client(played)).answers
    assert [answer.question for answer in found] == [question.text for question in questions()]
    first = found[0]
    assert first.request == "/v1/control-map?place=kalbajar&as_of=2020-11-24"
    assert first.rows == [
        {
            "status": "held",
            "controllers": ["armenian-forces"],
            "to": "azerbaijan",
            "due": "2020-11-25",
            "overdue": False,
            "rescheduled_from": "2020-11-15",
            "excluding": ["lachin-corridor"],
        }
    ]


def test_answers_can_be_asked_for_from_a_position_on() -> None:
    seen: list[str | None] = []

    def note(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.params.get("min_position"))
        return played(request)

    ask(client(note), min_position=154)
    assert seen == ["154"] * len(questions())


def test_an_error_is_no_answer() -> None:
    with pytest.raises(httpx.HTTPStatusError):
        ask(client(lambda request: httpx.Response(503, request=request)))


def test_the_json_document_holds_what_the_tables_show() -> None:
    document = msgspec.json.decode(answers(client(played), json_wanted=True))
    assert set(document) == {"answers"}
    assert {answer["section"] for answer in document["answers"]} == {question.section for question in questions()}
    assert all({"section", "question", "request", "rows"} == set(answer) for answer in document["answers"])


def test_tables_leave_out_what_is_empty_and_show_what_is_not_stated_as_a_dash() -> None:
    rows: list[Facts] = [{"low": 0, "high": None, "to": None, "contested": True, "areas": ["quneitra", "rif-dimashq"]}]
    text = as_text([("Who was harmed", "25 November", rows), ("Names", "Magadiz", [{"places": []}])])
    assert "Who was harmed" in text
    assert "quneitra, rif-dimashq" in text
    assert " yes " in text
    assert " to " not in text
    assert " high " not in text
    assert "Magadiz" in text


def test_an_unanswered_question_still_has_its_line() -> None:
    text = as_text([("Names", "Magadiz", []), ("Names", "Kalbajar", [{"places": ["kalbajar"]}])])
    assert "Magadiz" in text
    assert "–" in text


def test_the_text_shows_every_question() -> None:
    text = answers(client(played), json_wanted=False)
    for section in {question.section for question in questions()}:
        assert section in text
