"""What pruning and number formats do to a model's file, outputs and claims."""

import copy
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from costmodel.messages import InputError
from lab import config as configs
from lab import runs
from lab.experiments import compression, compression_findings, pruning, variants
from lab.experiments.outcome import Outcome, verdict_of
from lab.experiments.registry import EXPERIMENTS
from lab.jobs import StoppedError
from lab.models.bert import Bert, hf_config
from lab.models.pictures import Dense
from tests.lab.experiments.reports import reporting


def dense(width: int = 32) -> Dense:
    torch.manual_seed(0)
    return Dense(n_inputs=64, n_classes=10, width=width, n_layers=2, act="relu", dropout=0.0)


def bert() -> Bert:
    torch.manual_seed(0)
    config = configs.make("bert-sentiment", {"d_model": 32, "n_heads": 4, "n_layers": 2})
    hf = hf_config(config, vocab_size=50, labels=["a", "b"])
    return Bert(hf, dropout=0.0, checkpointing=False).eval()


def ids() -> tuple[torch.Tensor, torch.Tensor]:
    drawn = torch.randint(0, 50, (3, 12), generator=torch.Generator().manual_seed(1))
    mask = torch.ones_like(drawn, dtype=torch.bool)
    mask[1, 8:] = False
    return drawn, mask


@pytest.mark.parametrize("share", [0.3, 0.9])
def test_zeros_do_not_shrink_the_file(share: float) -> None:
    model = dense()
    zeroed = pruning.unstructured(model, share)
    matrices = [m.weight for m in zeroed.modules() if isinstance(m, nn.Linear)]
    zeros = sum(int((w == 0).sum()) for w in matrices) / sum(w.numel() for w in matrices)
    assert zeros == pytest.approx(share, abs=0.01)
    assert len(variants.saved(zeroed)) == pytest.approx(len(variants.saved(model)), rel=0.01)
    assert variants.packed_bytes(variants.saved(zeroed)) < variants.packed_bytes(
        variants.saved(model)
    )


def test_pruning_takes_the_smallest_weights_and_leaves_the_model_alone() -> None:
    model = dense()
    before = copy.deepcopy(model.state_dict())
    zeroed = pruning.unstructured(model, 0.5)
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name])
    taken, kept = [], []
    for mine, own in zip(zeroed.modules(), model.modules(), strict=True):
        if isinstance(mine, nn.Linear) and isinstance(own, nn.Linear):
            taken.append(own.weight[mine.weight == 0].abs())
            kept.append(own.weight[mine.weight != 0].abs())
    assert torch.cat(taken).max() <= torch.cat(kept).min()


def test_zeros_stay_zeros_through_fine_tuning() -> None:
    zeroed = pruning.unstructured(dense(), 0.7)
    put_back = pruning.zeros_kept(zeroed)
    n_before = variants.weights_taken(zeroed)
    with torch.no_grad():
        for parameter in zeroed.parameters():
            parameter.add_(0.01)
    put_back()
    biases = sum(p.numel() for p in zeroed.parameters() if p.dim() == 1)
    assert variants.weights_taken(zeroed) <= n_before + biases


def test_units_without_weight_are_taken_out_without_a_trace() -> None:
    """What is kept computes what it did: only dead units go, so the outputs are the same."""
    model = dense()
    linears = [m for m in model if isinstance(m, nn.Linear)]
    with torch.no_grad():
        for first, second in ((linears[0], linears[1]), (linears[1], linears[2])):
            first.weight[::2] = 0
            first.bias[::2] = 0
            second.weight[:, ::2] *= 1e-3
    smaller = pruning.structured(model, 0.5)
    assert smaller is not None
    shown = torch.randn(5, 1, 8, 8)
    torch.testing.assert_close(smaller(shown), model(shown), atol=1e-5, rtol=1e-5)
    assert len(variants.saved(smaller)) < 0.6 * len(variants.saved(model))


