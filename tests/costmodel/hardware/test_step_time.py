"""A step takes at least its roofline, moves the right way, and adds up."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costmodel.hardware import accelerators, step_numbers, step_time
from costmodel.hardware.constants import constants_for, fitted, kind_of
from costmodel.hardware.layout import Layout
from costmodel.hardware.step_time import StepTime
from costmodel.messages import InputError
from costmodel.workload import hf_config
from costmodel.workload.model_spec import Experts, ModelSpec, Precision
from costmodel.workload.typical import typical_models
from tests.costmodel.workload.configs import LLAMA_3_8B

SPEC = hf_config.read(LLAMA_3_8B)
CHIPS = ("A100 80GB SXM", "H100 SXM 80GB", "B200 SXM")


def took(
    layout: Layout,
    spec: ModelSpec = SPEC,
    *,
    chip: str = "H100 SXM 80GB",
    precision: Precision = "bf16",
    n: int = 64,
    batch: int = 512,
    context: int = 4096,
) -> StepTime:
    accelerator = accelerators.find(chip)
    return step_time.step_time(
        step_numbers.model_numbers(spec, context),
        step_numbers.chip_numbers(accelerator, precision),
        step_numbers.layout_numbers(
            layout, precision, n_accelerators=n, global_batch_sequences=batch
        ),
        constants_for(kind_of(accelerator, precision, layout), fitted().values),
    )


@settings(deadline=None, max_examples=60)
@given(
    chip=st.sampled_from(CHIPS),
    model=st.sampled_from(typical_models()),
    tensor=st.sampled_from([1, 2, 4, 8]),
    pipeline=st.sampled_from([1, 2, 4, 8]),
    micro=st.sampled_from([1, 2, 4]),
    recompute=st.sampled_from(["none", "selective", "full"]),
    sharding=st.sampled_from(["none", "zero1", "zero3"]),
    flash=st.booleans(),
)
def test_no_layout_beats_its_roofline(
    chip: str,
    model: ModelSpec,
    tensor: int,
    pipeline: int,
    micro: int,
    recompute: str,
    sharding: str,
    flash: bool,
) -> None:
    layout = Layout(
        tensor=tensor,
        pipeline=pipeline,
        micro_batch=micro,
        recompute=recompute,  # type: ignore[arg-type]
        sharding=sharding,  # type: ignore[arg-type]
        flash_attention=flash,
    )
    step = took(layout, model, chip=chip, n=512, batch=4096)
    assert float(step.total_s) > float(step.ideal_s) > 0


def test_the_parts_add_up_and_none_is_negative() -> None:
    step = took(Layout(tensor=2, pipeline=4, interleave=2, micro_batch=2))
    parts = [float(getattr(step, f.name)) for f in fields(step) if f.name != "ideal_s"]
    assert sum(parts) == pytest.approx(float(step.total_s))
    assert min(parts) >= 0


def test_recomputation_costs_time() -> None:
    none, selective, full = (
        float(took(Layout(recompute=r)).total_s) for r in ("none", "selective", "full")
    )
    assert none < selective < full < 1.5 * none


def test_interleaving_shrinks_the_bubble_and_more_micro_batches_do_too() -> None:
    plain, chunked = (took(Layout(pipeline=8, interleave=v), batch=64) for v in (1, 4))
    assert float(chunked.bubble_s) < float(plain.bubble_s)
    few, many = (took(Layout(pipeline=8), batch=b) for b in (64, 512))
    share_few = float(few.bubble_s) / float(few.total_s)
    assert float(many.bubble_s) / float(many.total_s) < share_few


def test_the_bubble_is_stages_less_one_over_micro_batches() -> None:
    """Narayanan et al. 2021, section 2.2: (p - 1) / m of the ideal pipeline time."""
    step = took(Layout(pipeline=8), n=64, batch=256)
    per_micro_batch = float(step.matmul_s + step.attention_s + step.memory_s + step.launch_s) / 32
    assert float(step.bubble_s) == pytest.approx(7 * per_micro_batch, rel=0.1)
    assert float(step.bubble_s) >= 7 * per_micro_batch


def test_a_faster_chip_never_takes_longer() -> None:
    a100, h100, b200 = (float(took(Layout(), chip=chip).total_s) for chip in CHIPS)
    assert a100 > h100 > b200


def test_a_narrower_format_is_faster_but_by_less_than_its_peak() -> None:
    bf16, fp8 = (float(took(Layout(), precision=p).total_s) for p in ("bf16", "fp8"))
    assert 1.2 < bf16 / fp8 < 2


def test_plain_attention_is_slower_and_more_so_on_longer_contexts() -> None:
    def ratio(context: int) -> float:
        fused, plain = (
            float(took(Layout(flash_attention=f), chip="A100 80GB SXM", context=context).total_s)
            for f in (True, False)
        )
        return plain / fused

    assert 1 < ratio(2048) < ratio(16384)


def test_twice_the_batch_takes_less_than_twice_the_step() -> None:
    one, two = (float(took(Layout(pipeline=4), batch=b).total_s) for b in (256, 512))
    assert one < two < 2 * one


def test_one_layout_alone_and_among_many_takes_as_long() -> None:
    layouts = [Layout(), Layout(tensor=4), Layout(pipeline=4), Layout(sharding="zero3")]
    chip = accelerators.find("H100 SXM 80GB")
    numbers = [
        step_numbers.layout_numbers(y, "bf16", n_accelerators=64, global_batch_sequences=512)
        for y in layouts
    ]
    kinds = [kind_of(chip, "bf16", y) for y in layouts]
    together = step_time.step_time(
        step_numbers.model_numbers(SPEC, 4096),
        step_numbers.chip_numbers(chip, "bf16"),
        step_numbers.stack(numbers),
        step_numbers.stack([constants_for(k, fitted().values) for k in kinds]),
    )
    alone = [float(took(y).total_s) for y in layouts]
    np.testing.assert_allclose(np.asarray(together.total_s), alone)


def test_draws_of_the_constants_give_draws_of_the_step() -> None:
    chip, layout = accelerators.find("H100 SXM 80GB"), Layout(tensor=2)
    found = fitted()
    rng = np.random.default_rng(0)
    logs = rng.multivariate_normal(found.log_values, found.covariance, size=500)
    values = dict(zip(found.names, np.exp(logs).T, strict=True))
    step = step_time.step_time(
        step_numbers.model_numbers(SPEC, 4096),
        step_numbers.chip_numbers(chip, "bf16"),
        step_numbers.layout_numbers(layout, "bf16", n_accelerators=64, global_batch_sequences=512),
        constants_for(kind_of(chip, "bf16", layout), values),
    )
    total = np.asarray(step.total_s)
    assert total.shape == (500,)
    assert np.median(total) == pytest.approx(float(took(layout).total_s), rel=0.03)
    assert 0.001 < np.std(np.log(total)) < 0.2


MOE = replace(SPEC, experts=Experts(n_experts=64, n_active=4, d_ff=1024, n_layers=32))


def test_experts_across_domains_send_more_than_within_one() -> None:
    """Sixteen ranks cross the network of eight-accelerator servers; eight do not."""
    within, across = (
        float(took(Layout(expert=e), MOE, n=64, batch=512).communication_s) for e in (8, 16)
    )
    assert across > within


def test_copies_that_are_not_merged_take_the_network_longer() -> None:
    merged, straight = (
        float(took(Layout(expert=32, merged_dispatch=m), MOE, n=64, batch=512).communication_s)
        for m in (True, False)
    )
    assert straight > merged


def test_ranks_that_share_a_cut_expert_send_more() -> None:
    whole = took(Layout(tensor=2, expert=4), MOE, n=64, batch=512)
    cut = took(Layout(tensor=2, expert=4, expert_tensor=2), MOE, n=64, batch=512)
    assert float(cut.communication_s) > float(whole.communication_s)


def test_visiting_more_experts_takes_longer() -> None:
    assert MOE.experts is not None
    more = replace(MOE, experts=replace(MOE.experts, n_active=8))
    assert float(took(Layout(), more).total_s) > float(took(Layout(), MOE).total_s)


def test_an_encoder_decoder_is_refused_in_words() -> None:
    spec = replace(SPEC, kind="encoder-decoder", n_decoder_layers=32)
    with pytest.raises(InputError, match="encoder-decoder"):
        step_numbers.model_numbers(spec, 512)


def test_a_generation_without_rows_is_refused_in_words() -> None:
    with pytest.raises(InputError, match="MI300X") as caught:
        kind_of(accelerators.find("MI300X"), "bf16", Layout())
    assert caught.value.field == "chip"


def test_a_format_without_rows_is_refused_in_words() -> None:
    chip = accelerators.find("H100 SXM 80GB")
    kind = replace(kind_of(chip, "fp8", Layout()), precision="mxfp8")
    with pytest.raises(InputError, match="MXFP8"):
        constants_for(kind, fitted().values)
