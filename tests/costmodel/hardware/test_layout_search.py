"""The search finds what an exhaustive scan finds, and refuses in words."""

from itertools import product

import pytest

from costmodel.hardware import accelerators, layout_search, memory, prediction
from costmodel.hardware.accelerators import Cluster
from costmodel.hardware.layout import Layout
from costmodel.messages import InputError
from costmodel.workload import hf_config
from tests.costmodel.workload.configs import LLAMA_3_8B, LLAMA_31_405B

SPEC = hf_config.read(LLAMA_3_8B)
H100 = accelerators.find("H100 SXM 80GB")


def cluster(n: int, chip: str = "H100 SXM 80GB") -> Cluster:
    return Cluster(accelerator=accelerators.find(chip), n_accelerators=n)


def exhaustive_best_s(n: int, batch: int) -> float:
    """Every combination of the degrees, one by one, through the prediction of one layout."""
    best = float("inf")
    degrees = product((1, 2, 4, 8), (1, 2, 4, 8), (1, 2, 4), ("zero1", "zero3"), (1, 2, 4, 8))
    for tensor, pipeline, interleave, sharding, micro in degrees:
        if interleave > 1 and pipeline == 1:
            continue
        try:
            found = prediction.predict(
                SPEC,
                H100,
                Layout(
                    tensor=tensor,
                    pipeline=pipeline,
                    interleave=interleave,
                    sharding=sharding,  # type: ignore[arg-type]
                    micro_batch=micro,
                    recompute="needed",
                ),
                precision="bf16",
                n_accelerators=n,
                context_tokens=4096,
                global_batch_sequences=batch,
            )
        except InputError:
            continue
        best = min(best, found.step_s)
    return best


@pytest.mark.parametrize(("n", "batch"), [(8, 64), (32, 256), (64, 512)])
def test_the_search_is_as_good_as_an_exhaustive_scan(n: int, batch: int) -> None:
    found = layout_search.search(
        SPEC, cluster(n), "bf16", context_tokens=4096, global_batch_sequences=batch
    )
    assert found[0].step_s <= exhaustive_best_s(n, batch) * 1.0001


def test_what_is_found_is_in_order_fits_and_is_what_one_prediction_says() -> None:
    found = layout_search.search(
        SPEC, cluster(64), "bf16", context_tokens=4096, global_batch_sequences=512
    )
    assert [p.step_s for p in found] == sorted(p.step_s for p in found)
    for placed in found:
        assert placed.memory_bytes <= memory.usable_bytes(H100)
        again = prediction.predict(
            SPEC,
            H100,
            placed.layout,
            precision="bf16",
            n_accelerators=64,
            context_tokens=4096,
            global_batch_sequences=placed.global_batch_sequences,
        )
        assert again.step_s == pytest.approx(placed.step_s)
        assert again.memory_bytes == pytest.approx(placed.memory_bytes)


def test_the_memory_of_a_found_layout_is_its_own() -> None:
    spec = hf_config.read(LLAMA_31_405B)
    found = layout_search.search(
        spec, cluster(1024), "bf16", context_tokens=8192, global_batch_sequences=1024
    )[0]
    use = layout_search.memory_of(spec, cluster(1024), "bf16", found, context_tokens=8192)
    assert float(use.total_bytes) == pytest.approx(found.memory_bytes)


def test_a_model_that_fits_nowhere_is_refused_with_the_cluster_named() -> None:
    spec = hf_config.read(LLAMA_31_405B)
    with pytest.raises(InputError, match="does not fit on 8 of H100 SXM 80GB"):
        layout_search.search(
            spec, cluster(8), "bf16", context_tokens=8192, global_batch_sequences=64
        )
    with pytest.raises(InputError, match="does not fit"):
        layout_search.check_fits(spec, cluster(8), "bf16", 8192)


def test_a_stated_layout_that_does_not_fit_is_refused_with_both_sizes() -> None:
    with pytest.raises(InputError, match="GB on the fullest accelerator"):
        prediction.predict(
            hf_config.read(LLAMA_31_405B),
            H100,
            Layout(tensor=8),
            precision="bf16",
            n_accelerators=64,
            context_tokens=8192,
            global_batch_sequences=64,
        )


def test_a_batch_that_no_layout_divides_is_refused() -> None:
    with pytest.raises(InputError, match="does not divide"):
        layout_search.search(
            SPEC, cluster(13), "bf16", context_tokens=4096, global_batch_sequences=5
        )


def test_a_batch_that_nobody_stated_stays_near_the_usual_one() -> None:
    found = layout_search.search(
        SPEC,
        cluster(96),
        "bf16",
        context_tokens=4096,
        global_batch_sequences=500,
        batch_is_stated=False,
    )
    assert all(0.5 <= p.global_batch_sequences / 500 <= 1.5 for p in found)
    assert all(p.global_batch_sequences % p.layout.micro_batch == 0 for p in found)


@pytest.mark.parametrize(("n", "context"), [(2001, 4096), (2049, 4096), (2788, 32768), (13, 8192)])
def test_a_cluster_that_divides_badly_costs_little_more_than_one_that_does(
    n: int, context: int
) -> None:
    """Some accelerators stay idle and the batch stays near the usual one."""

    def cost(n: int) -> float:
        found = layout_search.search(
            SPEC,
            cluster(n),
            "bf16",
            context_tokens=context,
            global_batch_sequences=2**22 // context,
            batch_is_stated=False,
        )[0]
        assert found.n_used <= n
        assert 1 / 1.5 <= found.global_batch_sequences * context / 2**22 <= 1.5
        return found.step_s * n / found.global_batch_sequences

    assert cost(n) < 1.25 * cost(2 ** (n.bit_length() - 1))


def test_old_software_has_no_fused_attention_and_recomputes_all() -> None:
    chips = cluster(64, "A100 80GB SXM")
    of = {
        released: layout_search.search(
            SPEC,
            chips,
            "bf16",
            context_tokens=2048,
            global_batch_sequences=512,
            released=released,
        )[0].step_s
        for released in ("2021-06", "2022-07", "2023-06")
    }
    assert of["2021-06"] > of["2022-07"] > of["2023-06"]


def test_the_smallest_cluster_holds_the_model_and_half_of_it_does_not() -> None:
    spec = hf_config.read(LLAMA_31_405B)
    least = layout_search.smallest_that_fits(spec, H100, "bf16", 8192)
    assert least is not None
    layout_search.check_fits(spec, least, "bf16", 8192)
    with pytest.raises(InputError):
        layout_search.check_fits(spec, cluster(least.n_accelerators // 2), "bf16", 8192)
    # 18 bytes a parameter fully sharded: 7.3 TB over 80 GiB boards are 85 at the least.
    assert least.n_accelerators == 128
