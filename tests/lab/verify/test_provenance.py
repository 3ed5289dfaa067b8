"""Kinship of weights: training that is kept, a start that is shared, and strangers."""

from pathlib import Path

import numpy as np
import pytest

from lab.verify import evidence, numbers, provenance
from lab.verify.folder import open_folder
from lab.verify.provenance import Provenance
from tests.lab.verify import made
from tests.lab.verify.made import Weights

BASE = made.trained(made.start(1), 10)


def traced(
    tmp_path: Path, one: Weights, base: Weights = BASE, *, tokens: bool = True
) -> Provenance:
    a = made.save(tmp_path / "one", one, tokens=tokens)
    b = made.save(tmp_path / "base", base, tokens=tokens)
    return provenance.trace(open_folder(a), open_folder(b))


def pruned(weights: Weights, share: float) -> Weights:
    return {
        name: np.where(np.abs(w) > np.quantile(np.abs(w), share), w, 0).astype(np.float32)
        if w.ndim == 2
        else w
        for name, w in weights.items()
    }


def rounded(weights: Weights, levels: int) -> Weights:
    return {
        name: (np.round(w / np.abs(w).max() * levels) / levels * np.abs(w).max()).astype(np.float32)
        for name, w in weights.items()
    }


def renumbered(weights: Weights, seed: int) -> Weights:
    """Hidden units and neurons in another order: the same function."""
    rng = np.random.default_rng(seed)
    order, neurons = rng.permutation(made.WIDTH), rng.permutation(160)
    found = {}
    for name, w in weights.items():
        writes = name.endswith(("o_proj.weight", "down_proj.weight"))
        moved = w[order] if writes else w[..., order]
        if name.endswith(("gate_proj.weight", "up_proj.weight")):
            moved = moved[neurons]
        if name.endswith("down_proj.weight"):
            moved = moved[:, neurons]
        found[name] = np.ascontiguousarray(moved)
    return found


@pytest.mark.parametrize(
    "one",
    [
        BASE,
        made.trained(BASE, 11, strength=0.3),
        made.trained(BASE, 12),
        pruned(BASE, 0.5),
        pruned(BASE, 0.8),
        rounded(BASE, 7),
        renumbered(BASE, 3),
        renumbered(made.trained(BASE, 13, strength=0.3), 4),
        {name: (w + made.trained(made.start(2), 20)[name]) / 2 for name, w in BASE.items()},
    ],
    ids=["copy", "tuned", "continued", "pruned 50", "pruned 80", "4 bit", "renumbered",
         "tuned and renumbered", "merged with a stranger"],
)  # fmt: skip
def test_what_comes_from_the_base_is_derived(tmp_path: Path, one: Weights) -> None:
    found = traced(tmp_path, one)
    assert found.verdict == "derived"
    assert found.score is not None
    assert found.score >= provenance.THRESHOLD


def test_a_shared_start_is_no_accusation(tmp_path: Path) -> None:
    found = traced(tmp_path, made.trained(made.start(1), 30))
    assert found.verdict == "cannot tell"
    assert found.score is not None
    assert 0.1 < found.score < provenance.THRESHOLD
    assert "same seed" in str(found.why)


def test_two_fresh_networks_of_one_seed_cannot_be_told(tmp_path: Path) -> None:
    found = traced(tmp_path, made.start(1), made.start(1))
    assert found.verdict == "cannot tell"
    assert "not trained long enough" in str(found.why) or "neither was trained" in str(found.why)


@pytest.mark.parametrize("seed", range(2, 10))
def test_strangers_are_independent(tmp_path: Path, seed: int) -> None:
    found = traced(tmp_path, made.trained(made.start(seed), 40 + seed))
    assert found.verdict == "independent"
    assert found.score is not None
    assert found.score < provenance.LEAST_COSINE


def test_without_shared_tokens_a_renumbering_is_said_to_be_unseen(tmp_path: Path) -> None:
    one = made.save(tmp_path / "one", renumbered(BASE, 3))
    base = made.save(tmp_path / "base", BASE)
    (one / "tokenizer.json").write_text('{"model": {"vocab": {"other": 0}}}')
    found = provenance.trace(open_folder(one), open_folder(base))
    assert found.verdict == "independent"
    assert "could not be looked at" in str(found.why)


def test_layers_left_out_are_found_beside_their_own(tmp_path: Path) -> None:
    """The second layer alone, as the first."""
    one = {
        name.replace("layers.1.", "layers.0."): w
        for name, w in BASE.items()
        if "layers.0." not in name
    }
    found = traced(tmp_path, one)
    assert found.verdict == "derived"
    assert any(e.name == "layers_moved" for e in found.evidence)


def test_a_merged_adapter_is_seen_by_its_rank(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    one = {
        name: (
            w
            + 0.3 * w.std() * (rng.normal(size=(w.shape[0], 2)) @ rng.normal(size=(2, w.shape[1])))
        ).astype(np.float32)
        if w.ndim == 2
        else w
        for name, w in BASE.items()
    }
    found = traced(tmp_path, one)
    assert found.verdict == "derived"
    assert any(e.name == "change_rank" for e in found.evidence)


def test_every_eight_bit_number_is_the_one_that_torch_reads() -> None:
    import torch

    for kind, name in (
        (torch.float8_e4m3fn, "F8_E4M3"),
        (torch.float8_e5m2, "F8_E5M2"),
        (torch.float8_e8m0fnu, "F8_E8M0"),
    ):
        theirs = torch.arange(256, dtype=torch.uint8).view(kind).float().numpy()
        assert np.array_equal(numbers._of_eight_bits(name), theirs, equal_nan=True)


def test_the_rate_of_errors_is_that_of_the_bench() -> None:
    measured = evidence.measured()
    assert measured["n_derived"] >= 40
    assert measured["n_accused_wrongly"] == 0
    assert measured["auc"] >= 0.98
    assert measured["most_score_of_shared_starts"] < provenance.THRESHOLD
