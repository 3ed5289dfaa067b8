"""Bytes add up, follow the published counts, and the layouts that ran are found to fit."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costmodel.hardware import accelerators, layout_search, measurements, memory, step_numbers
from costmodel.hardware.accelerators import Cluster
from costmodel.hardware.layout import Layout
from costmodel.hardware.memory import MemoryUse
from costmodel.messages import InputError
from costmodel.workload import hf_config
from costmodel.workload.flops import total_params
from costmodel.workload.model_spec import ModelSpec
from costmodel.workload.typical import nearest_model
from tests.costmodel.workload.configs import LLAMA_3_8B

SPEC = hf_config.read(LLAMA_3_8B)
#: Korthikanti et al. 2022, table 3: the 22B model.
GPT_22B = ModelSpec(
    name="GPT 22B",
    n_layers=48,
    d_model=6144,
    n_heads=64,
    n_kv_heads=64,
    d_head=96,
    d_ff=24576,
    vocab_size=51200,
    gated_mlp=False,
    tied_embeddings=True,
)


def used(layout: Layout, spec: ModelSpec = SPEC, *, n: int = 64, batch: int = 512) -> MemoryUse:
    y = step_numbers.layout_numbers(layout, "bf16", n_accelerators=n, global_batch_sequences=batch)
    return memory.memory_use(memory.memory_numbers(spec, 2048), y)


@settings(deadline=None, max_examples=60)
@given(
    tensor=st.sampled_from([1, 2, 4, 8]),
    pipeline=st.sampled_from([1, 2, 4]),
    sharding=st.sampled_from(["none", "zero1", "zero3"]),
    recompute=st.sampled_from(["none", "selective", "full"]),
    flash=st.booleans(),
)
def test_the_parts_add_up_to_the_total(
    tensor: int, pipeline: int, sharding: str, recompute: str, flash: bool
) -> None:
    use = used(
        Layout(
            tensor=tensor,
            pipeline=pipeline,
            sharding=sharding,  # type: ignore[arg-type]
            recompute=recompute,  # type: ignore[arg-type]
            flash_attention=flash,
        )
    )
    parts = [float(getattr(use, f.name)) for f in fields(use)]
    assert sum(parts) == pytest.approx(float(use.total_bytes))
    assert min(parts) >= 0


def test_a_gpt_layer_keeps_34_bytes_a_token_and_unit_and_the_square_beside() -> None:
    """Korthikanti et al. 2022, equation 1: ``s b h (34 + 5 a s / h)`` bytes a layer."""
    plain = used(Layout(sharding="none", flash_attention=False), GPT_22B, n=1, batch=1)
    s, h, a = 2048, GPT_22B.d_model, GPT_22B.n_heads
    expected = GPT_22B.n_layers * s * h * (34 + 5 * a * s / h)
    assert float(plain.activations_bytes) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("layout", "per_unit"),
    [
        # Table 2: tensor parallel alone, with sequence parallelism, and selective beside.
        (Layout(tensor=8, sequence_parallel=False), 10 + 24 / 8 + 5 * 64 * 2048 / (6144 * 8)),
        (Layout(tensor=8), (34 + 5 * 64 * 2048 / 6144) / 8),
        (Layout(tensor=8, recompute="selective"), 34 / 8),
    ],
)
def test_the_variants_of_korthikanti_table_2(layout: Layout, per_unit: float) -> None:
    plain = replace(layout, sharding="none", flash_attention=False)
    use = used(plain, GPT_22B, n=8, batch=1)
    expected = GPT_22B.n_layers * 2048 * GPT_22B.d_model * per_unit
    assert float(use.activations_bytes) == pytest.approx(expected, rel=1e-9)


def test_full_recomputation_keeps_the_layers_inputs_and_one_layer() -> None:
    full = used(Layout(sharding="none", recompute="full", flash_attention=False), GPT_22B, n=1)
    none = used(Layout(sharding="none", flash_attention=False), GPT_22B, n=1)
    inputs = 2 * GPT_22B.n_layers * GPT_22B.d_model * 2048
    assert inputs < float(full.activations_bytes) < 0.1 * float(none.activations_bytes)


def test_mixed_precision_adam_takes_18_bytes_a_parameter_and_sharding_divides_them() -> None:
    """Rajbhandari et al. 2020, section 3.1, with gradients in 32 bit as Megatron keeps them."""
    none, one, three = (used(Layout(sharding=z)) for z in ("none", "zero1", "zero3"))

    def states(use: MemoryUse) -> float:
        return float(use.weights_bytes + use.gradients_bytes + use.optimiser_bytes)

    assert states(none) == pytest.approx(18 * total_params(SPEC), rel=0.1)
    assert float(one.optimiser_bytes) == pytest.approx(float(none.optimiser_bytes) / 64)
    assert float(one.weights_bytes) == float(none.weights_bytes)
    assert states(three) < states(one) < states(none)


def test_a_large_vocabulary_fills_the_last_stage_of_a_pipeline() -> None:
    large = replace(SPEC, vocab_size=256_000)
    small, wide = (
        memory.memory_use(
            memory.memory_numbers(spec, 32_768),
            step_numbers.layout_numbers(
                Layout(pipeline=2, recompute="full"),
                "bf16",
                n_accelerators=16,
                global_batch_sequences=64,
            ),
        )
        for spec in (replace(SPEC, vocab_size=1_000), large)
    )
    assert float(small.logits_bytes) == 0  # the first stage is fuller
    assert float(wide.logits_bytes) == pytest.approx(32_768 * 4 * (SPEC.d_model + 256_000))
    assert float(wide.total_bytes) > float(small.total_bytes)


def test_most_published_layouts_that_ran_are_found_to_fit() -> None:
    fits = []
    for m in measurements.published():
        layout = m.layouts[0]
        y = step_numbers.layout_numbers(
            layout,
            m.precision,
            n_accelerators=m.n_accelerators,
            global_batch_sequences=m.global_batch_sequences,
            rounded_batch=True,
        )
        _, use = memory.arranged(m.spec, m.context_tokens, layout, y, m.chip)
        need = float(use.total_bytes) / memory.usable_bytes(m.chip)
        assert need < 1.05, m.run_id
        fits.append(need <= 1)
    assert sum(fits) / len(fits) > 0.97


def test_just_enough_is_recomputed_to_fit() -> None:
    numbers = memory.memory_numbers(SPEC, 2048)
    layout = Layout(micro_batch=8)
    y = step_numbers.layout_numbers(layout, "bf16", n_accelerators=64, global_batch_sequences=512)
    free = float(memory.memory_use(numbers, y).total_bytes)
    roomy = memory.with_recompute_needed(numbers, y, free * 1.01)
    assert float(roomy.full_recompute) == 0 == float(roomy.scores_recompute)
    tight = memory.with_recompute_needed(numbers, y, free * 0.5)
    assert 0 < float(tight.full_recompute) < 1
    assert float(memory.memory_use(numbers, tight).total_bytes) <= free * 0.5 * 1.001


def test_a_layout_that_does_not_fit_is_a_sentence_with_both_sizes() -> None:
    use = used(Layout(sharding="none"), n=1, batch=8)
    with pytest.raises(InputError, match="GB on the fullest accelerator"):
        memory.check_fits(use, accelerators.find("A100 40GB SXM"))


def test_a_solved_share_of_recomputation_fits_whatever_the_rounding() -> None:
    spec, chip = nearest_model(70e9), accelerators.find("H100 SXM 80GB")
    rows = layout_search._candidates(spec, [512], domain=8, context_tokens=8192)
    y = layout_search._numbers(rows, "bf16", 1024, stated=False)
    held, most = memory.memory_numbers(spec, 8192), memory.usable_bytes(chip)
    y = memory.with_recompute_needed(held, y, most)
    share, used = np.asarray(y.full_recompute), np.asarray(memory.memory_use(held, y).total_bytes)
    partly = (share > 0) & (share < 1)
    assert partly.sum() > 100
    assert (used[partly] <= most).all()


def test_a_size_alone_is_refused_where_its_states_exceed_the_cluster() -> None:
    """18 bytes a parameter: 1.26 TB for 70B; 16 of 80 GiB hold it, 8 do not."""
    chip = accelerators.find("H100 SXM 80GB")
    memory.check_states_fit(70e9, Cluster(accelerator=chip, n_accelerators=16))
    with pytest.raises(InputError, match="optimiser of"):
        memory.check_states_fit(70e9, Cluster(accelerator=chip, n_accelerators=8))
