"""Checkpoints and proofs over HTTP: whoever keeps one can check it alone, and no other past is ever signed."""

import json
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any, LiteralString

import pytest

from events.checkpoint import PublicKey, SigningKey, opened
from events.merkle import ProofError
from services.proofs.documents import check_proof, read_proof
from services.proofs.signer import Signer, make_seed
from tests.api_client import EXPLOSION, NO_REDIS, ApiClient, client, settings_for
from tests.tampering import tamper

pytestmark = pytest.mark.anyio

PROBLEM = "application/problem+json"


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    made = tmp_path / "log.key"
    make_seed(made)
    return made


@pytest.fixture
def key(key_file: Path) -> PublicKey:
    return Signer(key_file, "log.example.org").public


@pytest.fixture
async def api(database_url: str, key_file: Path) -> AsyncGenerator[ApiClient]:
    settings = settings_for(database_url, NO_REDIS, log_key=str(key_file), origin="log.example.org")
    async with client(settings) as made:
        await made.register_november()
        yield made


async def proof_of(api: ApiClient, kind: str, **query: int) -> bytes:
    answer = await api.get(f"/v1/log/proof/{kind}", None, **query)
    assert answer.status_code == 200, answer.text
    return answer.content


async def test_the_checkpoint_is_of_the_whole_log_and_signed(api: ApiClient, key: PublicKey) -> None:
    head = (await api.get("/v1/log")).json()["position"]

    answer = await api.get("/v1/log/checkpoint")

    body = answer.json()
    found = opened(body["checkpoint"], key)
    assert (found.origin, found.size) == (body["origin"], body["size"]) == ("log.example.org", head)
    assert (body["position"], body["as_of"], body["known_at"]) == (head, None, None)
    assert body["key"] == key.encoded
    assert "last-modified" in answer.headers


async def test_the_note_alone_is_given_as_text(api: ApiClient, key: PublicKey) -> None:
    note = (await api.get("/v1/log/checkpoint")).json()["checkpoint"]

    for answer in (
        await api.get("/v1/log/checkpoint", format="text"),
        await api.get("/v1/log/checkpoint", {"accept": "text/plain"}),
    ):
        assert answer.text == note
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert opened(note, key).size > 0


async def test_an_unchanged_log_gives_the_same_checkpoint_and_an_older_size_an_older_one(
    api: ApiClient, key: PublicKey
) -> None:
    first = await api.get("/v1/log/checkpoint")
    assert (await api.get("/v1/log/checkpoint", {"if-none-match": first.headers["etag"]})).status_code == 304

    await api.record([("/v1/occurrences", EXPLOSION)])

    assert (await api.get("/v1/log/checkpoint")).json()["size"] == first.json()["size"] + 2
    older = await api.get("/v1/log/checkpoint", at_position=first.json()["size"])
    assert older.content == first.content
    assert opened((await api.get("/v1/log/checkpoint", at_position=0)).json()["checkpoint"], key).size == 0


async def test_a_checkpoint_is_of_what_was_written_before(api: ApiClient) -> None:
    [done] = await api.record([("/v1/occurrences", EXPLOSION)])

    answer = await api.get("/v1/log/checkpoint", min_position=done["position"])

    assert answer.json()["size"] == done["position"]
    beyond = await api.get("/v1/log/checkpoint", min_position=done["position"] + 1, wait_s="0.01")
    assert (beyond.status_code, beyond.headers["content-type"]) == (503, PROBLEM)


async def test_every_event_is_proved_in_every_size_of_the_log(api: ApiClient, key: PublicKey) -> None:
    items = (await api.get("/v1/log")).json()["items"]
    for size in range(1, len(items) + 1):
        for position in range(1, size + 1):
            proof = read_proof(await proof_of(api, "inclusion", position=position, size=size))
            assert check_proof(proof, key).size == size
            event = json.loads(await proof_of(api, "inclusion", position=position))["event"]
            assert (event["stream"], event["event_id"]) == (items[position - 1]["subject"], items[position - 1]["id"])


async def test_every_size_is_proved_to_be_the_beginning_of_every_later_one(api: ApiClient, key: PublicKey) -> None:
    head = (await api.get("/v1/log/checkpoint")).json()["size"]
    for second in range(head + 1):
        for first in range(second + 1):
            proof = read_proof(await proof_of(api, "consistency", first=first, second=second))
            assert check_proof(proof, key).size == second


