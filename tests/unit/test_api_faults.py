"""How faults of a body are looked for."""

import json
from typing import Any

import pytest

from events import registry_requests as registry
from services.api import faults
from services.api.bodies import LISTED_FAULTS, Shape
from services.api.errors import BadBodyError
from services.api.faults import leaf_fault


def test_of_very_many_faults_no_more_are_looked_for_than_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[object] = []

    def looked(value: object, hint: Any) -> str | None:  # noqa: ANN401  any type may be asked for
        looked_at.append(value)
        return leaf_fault(value, hint)

    monkeypatch.setattr(faults, "leaf_fault", looked)
    ring = [[500, 0]] * 2000
    body = {"name": "x", "kind": "district", "geometry": {"type": "Polygon", "coordinates": [ring]}}

    with pytest.raises(BadBodyError, match="more than 100 faults") as refused:
        Shape[registry.RegisterPlace](registry.RegisterPlace, limit=1_000_000).decode(json.dumps(body).encode())
    assert len(refused.value.wrong) == LISTED_FAULTS
    assert looked_at.count(500) == LISTED_FAULTS + 1