def test_heads_and_units_of_an_encoder_are_taken_out_without_a_trace() -> None:
    model = bert()
    with torch.no_grad():
        for layer in model.bert.encoder.layer:
            own: Any = layer.attention.get_submodule("self")
            own.value.weight[:16] = 0
            own.value.bias[:16] = 0
            layer.intermediate.dense.weight[:64] = 0
            layer.intermediate.dense.bias[:64] = 0
    smaller = pruning.structured(model, 0.5)
    assert smaller is not None
    torch.testing.assert_close(smaller(*ids()), model(*ids()), atol=1e-5, rtol=1e-5)
    assert smaller.bert.encoder.layer[0].n_heads == 2  # type: ignore[union-attr,index]


def test_at_least_one_unit_and_head_stay() -> None:
    smaller = pruning.structured(bert(), 0.95)
    assert smaller is not None
    assert smaller(*ids()).shape == (3, 2)


def test_number_formats_shrink_the_file_and_keep_the_outputs_near() -> None:
    model = dense(128).eval()
    shown = torch.randn(16, 1, 8, 8)
    full = len(variants.saved(model))
    with torch.no_grad():
        wanted = model(shown)
        for made, least in ((variants.int8(model), 3.0), (variants.HalfPrecision(model), 1.8)):
            assert full / len(variants.saved(made)) > least
            torch.testing.assert_close(made(shown), wanted, atol=0.05, rtol=0.05)


def test_a_claim_is_judged_by_the_interval() -> None:
    assert verdict_of(4.0, 0.95, 1.05, better="more") == "implausible"
    assert verdict_of(1.2, 0.95, 1.05, better="more") == "stretched"
    assert verdict_of(1.0, 0.95, 1.05, better="more") == "consistent"
    assert verdict_of(0.5, 0.95, 1.05, better="more") == "consistent"
    assert verdict_of(None, 0.95, 1.05, better="more") == "cannot tell"
    assert verdict_of(4.0, 0.8, 4.5, better="more") == "cannot tell"  # holds no gain as well
    assert verdict_of(4.0, 1.2, 4.5, better="more") == "consistent"
    assert verdict_of(0.9, 0.6, 0.95, better="more", no_gain=0.5) == "consistent"
    assert verdict_of(0.9, 0.4, 0.95, better="more", no_gain=0.5) == "cannot tell"
    assert verdict_of(0.01, 0.05, 0.08, better="less") == "stretched"
    assert verdict_of(0.045, 0.05, 0.08, better="less") == "stretched"
    assert verdict_of(0.2, 0.05, 0.08, better="less") == "consistent"
    assert verdict_of(0.0, -0.01, 0.01, better="less") == "consistent"


SHORT: dict[str, Any] = {
    "workload": "mlp",
    "steps": 60,
    "fine_tune_steps": 10,
    "rounds": 9,
    "unstructured": [0.9],
    "structured": [0.5],
    "claimed_speedup": 4.0,
    "claimed_size": 4.0,
}


def test_a_claimed_speedup_by_zeros_is_found_not_to_be_there() -> None:
    options = EXPERIMENTS["compression"].read(SHORT)
    with reporting("compression") as report:
        result = compression.run(options, report)
    rows = {row["id"]: row for row in result["rows"]}
    assert rows["fp32"]["accuracy_change"]["value"] == 0
    assert rows["unstructured-0.9"]["size_ratio"] == pytest.approx(1, abs=0.01)
    assert rows["structured-0.5"]["size_ratio"] > 2
    assert {row["tuned"] for row in result["rows"]} == {True, False}
    found = {one["claim"]: one for one in result["findings"]}
    assert found["unstructured_speedup"]["verdict"] == "implausible"
    assert found["unstructured_size"]["verdict"] == "implausible"
    assert found["int8_speedup"]["verdict"] == "cannot tell"
    assert result["baseline"]["accuracy"] > 0.5


