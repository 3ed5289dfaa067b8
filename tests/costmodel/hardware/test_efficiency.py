"""What a run will deliver: its best layout, and what published runs kept of theirs."""

import pytest

from costmodel.hardware import accelerators, efficiency, whole_runs
from costmodel.hardware.accelerators import Cluster
from costmodel.hardware.efficiency import confirmed_shares, layout_efficiency
from costmodel.uncertainty import Sample
from costmodel.workload import hf_config
from costmodel.workload.model_spec import SizeOnly, TrainingPlan
from costmodel.workload.typical import nearest_model
from tests.costmodel.workload.configs import LLAMA_3_8B, LLAMA_31_405B, MIXTRAL_8X7B


def plan(config: object = LLAMA_3_8B, precision: str = "bf16") -> TrainingPlan:
    return TrainingPlan(
        model=hf_config.read(config),  # type: ignore[arg-type]
        tokens=1e12,
        context_tokens=8192,
        precision=precision,  # type: ignore[arg-type]
    )


def cluster(chip: str = "H100 SXM 80GB", n: int = 512) -> Cluster:
    return Cluster(accelerator=accelerators.find(chip), n_accelerators=n)


def test_only_confirmed_runs_are_learnt_from() -> None:
    found = layout_efficiency(plan(), cluster())
    assert found is not None
    assert found.n_runs == len(confirmed_shares())
    assert found.n_runs >= 8


def test_a_run_does_not_judge_itself() -> None:
    all_, without = (
        layout_efficiency(plan(LLAMA_31_405B), cluster(n=16384), leave_out=out)
        for out in (None, "llama3.1-405b")
    )
    assert all_ is not None
    assert without is not None
    assert without.n_runs == all_.n_runs - 1
    assert without.best == all_.best


def test_the_range_is_the_best_layout_times_what_runs_kept() -> None:
    found = layout_efficiency(plan(), cluster())
    assert found is not None
    assert found.range.mid == pytest.approx(found.best * found.kept.mid)
    assert found.range.low < found.range.mid < found.range.high <= 1


def test_what_was_never_published_is_said_and_widens() -> None:
    h100 = layout_efficiency(plan(), cluster())
    b200 = layout_efficiency(plan(), cluster("B200 SXM"))
    assert h100 is not None
    assert b200 is not None
    assert not h100.beyond
    assert any("Blackwell" in str(message) for message in b200.beyond)
    assert b200.kept.low / b200.kept.mid < h100.kept.low / h100.kept.mid


@pytest.mark.parametrize(
    "case",
    [
        (plan(), "MI300X"),
        (plan(precision="fp32"), "H100 SXM 80GB"),
    ],
)
def test_what_nothing_calibrates_is_left_to_the_prior(case: tuple[TrainingPlan, str]) -> None:
    planned, chip = case
    assert layout_efficiency(planned, cluster(chip)) is None


def test_a_mixture_of_experts_lies_beyond_the_runs_and_is_wider_for_it() -> None:
    dense, experts = (layout_efficiency(plan(c), cluster()) for c in (LLAMA_3_8B, MIXTRAL_8X7B))
    assert dense is not None
    assert experts is not None
    assert any("mixture of experts" in str(message) for message in experts.beyond)

    def spread(sample: Sample) -> float:
        return max(sample.values) / min(sample.values)

    assert spread(experts.kept) > spread(dense.kept)


def test_no_run_outpaces_its_fastest_layout_by_more_than_the_error_of_a_step() -> None:
    found = layout_efficiency(plan(), cluster("B200 SXM", n=1))  # two things beyond
    assert found is not None
    assert len(found.beyond) >= 2
    assert max(found.kept.values) < 1.5


def test_mixtures_of_experts_are_predicted_and_not_learnt_from() -> None:
    published = {run.run_id: run for run in whole_runs.published()}
    for name in ("deepseek-v2", "deepseek-v3", "olmoe-1b-7b", "phi-3.5-moe"):
        assert efficiency.share_of_best(published[name]) is not None
        assert name not in confirmed_shares()


def test_a_size_alone_has_no_layout() -> None:
    size = TrainingPlan(
        model=SizeOnly(name="x", params=7e9, active_params=7e9), tokens=1e12, context_tokens=4096
    )
    assert layout_efficiency(size, cluster()) is None


def test_the_usual_batch_grows_with_size_and_cluster() -> None:
    small, large = hf_config.read(LLAMA_3_8B), hf_config.read(LLAMA_31_405B)
    middle = nearest_model(30e9)
    batches = [efficiency.usual_batch_tokens(spec, 64) for spec in (small, middle, large)]
    assert batches == sorted(set(batches))
    assert efficiency.usual_batch_tokens(large, 16384) == pytest.approx(16384 * 1024)
