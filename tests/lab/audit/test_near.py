"""Duplicates are those that comparing every pair finds."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from datasketch import MinHash

from lab.audit import near, signatures
from lab.audit.words import distinct, grams_of, words_of
from tests.lab.audit import duplicates

Audit = Callable[..., dict[str, Any]]


def _jsonl(path: Path, texts: list[str]) -> Path:
    path.write_text(
        "".join(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in texts), "utf-8"
    )
    return path


@pytest.mark.parametrize("chinese", [False, True])
def test_near_duplicates_are_those_of_brute_force(
    audit: Audit, tmp_path: Path, chinese: bool
) -> None:
    texts = duplicates.planted(1200, chinese=chinese)
    true = sum(duplicates.truth(texts))
    found = audit(_jsonl(tmp_path / "sample.jsonl", texts))
    n = round(found["near_duplicate_share"] * len(texts))
    assert true > 200
    assert 0.98 * true <= n <= true  # what is reported is verified, so never more


def test_every_pair_reported_has_the_jaccard_that_is_told(audit: Audit, tmp_path: Path) -> None:
    texts = duplicates.planted(300, seed=1)
    found = audit(_jsonl(tmp_path / "sample.jsonl", texts))
    assert found["duplicates"]
    for pair in found["duplicates"]:
        one, other = texts[pair["document"] - 1], texts[pair["of_document"] - 1]
        assert pair["document"] > pair["of_document"]
        true = duplicates.jaccard(duplicates.shingles(one), duplicates.shingles(other))
        assert pair["jaccard"] == pytest.approx(true, abs=1e-12)
        assert pair["exact"] == (one == other)


def test_exact_duplicates_are_counted_from_the_second_on(audit: Audit, tmp_path: Path) -> None:
    found = audit(_jsonl(tmp_path / "s.jsonl", ["one text here", "another", "one text here"] * 2))
    assert found["exact_duplicate_share"] == pytest.approx(4 / 6)
    assert found["near_duplicate_share"] == pytest.approx(4 / 6)


def test_case_and_punctuation_make_a_near_duplicate_not_an_exact_one(
    audit: Audit, tmp_path: Path
) -> None:
    found = audit(_jsonl(tmp_path / "s.jsonl", ["The cat sat on a mat.", "the cat sat on a mat"]))
    assert found["exact_duplicate_share"] == 0
    assert found["near_duplicate_share"] == 0.5


def test_texts_without_words_resemble_nothing_but_their_equals(
    audit: Audit, tmp_path: Path
) -> None:
    found = audit(_jsonl(tmp_path / "s.jsonl", ["!!!", "???", "...", "!!!"]))
    assert found["near_duplicate_share"] == found["exact_duplicate_share"] == 0.25


def test_words_are_those_of_the_definition() -> None:
    texts = [
        "The cat's 2nd mat, naïve_x",
        "你好,世界hello中文 test五六七",
        "",
        "ひらがなカタカナ ab",
    ]
    words = words_of(texts)
    assert words.counts.tolist() == [len(duplicates.words(text)) for text in texts]
    same = words_of(["b a", "A", "Ｂ"])
    assert same.hashes[1] == same.hashes[2]


def test_a_text_has_the_same_words_wherever_it_stands() -> None:
    alone = words_of(["some words of a text"])
    behind = words_of(["x" * 5000, "some words of a text"])
    assert (behind.hashes[behind.first[1] :] == alone.hashes).all()


def test_signatures_are_datasketchs() -> None:
    grams = grams_of(words_of(["a b c d e f g h i", "one two", ""]), 5, whole_if_shorter=True)
    found = signatures.signatures(grams, 80)
    for number in range(3):
        theirs = MinHash(num_perm=80, hashfunc=int)
        mine = grams.hashes[grams.first[number] : grams.first[number + 1]]
        theirs.update_batch(signatures.low_half(mine))
        assert (theirs.hashvalues == found[number]).all()


@pytest.mark.parametrize("threshold", [0.4, 0.5, 0.7, 0.8, 0.9, 1.0])
def test_bands_find_what_is_at_the_threshold(threshold: float) -> None:
    bands = signatures.bands_for(threshold)
    assert bands.chance(threshold) >= signatures.RECALL_AT_THRESHOLD - 1e-9
    assert bands.n * bands.rows <= 120


def test_distinct_grams_are_a_set() -> None:
    grams = grams_of(words_of(["a b a b a b a b a b", "a b a b a b"]), 5, whole_if_shorter=True)
    found = distinct(grams)
    assert found.counts.tolist() == [2, 2]
    pair = near.jaccard_of_pairs(found, np.array([0]), np.array([1]))
    assert pair.tolist() == [1.0]


def test_a_large_sample_is_sorted_in_parts_with_the_same_result(
    audit: Audit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _jsonl(tmp_path / "sample.jsonl", duplicates.planted(500, seed=2))
    whole = audit(path)
    monkeypatch.setattr(near, "_SORTED_AT_ONCE", 64)
    monkeypatch.setattr(near, "_JUDGED_AT_ONCE", 32)
    monkeypatch.setattr(near, "_BYTES_AT_ONCE", 2000)
    parts = audit(path)
    assert parts["near_duplicate_share"] == whole["near_duplicate_share"]
    assert parts["exact_duplicate_share"] == whole["exact_duplicate_share"]
