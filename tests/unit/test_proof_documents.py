"""Proofs as files: those of the documentation hold, and what only looks like one does not."""

import json
from typing import Any

import pytest

from events.checkpoint import PublicKey, SigningKey
from events.merkle import ProofError
from services.api.examples import answer_example
from services.proofs.documents import InclusionProof, check_proof, read_proof

KEY = SigningKey("log.example.org", bytes(range(32))).public


def example(kind: str, **changed: object) -> bytes:
    return json.dumps(answer_example(f"prove_{kind}") | changed).encode()


@pytest.mark.parametrize("kind", ["inclusion", "consistency"])
def test_the_proofs_of_the_documentation_hold(kind: str) -> None:
    checkpoint = check_proof(read_proof(example(kind)), KEY)

    assert (checkpoint.size, checkpoint.text) == (
        8,
        answer_example("checkpoint")["checkpoint"].partition("\n\n")[0] + "\n",
    )
    assert PublicKey.from_encoded(answer_example("checkpoint")["key"]) == KEY


@pytest.mark.parametrize(
    "changed",
    [
        {"position": 7},
        {"size": 7},
        {"as_of": "2020-11-25"},
        {"known_at": "2020-11-25"},
        {"projected": True},
        {"key": SigningKey("log.example.org", bytes(32)).public.encoded},
        {"path": []},
        {"leaf_hash": "86geQFoh0CwMuTfN/teOsqa93V8rQbsy0b9cUNiHiat="},
        {"leaf_hash": "aGk="},
        {"more": 1},
        {"proof": "consistency"},
        {"checkpoint": "log.example.org\n8\n"},
        {"path": ["aGk="]},
    ],
)
def test_no_member_of_a_proof_may_be_otherwise(changed: dict[str, object]) -> None:
    with pytest.raises(ProofError):
        check_proof(read_proof(example("inclusion", **changed)), KEY)


@pytest.mark.parametrize(
    "changed",
    [
        {"position": 0},
        {"position": 2**62},
        {"position": 4},
        {"version": 2},
        {"version": -1},
        {"schema_version": 2},
        {"stream": "party-other"},
        {"recorded_at": "2026-11-22T13:03:22.233602Z"},
        {"recorded_at": "2026-11-22T13:03:22.233601"},
        {"recorded_at": "2026-11-22T14:03:22.233601+01:00"},
        {"data": "e30="},
        {"type": "\ud800"},
    ],
)
def test_no_column_of_the_event_may_be_otherwise(changed: dict[str, object]) -> None:
    event: dict[str, Any] = answer_example("prove_inclusion")["event"]

    with pytest.raises(ProofError):
        check_proof(read_proof(example("inclusion", event=event | changed)), KEY)


@pytest.mark.parametrize("first", [3, 5, 8, 9, -1])
def test_a_consistency_proof_is_for_its_own_sizes(first: int) -> None:
    with pytest.raises(ProofError):
        check_proof(read_proof(example("consistency", first=first)), KEY)


@pytest.mark.parametrize("raw", [b"", b"[]", b"{}", b"\xff", b"[" * 100_000, b'{"proof":"other"}'])
def test_what_is_no_proof_is_said_to_be_none(raw: bytes) -> None:
    with pytest.raises(ProofError, match="no proof"):
        read_proof(raw)


def test_spaces_between_its_parts_are_free() -> None:
    proof = read_proof(json.dumps(answer_example("prove_inclusion"), indent=4).encode())

    assert isinstance(proof, InclusionProof)
    assert check_proof(proof, KEY).size == 8
