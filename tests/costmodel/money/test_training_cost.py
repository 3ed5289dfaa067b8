"""The bill of a run adds up, moves the right way, and leaves nothing out silently."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costmodel.hardware import accelerators
from costmodel.hardware.accelerators import Cluster
from costmodel.messages import InputError
from costmodel.money import training_cost
from costmodel.money.training_cost import CostEstimate, CostInputs, estimate, inputs_for
from costmodel.uncertainty import Draws, Percentiles, Range
from costmodel.workload import hf_config
from costmodel.workload.model_spec import Precision, SizeOnly, TrainingPlan
from tests.costmodel.workload.configs import LLAMA_2_7B, LLAMA_3_8B, PUBLISHED

N = 4_000


def plan(
    tokens: float = 2e12, precision: Precision = "bf16", params: float | None = None
) -> TrainingPlan:
    model = (
        hf_config.read(LLAMA_3_8B)
        if params is None
        else SizeOnly(name="x", params=params, active_params=params)
    )
    return TrainingPlan(model=model, tokens=tokens, context_tokens=8192, precision=precision)


def cluster(chip: str = "H100 SXM 80GB", n: int = 1024) -> Cluster:
    return Cluster(accelerator=accelerators.find(chip), n_accelerators=n)


def known(value: float, kind: str = "fraction") -> Range:
    return Range(value, value, "fraction" if kind == "fraction" else "positive")


def drawn(inputs: CostInputs, seed: int = 0) -> CostEstimate:
    return estimate(inputs, inputs.draw(np.random.default_rng(seed), N))


def scalar(**stated: float) -> CostEstimate:
    """One number for everything that is stated, the median for the rest."""
    inputs = inputs_for(plan(), cluster())
    return estimate(inputs, {**inputs.medians(), **stated})


def test_the_bill_adds_up_in_every_world() -> None:
    bill = drawn(inputs_for(plan(), cluster()))
    assert set(bill.lines) == {"steps", "lost", "extras"}
    assert bill.usd is not None
    total = sum(np.asarray(line) for line in bill.lines.values())
    np.testing.assert_allclose(np.asarray(bill.usd), total)
    assert all(np.all(np.asarray(line) > 0) for line in bill.lines.values())


def test_the_bill_follows_from_its_hours() -> None:
    bill = scalar(efficiency=0.4, goodput=0.9, usd_per_gpu_hour=2.0, extras_share=0.1)
    hours = bill.flop.model / (bill.inputs.peak.value * 0.4 * 0.9) / 3600
    assert bill.gpu_hours == pytest.approx(hours)
    assert bill.wall_days == pytest.approx(hours / 1024 / 24)
    assert bill.usd == pytest.approx(hours * 2.0 * 1.1)
    assert bill.lines["steps"] == pytest.approx(hours * 0.9 * 2.0)
    assert bill.lines["lost"] == pytest.approx(hours * 0.1 * 2.0)
    assert bill.energy_kwh == pytest.approx(hours * bill.kw_per_accelerator)
    carbon = bill.values["carbon_kg_co2e_per_kwh"]
    assert bill.kg_co2e == pytest.approx(bill.energy_kwh * carbon)


def test_a_plain_number_goes_the_same_way_as_draws() -> None:
    inputs = inputs_for(plan(), cluster())
    bill = estimate(inputs, inputs.medians())
    for value in (bill.mfu, bill.gpu_hours, bill.wall_days, bill.usd, bill.energy_kwh):
        assert isinstance(value, float)
    middle = Percentiles.of(drawn(inputs).gpu_hours).p50
    assert bill.gpu_hours == pytest.approx(middle, rel=0.05)
    assert bill.usd == pytest.approx(_median_usd(drawn(inputs)), rel=0.15)


def _median_usd(bill: CostEstimate) -> float:
    assert bill.usd is not None
    return Percentiles.of(bill.usd).p50


def test_halving_mfu_doubles_gpu_hours_and_dollars() -> None:
    fast, slow = scalar(efficiency=0.4), scalar(efficiency=0.2)
    assert slow.gpu_hours == pytest.approx(2 * fast.gpu_hours)
    assert slow.usd == pytest.approx(2 * (fast.usd or 0))
    assert slow.mfu == pytest.approx(fast.mfu / 2)


def test_mfu_counts_six_n_d_as_published_figures_do() -> None:
    bill = scalar(efficiency=0.4)
    assert bill.mfu < 0.4
    assert bill.mfu == pytest.approx(0.4 * bill.flop.parameter / bill.flop.model)


@given(st.floats(1e6, 1e15), st.floats(1.0, 1e3))
@settings(deadline=None, max_examples=40)
def test_more_tokens_never_cost_less(tokens: float, factor: float) -> None:
    few = inputs_for(plan(tokens), cluster())
    many = inputs_for(plan(tokens * factor), cluster())
    values = few.medians()
    a, b = estimate(few, values), estimate(many, values)
    for less, more in ((a.usd, b.usd), (a.gpu_hours, b.gpu_hours), (a.kg_co2e, b.kg_co2e)):
        assert less is not None
        assert more is not None
        assert less <= more * (1 + 1e-12)


@pytest.mark.parametrize("params", [1e8, 1e10, 1e12])
def test_a_larger_model_never_costs_less(params: float) -> None:
    small = inputs_for(plan(params=params), cluster())
    large = inputs_for(plan(params=params * 1.5), cluster())
    bill, more = (estimate(i, small.medians()) for i in (small, large))
    assert bill.gpu_hours < more.gpu_hours


def test_a_faster_chip_at_the_same_price_and_efficiency_never_costs_more() -> None:
    stated = {"efficiency": known(0.4), "usd_per_gpu_hour": known(2.0, "positive")}
    bills = {}
    for name in ("A100 80GB SXM", "H100 SXM 80GB", "B200 SXM"):
        inputs = inputs_for(plan(), cluster(name), given=stated)
        bills[inputs.peak.value] = estimate(inputs, inputs.medians()).usd or 0
    by_speed = [usd for _, usd in sorted(bills.items())]
    assert by_speed == sorted(by_speed, reverse=True)


def test_more_accelerators_take_fewer_days_at_the_price_of_more_hours() -> None:
    """A larger cluster waits longer for its slowest and hides less of its traffic."""
    one, two = (drawn(inputs_for(plan(), cluster(n=n))) for n in (512, 1024))
    assert (np.asarray(two.wall_days) < np.asarray(one.wall_days)).all()
    assert (np.asarray(two.gpu_hours) >= np.asarray(one.gpu_hours)).all()


def test_at_one_efficiency_twice_the_accelerators_take_half_the_days() -> None:
    given = {"efficiency": known(0.4), "goodput": known(0.9)}
    one, two = (drawn(inputs_for(plan(), cluster(n=n), given=given)) for n in (512, 1024))
    np.testing.assert_allclose(np.asarray(one.wall_days), 2 * np.asarray(two.wall_days))
    np.testing.assert_allclose(np.asarray(one.gpu_hours), np.asarray(two.gpu_hours))


def test_one_seed_gives_one_bill() -> None:
    inputs = inputs_for(plan(), cluster())
    assert np.array_equal(drawn(inputs, 5).gpu_hours, drawn(inputs, 5).gpu_hours)
    assert not np.array_equal(drawn(inputs, 5).gpu_hours, drawn(inputs, 6).gpu_hours)


def test_without_a_price_there_are_no_dollars_and_a_word_about_it() -> None:
    inputs = inputs_for(plan(), cluster("A800 80GB SXM"))
    bill = drawn(inputs)
    assert bill.usd is None
    assert bill.lines == {}
    assert any("No rental price of A800" in str(w) for w in inputs.warnings)
    stated = inputs_for(
        plan(), cluster("A800 80GB SXM"), given={"usd_per_gpu_hour": Range(1.0, 2.0)}
    )
    assert drawn(stated).usd is not None
    assert not any("rental price" in str(w) for w in stated.warnings)


@pytest.mark.parametrize("name", training_cost.OVERRIDABLE)
def test_what_is_stated_takes_the_place_of_what_is_cited(name: str) -> None:
    value = 1.2 if name == "pue" else 0.5
    kind = "fraction" if name not in ("pue", "usd_per_gpu_hour") else "positive"
    inputs = inputs_for(plan(), cluster(), given={name: known(value, kind)})
    (assumption,) = [a for a in inputs.assumptions if a.name == name]
    assert assumption.origin is None
    assert assumption.range.mid == value
    assert set(np.asarray(drawn(inputs).values[name])) == {value}
    cited = [a for a in inputs.assumptions if a.name != name]
    assert all(a.origin is not None for a in cited)


def test_stated_goodput_reaches_the_hours() -> None:
    full = inputs_for(plan(), cluster(), given={"goodput": known(1.0)})
    half = inputs_for(plan(), cluster(), given={"goodput": known(0.5)})
    values = full.medians()
    hours = [estimate(i, {**values, "goodput": g}).gpu_hours for i, g in ((full, 1.0), (half, 0.5))]
    assert hours[1] == pytest.approx(2 * hours[0])


@pytest.mark.parametrize(
    ("name", "span"),
    [
        ("pue", Range(0.5, 0.5)),  # a site cannot use less than its servers
        ("pue", Range(1.2, 120.0)),
        ("usd_per_gpu_hour", Range(1e300, 1e300)),
        ("usd_per_gpu_hour", Range(1e-300, 1.0)),
        ("efficiency", Range(1e-300, 0.5, "fraction")),
        ("goodput", Range(1e-9, 0.5, "fraction")),
        ("carbon_kg_co2e_per_kwh", Range(0.5, 500.0)),
    ],
)
def test_what_no_site_and_no_market_shows_is_refused(name: str, span: Range) -> None:
    with pytest.raises(InputError) as caught:
        inputs_for(plan(), cluster(), given={name: span})
    assert caught.value.field == name


# --- number formats ---------------------------------------------------------------------------


def hours(
    precision: Precision, chip: str = "H100 SXM 80GB", params: float | None = None
) -> Percentiles:
    planned = plan(precision=precision, params=params)
    return Percentiles.of(drawn(inputs_for(planned, cluster(chip))).gpu_hours)


def test_fp8_helps_but_does_not_halve() -> None:
    """Peng et al. 2023 (FP8-LM, arXiv:2310.18313) and others: tens of percent, not two times."""
    fp8, bf16 = hours("fp8"), hours("bf16")
    assert bf16.p50 / 2 < fp8.p50 < bf16.p50


def test_wider_formats_slow_down_by_their_peak() -> None:
    """Step times are published at 16 bit and below: wider formats stand on the prior."""
    bf16, tf32, fp32 = (hours(p, params=7e9) for p in ("bf16", "tf32", "fp32"))
    chip = accelerators.find("H100 SXM 80GB")
    ratio = chip.peak("bf16").value / chip.peak("fp32").value
    assert fp32.p50 / bf16.p50 == pytest.approx(ratio)
    assert bf16.p50 < tf32.p50 < fp32.p50


def test_fp16_counts_as_bf16_where_both_run_alike() -> None:
    assert hours("fp16").p50 == pytest.approx(hours("bf16").p50)


def test_a_format_that_the_chip_does_not_have_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        inputs_for(plan(precision="fp8"), cluster("A100 80GB SXM"))
    assert caught.value.field == "precision"
    assert "A100 80GB SXM" in str(caught.value)


def test_fp4_is_said_to_stand_on_fp8() -> None:
    sizes = plan(params=70e9, precision="fp4")
    inputs = inputs_for(sizes, cluster("B200 SXM"))
    assert any("FP4" in str(w) and "FP8" in str(w) for w in inputs.warnings)


def test_no_efficiency_passes_what_the_format_can_do() -> None:
    """FP32 peaks at 7 % of an H100's 16-bit peak: 40 % of that peak cannot be reached in it."""
    with pytest.raises(InputError) as caught:
        inputs_for(plan(precision="fp32"), cluster(), given={"efficiency": known(0.4)})
    assert caught.value.field == "efficiency"