def test_a_stopped_job_keeps_its_rows() -> None:
    import json

    options = EXPERIMENTS["compression"].read(SHORT)
    with reporting("compression") as report:
        say = report.say

        def stop_late(doing: Any, done: float | None = None) -> None:
            say(doing, done)
            if done is not None and done > 0.6:
                raise StoppedError

        report.say = stop_late  # type: ignore[method-assign]
        with pytest.raises(StoppedError):
            compression.run(options, report)
        kept = json.loads((report.folder / "result.json").read_text("utf-8"))
    assert 3 <= len(kept["rows"]) < 7
    assert kept["findings"] == []


def test_a_run_that_trained_no_classifier_is_refused() -> None:
    folder = runs.create(configs.make("gan", {"steps": 1}))
    options = EXPERIMENTS["compression"].read({"run": folder.name})
    with reporting("compression") as report, pytest.raises(InputError) as refused:
        compression.run(options, report)
    assert refused.value.field == "run"


@pytest.mark.parametrize(
    ("kind", "low", "middle", "high", "verdict", "said"),
    [
        ("unstructured", 3.8, 4.2, 4.4, "consistent", "was reached here"),
        ("unstructured", 1.5, 3.0, 4.4, "consistent", "is within what was measured"),
        ("unstructured", 0.4, 1.0, 4.4, "cannot tell", "both the claim and no gain at all"),
        ("unstructured", 0.4, 4.2, 9.0, "cannot tell", "both the claim and no gain at all"),
        ("unstructured", 0.9, 1.0, 1.1, "implausible", "is not there"),
        ("unstructured", 1.01, 1.02, 1.03, "implausible", "is not there"),
        # a CPU without kernels for a number format accuses nobody who has them
        ("bf16", 0.3, 0.4, 0.5, "cannot tell", "is not judged from here"),
        # nor what was taken out here who takes out more
        ("structured", 1.8, 1.9, 2.0, "cannot tell", "is not judged from here"),
        ("structured", 3.8, 4.2, 4.4, "consistent", "was reached here"),
        ("int8", 3.8, 4.2, 4.4, "consistent", "was reached here"),
    ],
)
def test_a_noisy_clock_shows_no_claim(
    kind: str, low: float, middle: float, high: float, verdict: str, said: str
) -> None:
    """What an interval does not tell apart is not said to have been reached."""
    speed = {"value": middle, "low": low, "high": high}
    change = {"value": 0.0, "low": 0.0, "high": 0.0}
    row = {"kind_of": kind, "size_ratio": 1.0, "accuracy_change": change}
    with reporting("compression") as report:
        options = EXPERIMENTS["compression"].read({"claimed_by": kind, "claimed_speedup": 4.0})
        outcome = Outcome("compression", options, report)
        outcome.row(kind, **row, speedup_1=speed, speedup_32=speed)
        compression_findings.conclude(outcome, options)
    found = outcome.findings[0]
    assert found.verdict == verdict
    assert said in str(found.why)
    assert bool(outcome.levers) == (low > 1.05)


class HeldUp(nn.Module):
    """A model of a millisecond whose every third call another program holds up for seven more;
    it is its own clock.
    """

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0
        self.now_s = 0.0

    def forward(self, shown: Tensor) -> Tensor:
        self.calls += 1
        self.now_s += 0.008 if self.calls % 3 == 0 else 0.001
        return shown

    def perf_counter(self) -> float:
        return self.now_s


def test_a_call_that_is_held_up_makes_no_model_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    model = HeldUp()
    monkeypatch.setattr(variants, "time", model)
    shown = {1: (torch.zeros(1),)}
    taken = variants.timed({"fp32": model}, shown, rounds=5, seed=0, between=lambda place: None)
    assert taken["fp32", 1] == pytest.approx(np.full(5, 0.001))


def test_ratios_are_within_rounds() -> None:
    """A machine that slows down half-way slows all variants alike."""
    models = {"fp32": dense().eval(), "same": dense().eval()}
    taken = variants.timed(
        models, {1: (torch.randn(1, 1, 8, 8),)}, rounds=6, seed=0, between=lambda place: None
    )
    assert all(len(values) == 6 for values in taken.values())
    assert np.median(taken["fp32", 1] / taken["same", 1]) == pytest.approx(1, rel=0.5)
