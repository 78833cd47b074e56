"""Examples of what is sent and answered, read from `examples.json`: one story, which the tests tell."""

from functools import cache
from pathlib import Path
from typing import Any

import msgspec


def body_example(operation: str) -> Any:  # noqa: ANN401  any JSON
    """Give what is sent to an operation in the story."""
    return _story()["sent"][operation]


def answer_example(operation: str) -> Any:  # noqa: ANN401  any JSON
    """Give what an operation answers in the story; None where an answer has no JSON."""
    return _story()["answered"].get(operation)


@cache
def _story() -> dict[str, dict[str, Any]]:
    return msgspec.json.decode(Path(__file__).with_suffix(".json").read_bytes(), type=dict[str, dict[str, Any]])
