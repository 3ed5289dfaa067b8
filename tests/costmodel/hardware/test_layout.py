"""A layout that cannot be is a sentence, never a number."""

import pytest

from costmodel.hardware.layout import Layout, even_interleaves, merges_dispatch
from costmodel.messages import InputError
from costmodel.workload import hf_config
from tests.costmodel.workload.configs import LLAMA_3_8B, MIXTRAL_8X7B


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"tensor": 0}, "tensor"),
        ({"micro_batch": -1}, "micro_batch"),
        ({"pipeline": 2.5}, "pipeline"),
        ({"interleave": 2}, "interleave"),
    ],
)
def test_impossible_degrees_are_refused(change: dict[str, float], field: str) -> None:
    with pytest.raises(InputError) as caught:
        Layout(**change)  # type: ignore[arg-type]
    assert caught.value.field == field


def test_a_cluster_that_does_not_divide_is_refused() -> None:
    with pytest.raises(InputError, match="12 accelerators do not divide into groups of 8"):
        Layout(tensor=8).data(12)


def test_a_batch_that_does_not_divide_names_the_next_that_does() -> None:
    with pytest.raises(InputError, match="the next that does is 1024"):
        Layout(micro_batch=4).micro_batches(128, 1000)
    assert Layout(micro_batch=4).micro_batches(128, 1024) == 2


def test_experts_must_divide_the_accelerators_of_a_stage() -> None:
    assert Layout(tensor=4, expert=64).data(64) == 16
    with pytest.raises(InputError, match="do not divide the 32 accelerators of a pipeline stage"):
        Layout(tensor=4, pipeline=2, expert=64).data(64)
    with pytest.raises(InputError, match="64 ranks"):
        Layout(pipeline=2, expert=32, expert_tensor=2).data(64)


def test_experts_are_shared_out_evenly_or_not_at_all() -> None:
    mixtral, llama = hf_config.read(MIXTRAL_8X7B), hf_config.read(LLAMA_3_8B)
    Layout(expert=8).check_model(mixtral, 4096)
    for layout, spec in ((Layout(expert=64), mixtral), (Layout(expert=8), llama)):
        with pytest.raises(InputError, match="cannot be shared out evenly") as caught:
            layout.check_model(spec, 4096)
        assert caught.value.field == "expert"


def test_chunks_split_the_layers_of_a_stage_evenly() -> None:
    assert even_interleaves(48, 8) == (1, 2, 3, 6)
    assert even_interleaves(61, 16) == (1, 2, 4)
    assert even_interleaves(48, 1) == (1,)


def test_copies_are_merged_by_software_of_mid_2025_on() -> None:
    assert merges_dispatch("")
    assert merges_dispatch("2025-06")
    assert not merges_dispatch("2025-05")


def test_a_layout_reads_as_a_person_would_note_it() -> None:
    words = str(Layout(tensor=8, pipeline=16, interleave=4).in_words())
    assert "tensor 8" in words
    assert "pipeline 16 with interleave 4" in words
    assert "FSDP" in str(Layout(sharding="zero3").in_words())
