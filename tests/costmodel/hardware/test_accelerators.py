"""Every accelerator has its figures, and a name means exactly one of them."""

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costmodel import facts
from costmodel.facts import Fact, FactError
from costmodel.hardware import accelerators
from costmodel.hardware.accelerators import MAX_ACCELERATORS, Accelerator, Cluster
from costmodel.messages import InputError
from tests.refusals import outcome

NAMES = accelerators.names()


def refusal(name: str) -> InputError:
    with pytest.raises(InputError) as caught:
        accelerators.find(name)
    return caught.value


@pytest.mark.parametrize("name", NAMES)
def test_every_accelerator_has_power_and_memory_and_a_peak_or_says_what_is_missing(
    name: str,
) -> None:
    chip = accelerators.find(name)
    assert facts.lookup("accelerators", name, "memory_bytes").value > 1e8
    for look_up in (chip.board_power, chip.training_peak):
        fact = outcome(look_up)
        if isinstance(fact, Fact):
            assert fact.value > 0
        else:
            assert name in str(fact)
            assert "give the number yourself" in str(fact)


def test_only_accelerators_without_16_bit_tensor_cores_lack_a_training_peak() -> None:
    lacking = set()
    for name in NAMES:
        try:
            accelerators.find(name).training_peak()
        except FactError:
            lacking.add(name)
    assert not {n for n in lacking if n.startswith(("A100", "H100", "H200", "H800", "V100"))}
    assert len(lacking) < len(NAMES) / 4, lacking


def test_a_chip_without_bf16_is_measured_by_fp16() -> None:
    chip = accelerators.find("V100 SXM2 32GB")
    assert not chip.has_peak("bf16")
    assert chip.training_peak().quantity == "peak_fp16_flop_per_s"
    with pytest.raises(FactError):
        chip.peak("bf16")


def _aliases() -> list[tuple[str, str]]:
    path = facts.data_dir() / "accelerator_names.csv"
    with path.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    return [(a, row["chip"]) for row in rows for a in row["aliases"].split(";") if a]


@pytest.mark.parametrize(("alias", "name"), _aliases())
def test_a_spelling_means_its_chip(alias: str, name: str) -> None:
    assert accelerators.find(alias).name == name
    assert accelerators.find(alias.upper()).name == name


@pytest.mark.parametrize("name", NAMES)
def test_a_name_survives_case_and_punctuation(name: str) -> None:
    assert accelerators.find(name.lower()).name == name
    assert accelerators.find(f"  {name.replace(' ', '-')} ").name == name


@pytest.mark.parametrize(
    ("name", "among"),
    [
        ("H100", ["H100 SXM 80GB", "H100 PCIe"]),
        ("A100", ["A100 40GB SXM", "A100 80GB SXM"]),
        ("A100 80GB", ["A100 80GB SXM", "A100 80GB PCIe"]),
    ],
)
def test_an_ambiguous_name_lists_what_it_can_mean(name: str, among: list[str]) -> None:
    sentence = str(refusal(name))
    assert "several accelerators" in sentence
    assert all(candidate in sentence for candidate in among), sentence


@pytest.mark.parametrize("name", ["H1000", "GTX", "", " ", "x" * 5000, "H100; rm", "；", "\0"])
def test_an_unknown_name_is_refused_with_a_remedy(name: str) -> None:
    error = refusal(name)
    assert error.field == "chip"
    remedies = ("near it: ", "several accelerators", "write it as its maker does")
    assert any(remedy in str(error) for remedy in remedies)
    assert len(str(error)) < 2_000


def test_a_near_miss_is_named() -> None:
    assert "near it: " in str(refusal("H1000"))
    assert "H100" in str(refusal("H1000"))


@given(st.text(max_size=40))
def test_any_text_is_a_chip_or_a_refusal(text: str) -> None:
    found = outcome(lambda: accelerators.find(text))
    if isinstance(found, Accelerator):
        assert found.name in NAMES
    else:
        assert isinstance(found, InputError)
        assert found.field == "chip"


@pytest.mark.parametrize("n", [0, -1, 2.5, float("nan"), float("inf"), 10**400])
def test_a_cluster_has_a_whole_number_of_accelerators(n: int) -> None:
    with pytest.raises(InputError) as caught:
        Cluster(accelerator=accelerators.find(NAMES[0]), n_accelerators=n)
    assert caught.value.field == "n_accelerators"
    assert str(MAX_ACCELERATORS) in str(caught.value)