@pytest.mark.parametrize(("kind", "query"), [("inclusion", {"position": 5}), ("consistency", {"first": 5})])
async def test_no_proof_with_one_bit_changed_is_taken(
    api: ApiClient, key: PublicKey, kind: str, query: dict[str, int]
) -> None:
    raw = await proof_of(api, kind, **query)
    check_proof(read_proof(raw), key)

    taken: list[bytes] = []
    for at in range(len(raw)):
        changed = raw[:at] + bytes([raw[at] ^ 1 << at % 8]) + raw[at + 1 :]
        try:
            check_proof(read_proof(changed), key)
            taken.append(changed)
        except ProofError:
            continue
    assert taken == []


async def test_a_proof_may_be_written_with_other_spaces(api: ApiClient, key: PublicKey) -> None:
    raw = await proof_of(api, "inclusion", position=5)

    assert check_proof(read_proof(json.dumps(json.loads(raw), indent=2).encode()), key).size > 0


async def test_a_proof_is_checked_with_a_key_from_elsewhere(api: ApiClient) -> None:
    proof = read_proof(await proof_of(api, "inclusion", position=5))

    with pytest.raises(ProofError, match="another key"):
        check_proof(proof, SigningKey("log.example.org", bytes(32)).public)


async def test_head_answers_what_get_does(api: ApiClient) -> None:
    for path in ("checkpoint", "proof/inclusion?position=1", "proof/consistency?first=1"):
        found, asked = await api.get(f"/v1/log/{path}"), await api.head(f"/v1/log/{path}")
        assert (asked.status_code, asked.content) == (200, b"")
        assert asked.headers["etag"] == found.headers["etag"]


@pytest.mark.parametrize(
    ("path", "slug"),
    [
        ("checkpoint?at_position=99999", "beyond-head"),
        ("checkpoint?size=3", "invalid-parameters"),
        ("checkpoint?format=geojson", "not-acceptable"),
        ("proof/inclusion", "invalid-parameters"),
        ("proof/inclusion?position=0", "invalid-parameters"),
        ("proof/inclusion?position=4&size=3", "invalid-parameters"),
        ("proof/inclusion?position=4&size=99999", "beyond-head"),
        ("proof/consistency", "invalid-parameters"),
        ("proof/consistency?first=4&second=3", "invalid-parameters"),
        ("proof/consistency?first=1&second=99999", "beyond-head"),
    ],
)
async def test_what_cannot_be_proved_is_refused(api: ApiClient, path: str, slug: str) -> None:
    answer = await api.get(f"/v1/log/{path}")

    assert answer.json()["type"].endswith(f"#{slug}")
    assert answer.headers["content-type"] == PROBLEM


async def test_without_a_key_nothing_is_signed(database_url: str) -> None:
    async with client(settings_for(database_url, NO_REDIS)) as keyless:
        for path in ("checkpoint", "proof/inclusion?position=1", "proof/consistency?first=1"):
            answer = await keyless.get(f"/v1/log/{path}")
            assert (answer.status_code, answer.json()["type"]) == (404, "/docs/problems#log-unsigned")
            assert "CONFLICTLOG_LOG_KEY" in answer.json()["detail"]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE event SET leaf_hash = sha256('x') WHERE position = 3",
        "UPDATE head SET position = position - 1",
    ],
)
async def test_no_checkpoint_is_signed_that_contradicts_the_last(
    api: ApiClient, key_file: Path, key: PublicKey, change: LiteralString
) -> None:
    signed: dict[str, Any] = (await api.get("/v1/log/checkpoint")).json()
    tamper(api.database_url, change)

    for path in ("checkpoint", "proof/inclusion?position=1", "proof/consistency?first=1"):
        answer = await api.get(f"/v1/log/{path}")
        assert (answer.status_code, answer.json()["type"]) == (500, "/docs/problems#log-differs")
    kept = key_file.with_suffix(".checkpoint").read_text(encoding="utf-8")
    assert kept == signed["checkpoint"]
    assert opened(kept, key).size == signed["size"]


async def test_a_checkpoint_of_another_key_beside_ours_stops_the_signing(api: ApiClient, key_file: Path) -> None:
    other = SigningKey("log.example.org", bytes(32)).sign(1, bytes(32))
    key_file.with_suffix(".checkpoint").write_text(other, encoding="utf-8")

    assert (await api.get("/v1/log/checkpoint")).json()["type"] == "/docs/problems#log-differs"
