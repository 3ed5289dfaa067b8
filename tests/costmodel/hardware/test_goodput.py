"""Failures, checkpoints and restarts take what published runs lost, and never more than all."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costmodel import facts
from costmodel.hardware import accelerators, goodput
from costmodel.hardware.goodput import (
    Reliability,
    first_order_share_kept,
    optimal_checkpoint_interval,
    reliability_facts,
    run_goodput,
    share_kept,
)
from costmodel.messages import InputError
from costmodel.uncertainty import Number, Percentiles

N = 20_000

hours = st.floats(1.0, 1e9)
checkpoint = st.floats(1e-3, 1e6)
pause = st.floats(0.0, 1e6)
clusters = st.integers(1, 10_000_000)
more = st.floats(1.0, 1e3)


def medians(generation: str = "hopper", /, **stated: float) -> Reliability:
    cited = {name: fact.range.mid for name, fact in reliability_facts(generation).items()}
    return Reliability.of({**cited, **stated})


def drawn(generation: str, /, **stated: float) -> Reliability:
    rng = np.random.default_rng(0)
    cited: dict[str, Number] = {
        name: fact.range.draw(rng, N) for name, fact in reliability_facts(generation).items()
    }
    return Reliability.of({**cited, **stated})


@given(hours, checkpoint, pause, clusters, more)
@settings(deadline=None)
def test_more_accelerators_never_raise_goodput(
    mtbf: float, cost: float, restart: float, n: int, factor: float
) -> None:
    run = medians(accelerator_hours_between_failures=mtbf, checkpoint_s=cost, restart_s=restart)
    few, many = run_goodput(n, run), run_goodput(n * factor, run)
    assert 0 <= many <= few * (1 + 1e-9)
    assert few <= 1 - run.other_losses


@given(hours, checkpoint, pause, clusters, more)
@settings(deadline=None)
def test_costlier_checkpoints_and_slower_restarts_never_raise_goodput(
    mtbf: float, cost: float, restart: float, n: int, factor: float
) -> None:
    stated = {"accelerator_hours_between_failures": mtbf}
    cheap = run_goodput(n, medians(checkpoint_s=cost, restart_s=restart, **stated))
    dearer = min(cost * factor, 1e6)
    dear = run_goodput(n, medians(checkpoint_s=dearer, restart_s=restart, **stated))
    slow = run_goodput(n, medians(checkpoint_s=cost, restart_s=1e6, **stated))
    assert dear <= cheap * (1 + 1e-9)
    assert slow <= cheap


@given(checkpoint, st.floats(10.0, 1e10), st.floats(0.01, 100.0))
@settings(deadline=None)
def test_no_other_interval_keeps_more(cost: float, mean: float, factor: float) -> None:
    run = {"checkpoint_s": cost, "restart_s": 0.0, "seconds_between_failures": mean}
    best = optimal_checkpoint_interval(checkpoint_s=cost, seconds_between_failures=mean)
    other = share_kept(interval_s=best * factor, **run)
    assert other <= share_kept(**run) * (1 + 1e-9)


def test_one_accelerator_loses_little_but_the_other_losses() -> None:
    run = medians()
    assert run_goodput(1, run) == pytest.approx(1 - run.other_losses, rel=2e-3)


@pytest.mark.parametrize(("checkpoint_s", "kept"), [(30, 0.900), (60, 0.869), (120, 0.826)])
def test_the_first_order_gives_the_textbook_shares(checkpoint_s: float, kept: float) -> None:
    """Young 1974 at 3.09 h between failures (Llama 3) and 300 s to restart."""
    run = {"checkpoint_s": checkpoint_s, "seconds_between_failures": 3.09 * 3600}
    interval = optimal_checkpoint_interval(rule="young", **run)
    first = first_order_share_kept(restart_s=300, interval_s=interval, **run)
    assert first == pytest.approx(kept, abs=5e-4)
    whole = share_kept(restart_s=300, interval_s=interval, **run)
    assert first <= whole <= first + (1 - first) ** 2


def test_the_rules_for_the_interval_agree_where_checkpoints_are_short() -> None:
    run = {"checkpoint_s": 1.0, "seconds_between_failures": 1e6}
    exact, young, saxena = (
        optimal_checkpoint_interval(rule=rule, **run) for rule in ("exact", "young", "saxena")
    )
    assert young == pytest.approx(exact, rel=2e-3)
    assert saxena == pytest.approx(exact, rel=2e-3)


def test_a_run_that_always_fails_keeps_nothing_and_does_not_overflow() -> None:
    run = medians(accelerator_hours_between_failures=1.0, restart_s=1e6)
    assert run_goodput(100_000_000, run) == 0


def test_draws_go_the_same_way_as_a_number() -> None:
    run = drawn("hopper")
    many = np.asarray(run_goodput(16_384, run))
    assert many.shape == (N,)
    one = run_goodput(
        16_384,
        Reliability(
            accelerator_hours_between_failures=np.asarray(run.accelerator_hours_between_failures)[
                7
            ],
            checkpoint_s=np.asarray(run.checkpoint_s)[7],
            restart_s=np.asarray(run.restart_s)[7],
            detection_s=np.asarray(run.detection_s)[7],
            other_losses=np.asarray(run.other_losses)[7],
        ),
    )
    assert isinstance(one, float)
    assert one == pytest.approx(many[7])


# --- published runs ---------------------------------------------------------------------------


def test_llama_3_trains_above_nine_tenths_of_its_time_by_its_failures_alone() -> None:
    """Checked, not tuned: Meta 2024, The Llama 3 Herd of Models, arXiv:2407.21783, section 3.3."""
    mtbf = facts.lookup("reliability", "Llama 3.1 405B", "accelerator_hours_between_failures")
    run = drawn("hopper", accelerator_hours_between_failures=mtbf.value, other_losses=0.0)
    kept = Percentiles.of(run_goodput(16_384, run))
    stated = facts.lookup("reliability", "Llama 3.1 405B", "effective_training_share").value
    assert kept.p05 < stated < kept.p50 < 0.95


@pytest.mark.parametrize(
    ("subject", "generation", "n"),
    [("Llama 3.1 405B", "hopper", 16_384), ("BLOOM-176B", "ampere", 384)],
)
def test_whole_runs_bill_what_was_published(subject: str, generation: str, n: int) -> None:
    """Tuned, by the other losses: Meta 2024 as above; Le Scao et al. 2022, arXiv:2211.05100."""
    published = facts.lookup("reliability", subject, "billed_over_step").value
    reached = Percentiles.of(1 / run_goodput(n, drawn(generation)))
    assert reached.p05 < published < reached.p95
    assert reached.p50 == pytest.approx(published, rel=0.04)


@pytest.mark.parametrize("generation", ["ampere", "hopper"])
def test_a_generation_spans_its_published_clusters(generation: str) -> None:
    of_generation = {
        "ampere": ("OPT-175B", "Meta RSC-1", "BLOOM-176B"),
        "hopper": ("Llama 3.1 405B",),
    }
    name = "accelerator_hours_between_failures"
    span = reliability_facts(generation)[name].range
    for subject in of_generation[generation]:
        assert span.low < facts.lookup("reliability", subject, name).value < span.high


def test_every_accelerator_has_figures_and_an_unpublished_one_the_widest() -> None:
    for chip in accelerators.names():
        assert reliability_facts(accelerators.find(chip).generation)
    name = "accelerator_hours_between_failures"
    wide = reliability_facts("volta")[name].range
    for generation in ("ampere", "hopper"):
        own = reliability_facts(generation)[name].range
        assert wide.low <= own.low < own.high <= wide.high


# --- what cannot be ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("accelerator_hours_between_failures", 0.0),
        ("accelerator_hours_between_failures", float("nan")),
        ("checkpoint_s", 0.0),
        ("checkpoint_s", 1e9),
        ("restart_s", -1.0),
        ("detection_s", float("inf")),
        ("other_losses", 1.0),
    ],
)
def test_what_cannot_be_is_refused_by_name(field: str, value: float) -> None:
    with pytest.raises(InputError) as caught:
        medians(**{field: value})
    assert caught.value.field == field


def test_less_than_one_accelerator_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        run_goodput(0, medians())
    assert caught.value.field == "n_accelerators"


def test_an_interval_that_cannot_be_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        run_goodput(8, medians(), interval_s=0.0)
    assert caught.value.field == "interval_s"


@pytest.mark.parametrize(
    ("subject", "generation", "n"),
    [("Llama 3.1 405B", "hopper", 16_384), ("BLOOM-176B", "ampere", 384)],
)
def test_the_spread_of_a_cluster_holds_the_published_run(
    subject: str, generation: str, n: int
) -> None:
    span = goodput.goodput(generation, n).range
    billed = facts.lookup("reliability", subject, "billed_over_step").value
    assert span.low < 1 / billed < span.high


def test_a_larger_cluster_keeps_less_of_its_time() -> None:
    kept = [goodput.goodput("hopper", n).range.mid for n in (8, 512, 4096, 65_536)]
    assert kept == sorted(kept, reverse=True)
    assert 0 < kept[-1] < kept[0] < 1


def test_a_generation_without_published_failures_takes_the_wide_range() -> None:
    found = goodput.goodput("tpu", 1024)
    assert any(fact.subject == "other" for fact in found.facts)
    assert found.range.low < found.range.high
