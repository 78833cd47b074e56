"""The README's examples, asked of a running service that holds the demo's set: what it says of an answer is so."""

import json
import re
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.e2e.instance import Service

README = Path(__file__).parents[2] / "README.md"
EXAMPLE = re.compile(r"```http\nGET (\S+)\n```\n\n```json\n(.*?)\n```", re.DOTALL)
EXAMPLES = EXAMPLE.findall(README.read_text(encoding="utf-8"))

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | bool | None"


def differences(told: Json, answered: Json, at: str = "$") -> list[str]:
    """List where an answer does not hold what was told of it; other members and items are not looked at."""
    if isinstance(told, dict) and isinstance(answered, dict):
        return [line for name, value in told.items() for line in differences(value, answered.get(name), f"{at}.{name}")]
    if isinstance(told, list) and isinstance(answered, list) and all(isinstance(item, dict) for item in told):
        missing = [item for item in told if not any(differences(item, other) == [] for other in answered)]
        return [f"{at}: nothing in {answered!r} is {item!r}" for item in missing]
    return [] if told == answered else [f"{at}: {told!r} is told, {answered!r} was answered"]


def test_there_are_examples() -> None:
    assert len(EXAMPLES) > 4


@pytest.mark.parametrize(("path", "told"), EXAMPLES)
def test_an_example_is_answered_as_it_is_told(november: Service, path: str, told: str) -> None:
    join = "&" if "?" in path else "?"
    answer = november.client.get(f"{path}{join}min_position={november.head()}").raise_for_status()
    assert differences(json.loads(told), answer.json()) == []