# --- what is not known -------------------------------------------------------------------


def said(inputs: CostInputs) -> str:
    return " ".join(map(str, inputs.warnings))


def test_what_is_not_known_is_said() -> None:
    assert "Only the size is known" in said(inputs_for(plan(params=7e9), cluster()))
    assert "No region is given" in said(inputs_for(plan(), cluster()))
    assert "No region is given" not in said(inputs_for(plan(), cluster(), region="France"))
    assert "other generations" in said(inputs_for(plan(params=7e9), cluster("B200 SXM")))
    assert "Blackwell" in said(inputs_for(plan(), cluster("B200 SXM")))


def test_a_model_that_fits_in_no_layout_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        inputs_for(
            plan(), Cluster(accelerator=accelerators.find("A100 40GB SXM"), n_accelerators=2)
        )
    assert caught.value.field == "n_accelerators"


def test_naming_the_region_narrows_the_carbon() -> None:
    def spread(region: str | None) -> float:
        kg = Percentiles.of(drawn(inputs_for(plan(), cluster(), region=region)).kg_co2e)
        return kg.p95 / kg.p05

    assert spread("France") < spread(None)
    with pytest.raises(InputError):
        inputs_for(plan(), cluster(), region="Atlantis")


def test_a_run_left_out_does_not_judge_itself() -> None:
    hopper = cluster("H100 SXM 80GB")
    all_in = inputs_for(plan(), hopper).assumptions[0]
    without = inputs_for(plan(), hopper, leave_out="llama3.1-405b").assumptions[0]
    assert all_in.range != without.range


