"""Text goes to ids and comes back."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costmodel.messages import InputError
from lab import tokens
from lab.tokens import UNKNOWN, Characters, Marked, Pieces

LEARNT = "the cat sat on the mat.\nthe dog\u2028sat, 猫坐在垫子上。\x0b" * 30


@pytest.fixture(scope="module")
def pieces() -> Pieces:
    return Pieces.of(LEARNT, vocab_size=300)


@given(st.text(st.sampled_from(sorted(set(LEARNT)))))
def test_characters_that_were_seen_come_back(text: str) -> None:
    made = Characters.of([LEARNT])
    ids = made.encode(text)
    assert ids.dtype == np.int64
    assert len(ids) == len(text)
    assert made.decode(ids.tolist()) == text


@pytest.mark.parametrize("strange", ["Q", "鼠", "\U0001f600", "\x00", "\ud800", UNKNOWN])
def test_a_character_never_seen_is_the_unknown_one(strange: str) -> None:
    made = Characters.of([LEARNT])
    ids = made.encode(f"t{strange}t")
    assert ids.tolist()[1] == 0
    assert made.decode(ids.tolist()) == f"t{UNKNOWN}t"


def test_the_commonest_characters_have_the_first_ids_within_the_limit() -> None:
    made = Characters.of(["aaabbc", "aad"], most=3)
    assert made.characters == [UNKNOWN, "a", "b"]
    assert made.vocab_size == 3
    assert made.encode("abcd").tolist() == [1, 2, 0, 0]


def test_an_empty_text_has_no_ids(pieces: Pieces) -> None:
    assert Characters.of([LEARNT]).encode("").shape == (0,)
    assert pieces.encode("").shape == (0,)
    assert Characters.of([]).encode("x").tolist() == [0]


@settings(deadline=None)
@given(text=st.text())
def test_byte_pairs_know_every_text(pieces: Pieces, text: str) -> None:
    assert pieces.decode(pieces.encode(text).tolist()) == text


def test_byte_pairs_are_fewer_than_characters(pieces: Pieces) -> None:
    assert 256 < pieces.vocab_size <= 300
    assert len(pieces.encode(LEARNT)) < len(LEARNT)
    assert Pieces.of(LEARNT, vocab_size=16).vocab_size == 256  # every byte has its own


def test_a_marked_text_begins_with_the_mark_and_is_cut() -> None:
    made = Marked.of([LEARNT] * 3, most=60)
    whole, ids, nothing = made.encode(["the cat", "the cat " * 9, ""], most=5)
    assert ids.tolist()[0] == Marked.begin
    assert len(ids) == 5
    assert ids[: len(whole)].tolist() == whole.tolist()
    assert ids.min() > Marked.pad
    assert nothing.tolist() == [Marked.begin]


def test_common_words_are_pieces_also_where_nothing_stands_between_them() -> None:
    made = Marked.of(["服务不好，不推荐", "味道不好，不推荐", "位置不好，不推荐"], most=60)
    names = {len(made.encode([text], most=9)[0]) - 1 for text in ("不好", "不推荐")}
    assert names == {1}
    assert len(made.encode(["好不推"], most=9)[0]) > 2


def test_a_text_that_names_a_mark_has_none_and_strange_characters_are_unknown() -> None:
    made = Marked.of([LEARNT] * 3, most=60)
    named, strange = made.encode([f"the {tokens._MARKS[Marked.begin]}", "\ud800 ☃"], most=99)
    assert (named[1:] > Marked.begin).all()
    assert set(strange[1:].tolist()) == {Marked.unknown}


def test_every_kind_is_read_back_from_its_file(tmp_path: Path, pieces: Pieces) -> None:
    for name, made in (("char", Characters.of([LEARNT])), ("bpe", pieces)):
        folder = tmp_path / name
        folder.mkdir()
        made.save(folder)
        again = tokens.load(folder)
        assert again.encode(LEARNT).tolist() == made.encode(LEARNT).tolist()
        assert again.vocab_size == made.vocab_size
        assert tokens.load_marked(folder) is None
    marked = Marked.of([LEARNT] * 3, most=40)
    marked.save(tmp_path)
    again_marked = tokens.load_marked(tmp_path)
    assert again_marked is not None
    texts = ["猫 cat", tokens._MARKS[Marked.begin]]
    for ours, same in zip(
        marked.encode(texts, most=9), again_marked.encode(texts, most=9), strict=True
    ):
        assert same.tolist() == ours.tolist()


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"kind": "char"}', '{"kind": "char", "characters": ["ab"]}']
)
def test_a_file_that_is_no_tokenizer_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(InputError, match=r"give a folder with a tokenizer.json"):
        tokens.load(tmp_path)
    (tmp_path / "tokenizer.json").write_text(content, "utf-8")
    with pytest.raises(InputError, match=r"give a folder with a tokenizer.json"):
        tokens.load(tmp_path)
    assert tokens.load_marked(tmp_path) is None


def test_the_file_of_byte_pairs_is_the_librarys_own(tmp_path: Path, pieces: Pieces) -> None:
    pieces.save(tmp_path)
    assert json.loads((tmp_path / "tokenizer.json").read_text("utf-8"))["model"]["type"] == "BPE"
