"""The gain of cleaning is measured on texts that neither side was trained on."""

import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from costmodel.messages import InputError
from lab.events import Events
from lab.experiments import quality
from lab.jobs import Report
from tests.lab.audit import duplicates


@pytest.fixture
def report(tmp_path: Path) -> Iterator[Report]:
    """A job's folder of its own."""
    with Events(tmp_path) as events:
        yield Report(tmp_path, events)


def test_held_out_texts_stand_in_neither_side(report: Report) -> None:
    texts = [*duplicates.planted(500), "write to a.b@example.com about " + "these words " * 30]
    found = quality.cleaned_and_raw(texts, report)
    assert found.n_held_out > 5
    for line in found.held_out.split("\n"):
        mine = duplicates.shingles(line)
        for side in (found.raw, found.cleaned):
            others = side.split("\n")
            assert line not in others
            assert max(duplicates.jaccard(mine, duplicates.shingles(o)) for o in others) < 0.8
    assert "a.b@example.com" in found.raw
    assert "a.b@example.com" not in found.cleaned
    assert found.n_raw + found.n_held_out == len(texts)
    assert found.n_cleaned < found.n_raw


def test_the_gain_is_over_the_spread_of_seeds() -> None:
    found = quality.gain_in_sigma([2.0, 2.1, 1.9], [1.5, 1.6, 1.4])
    assert found is not None
    gain, low, high, spread = found
    assert spread == pytest.approx(0.1)
    assert gain == pytest.approx(5)
    assert low < gain < high
    assert quality.gain_in_sigma([2.0] * 3, [1.5] * 3) is None


def test_a_small_run_measures_a_gain(report: Report, tmp_path: Path) -> None:
    rng = random.Random(0)
    vocabulary = ["river", "stone", "market", "winter", "letter", "garden", "bridge", "window"]
    texts = [" ".join(rng.choices(vocabulary, k=40)) + f" number {k}" for k in range(300)]
    path = tmp_path / "sample.txt"
    path.write_text("\n".join(texts + texts[:5] * 40), "utf-8")
    found = quality.run({"data": str(path), "steps": 3}, report)
    raw, cleaned = found["table"]
    assert raw["tokens_trained"] == cleaned["tokens_trained"]
    assert cleaned["texts"] < raw["texts"]
    assert len(raw["losses"]) == 3
    assert np.isfinite(raw["losses"] + cleaned["losses"]).all()
    assert [number["path"] for number in found["for_deal"]] == ["measurements.filter_gain_sigma"]
    assert not (tmp_path / "corpus.txt").exists()


def test_too_few_texts_or_seeds_are_refused(report: Report, tmp_path: Path) -> None:
    path = tmp_path / "sample.txt"
    path.write_text("one\ntwo\n", "utf-8")
    with pytest.raises(InputError):
        quality.run({"data": str(path)}, report)
    with pytest.raises(InputError):
        quality.run({"seeds": 1}, report)


def test_a_claim_is_held_against_the_interval_of_the_companys_sample_alone() -> None:
    def verdict(stated: float | None, gain: float, *, is_own_text: bool = False) -> str:
        found = (gain, gain - 1.7, gain + 1.7, 0.01)
        return quality._finding(found, stated, is_own_text=is_own_text).verdict

    assert verdict(3.0, 3.0) == "consistent"
    assert verdict(5.0, 3.0) == "stretched"
    assert verdict(9.0, 3.0) == "implausible"
    assert verdict(1.0, -3.0) == "implausible"
    assert verdict(1.0, 0.5) == "cannot tell"  # holds the claim and no gain
    assert verdict(None, 3.0) == verdict(None, -3.0) == "cannot tell"
    assert verdict(9.0, 3.0, is_own_text=True) == "cannot tell"