def test_an_encoder_decoder_takes_the_cited_share_of_its_decoder() -> None:
    t5 = TrainingPlan(model=hf_config.read(PUBLISHED["T5 11B"]), tokens=1e12, context_tokens=512)
    chosen = inputs_for(t5, cluster())
    share = chosen.plan.decoder_token_share
    assert share is not None
    assert 0 < share < 0.5
    stated = inputs_for(replace(t5, decoder_token_share=0.4), cluster())
    assert stated.plan.decoder_token_share == 0.4


def hours_on_the_usual_cluster(planned: TrainingPlan) -> float:
    chosen = training_cost.usual_cluster(planned, accelerators.find("H100 SXM 80GB"))
    assert chosen.n_accelerators & (chosen.n_accelerators - 1) == 0
    inputs = inputs_for(planned, chosen)
    found = estimate(inputs, inputs.medians())
    assert float(found.wall_days) <= 90
    return float(found.gpu_hours)


@pytest.mark.parametrize("name", ["Llama-2 70B", "Mixtral 8x7B"])
def test_without_a_cluster_more_tokens_never_take_fewer_hours(name: str) -> None:
    model = hf_config.read(PUBLISHED[name])
    hours = [
        hours_on_the_usual_cluster(replace(plan(tokens=tokens), model=model))
        for tokens in np.geomspace(2e10, 2e13, 13)
    ]
    assert hours == sorted(hours)


# --- published bills -------------------------------------------------------------------------


def within(value: float, outcome: Draws | float) -> bool:
    reached = Percentiles.of(outcome)
    return reached.p05 <= value <= reached.p95


def test_llama_2_7b_took_its_published_hours() -> None:
    """184,320 A100-80GB hours for 2T tokens: Touvron et al. 2023, arXiv:2307.09288, table 2."""
    run = TrainingPlan(
        model=hf_config.read(LLAMA_2_7B), tokens=2e12, context_tokens=4096, precision="bf16"
    )
    inputs = inputs_for(run, cluster("A100 80GB SXM"), leave_out="llama2-7b")
    assert within(184_320, drawn(inputs).gpu_hours)
