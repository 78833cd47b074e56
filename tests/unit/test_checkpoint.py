"""Signed checkpoints: the published note verifies, ours are read back, and nothing else is."""

from base64 import b64encode

import pytest

from events.checkpoint import Checkpoint, NoteError, PublicKey, SigningKey, opened, signed_text
from events.merkle import EMPTY_ROOT

# The example of Go's golang.org/x/mod/sumdb/note, where the format comes from.
PUBLISHED_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PUBLISHED_TEXT = """If you think cryptography is the answer to your problem,
then you don't know what your problem is.
"""
PUBLISHED_NOTE = f"""{PUBLISHED_TEXT}
— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
"""
KEY = SigningKey("example.org/log", bytes(range(32)))
OTHER = SigningKey("witness.example.org", bytes(32))
ROOT = bytes(range(100, 132))
NOTE = KEY.sign(5, ROOT)


def test_the_published_note_is_signed_by_the_published_key() -> None:
    key = PublicKey.from_encoded(PUBLISHED_KEY)

    assert key.id.hex() == "c74f20a3"
    assert signed_text(PUBLISHED_NOTE, key) == PUBLISHED_TEXT


def test_a_checkpoint_is_written_as_the_standard_says() -> None:
    text, _, signatures = NOTE.partition("\n\n")

    assert text == f"example.org/log\n5\n{b64encode(ROOT).decode()}"
    assert signatures.startswith("— example.org/log ")
    assert NOTE.endswith("\n")


def test_what_was_signed_is_read_back() -> None:
    assert opened(NOTE, KEY.public) == Checkpoint("example.org/log", 5, ROOT)
    assert opened(KEY.sign(0, EMPTY_ROOT), KEY.public).size == 0


def test_the_same_tree_gives_the_same_bytes() -> None:
    assert SigningKey("example.org/log", bytes(range(32))).sign(5, ROOT) == NOTE


def test_a_public_key_is_one_line_that_reads_back() -> None:
    assert PublicKey.from_encoded(KEY.public.encoded) == KEY.public


def test_no_note_with_one_bit_changed_is_taken() -> None:
    raw = NOTE.encode()

    for at in range(len(raw)):
        for bit in range(8):
            changed = raw[:at] + bytes([raw[at] ^ 1 << bit]) + raw[at + 1 :]
            with pytest.raises((NoteError, UnicodeDecodeError)):
                opened(changed.decode(), KEY.public)


def test_signatures_of_others_are_left_aside() -> None:
    other = OTHER.sign_text(Checkpoint("example.org/log", 5, ROOT).text).rpartition("\n\n")[2]

    assert opened(NOTE + other, KEY.public).size == 5
    assert opened(NOTE.replace("\n\n", f"\n\n{other}"), KEY.public).size == 5
    with pytest.raises(NoteError, match="not signed by"):
        opened(NOTE, OTHER.public)


def test_one_false_signature_of_the_key_spoils_the_note() -> None:
    false = KEY.sign(6, ROOT).rpartition("\n\n")[2]

    with pytest.raises(NoteError, match="not the one of"):
        opened(NOTE + false, KEY.public)


def test_a_checkpoint_of_another_log_is_refused_although_the_key_signed_it() -> None:
    foreign = KEY.sign_text(Checkpoint("example.org/other", 5, ROOT).text)

    with pytest.raises(NoteError, match="of the log"):
        opened(foreign, KEY.public)


def test_further_lines_are_read_over() -> None:
    extended = Checkpoint("example.org/log", 5, ROOT, ("more", "and more"))

    assert opened(KEY.sign_text(extended.text), KEY.public) == extended


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "example.org/log\n5\n",
        f"example.org/log\n05\n{b64encode(ROOT).decode()}\n",
        f"example.org/log\n-5\n{b64encode(ROOT).decode()}\n",
        f"example.org/log\n٥\n{b64encode(ROOT).decode()}\n",
        f"example.org/log\n9999999999999999999\n{b64encode(ROOT).decode()}\n",
        f"example.org/log\n5\n{b64encode(ROOT[:31]).decode()}\n",
        f"example.org/log\n5\n{b64encode(ROOT).decode().rstrip('=')}\n",
        f"example.org/log\n5\n{b64encode(ROOT).decode()}\nmore\n\nand more\n",
        f"\n5\n{b64encode(ROOT).decode()}\n",
    ],
)
def test_a_text_that_is_no_checkpoint_is_refused_although_it_is_signed(text: str) -> None:
    with pytest.raises(NoteError):
        opened(KEY.sign_text(text), KEY.public)


@pytest.mark.parametrize(
    "note",
    [
        "",
        NOTE.rstrip("\n"),
        NOTE + "\n",
        NOTE.replace("— ", "- "),
        NOTE.replace("— ", "—  "),
        NOTE.partition("\n\n")[0] + "\n\n",
        NOTE.replace("\n\n", "\n"),
        NOTE.replace("example.org/log ", "example.org/log+ "),
        NOTE + NOTE.rpartition("\n\n")[2] * 100,
        NOTE.replace("5\n", "5\t\n"),
    ],
)
def test_what_is_no_note_is_refused(note: str) -> None:
    with pytest.raises(NoteError):
        opened(note, KEY.public)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "example.org/log",
        KEY.public.encoded[:-4],
        KEY.public.encoded.replace("+", "-", 1),
        KEY.public.encoded.replace("log+", "lug+"),
        "a b" + KEY.public.encoded,
        KEY.public.encoded + "\n",
    ],
)
def test_what_is_no_public_key_is_refused(line: str) -> None:
    with pytest.raises(NoteError):
        PublicKey.from_encoded(line)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\u2003b", "a\n"])
def test_a_key_has_no_name_that_a_note_could_not_hold(name: str) -> None:
    with pytest.raises(NoteError):
        SigningKey(name, bytes(32))
