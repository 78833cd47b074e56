"""The answers to the demo's questions, asked of the API like anybody else does."""

from collections.abc import Sequence

import httpx
import msgspec
from msgspec import Struct

from services.demo.questions import Facts, Question, questions
from services.demo.tables import as_text


class Answer(Struct, frozen=True):
    """A question, the request that asked it, and the rows of facts that it was answered with."""

    section: str
    question: str
    request: str
    rows: list[Facts]


class Answers(Struct, frozen=True):
    """All answers, in the order of the questions."""

    answers: list[Answer]


def ask(client: httpx.Client, asked: Sequence[Question] | None = None, min_position: int | None = None) -> Answers:
    """Ask the questions; the API answers from no earlier than `min_position`.

    Raises httpx.HTTPStatusError when one is not answered.
    """
    return Answers([_answered(client, question, min_position) for question in asked or questions()])


def answers(client: httpx.Client, *, json_wanted: bool, min_position: int | None = None) -> str:
    """Ask all questions and give the answers as tables, or as a JSON document."""
    found = ask(client, min_position=min_position)
    if json_wanted:
        return msgspec.json.format(msgspec.json.encode(found), indent=2).decode()
    return as_text([(answer.section, answer.question, answer.rows) for answer in found.answers])


def _answered(client: httpx.Client, question: Question, min_position: int | None) -> Answer:
    request = client.build_request("GET", question.path, params=dict(question.asked))
    shown = request.url.raw_path.decode("ascii")
    if min_position is not None:
        request = client.build_request("GET", question.path, params={**question.asked, "min_position": min_position})
    answer = client.send(request)
    answer.raise_for_status()
    return Answer(question.section, question.text, shown, question.read(answer.content))
