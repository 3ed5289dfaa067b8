"""A device is told by whole words, or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costmodel.hardware import accelerators
from lab.chips import accelerator_of, power_limit_note

MIB = 2**20
#: What drivers call devices, their memory in MiB and power limit as their boards report.
KNOWN = [
    ("NVIDIA H100 80GB HBM3", 81559, 700, "H100 SXM 80GB"),
    ("NVIDIA H100 PCIe", 81559, 350, "H100 PCIe 80GB"),
    ("NVIDIA H100 80GB HBM2e", 81559, 350, "H100 PCIe 80GB"),
    ("NVIDIA H800", 81559, 700, "H800 SXM 80GB"),
    ("NVIDIA H20", 97871, 500, "H20 96GB"),
    ("NVIDIA H200", 143771, 700, "H200 SXM 141GB"),
    ("NVIDIA GH200 480GB", 97871, 900, "GH200 (per GPU)"),
    ("NVIDIA B200", 183359, 1000, "B200 SXM"),
    ("NVIDIA GB200", 189471, 1200, "GB200 (per GPU)"),
    ("NVIDIA B300 SXM6 AC", 275040, 1100, "B300 SXM"),
    ("NVIDIA GB300", 284208, 1400, "GB300 (per GPU)"),
    ("NVIDIA A100-SXM4-40GB", 40960, 400, "A100 40GB SXM"),
    ("NVIDIA A100-SXM4-80GB", 81920, 400, "A100 80GB SXM"),
    ("A100-SXM-80GB", 81920, 400, "A100 80GB SXM"),
    ("NVIDIA A100 80GB PCIe", 81920, 300, "A100 80GB PCIe"),
    ("NVIDIA A800-SXM4-80GB", 81920, 400, "A800 80GB SXM"),
    ("NVIDIA A10", 23028, 150, "A10"),
    ("NVIDIA L4", 23034, 72, "L4"),
    ("NVIDIA L40S", 46068, 350, "L40S"),
    ("Tesla T4", 15360, 70, "T4"),
    ("Tesla V100-SXM2-32GB", 32768, 300, "V100 SXM2 32GB"),
    ("NVIDIA GeForce RTX 3090", 24576, 350, "RTX 3090"),
    ("NVIDIA GeForce RTX 4090", 24564, 450, "RTX 4090"),
    ("NVIDIA GeForce RTX 5090", 32607, 575, "RTX 5090"),
    (
        "NVIDIA RTX PRO 6000 Blackwell Server Edition",
        97887,
        600,
        "RTX PRO 6000 Blackwell Server",
    ),
    ("AMD Instinct MI300X", 196592, 750, "MI300X"),
]
#: Near a chip on record, and none. The first are those that other tools mistake for one.
NOT_ON_RECORD = [
    "NVIDIA RTX A4000",
    "NVIDIA L40",
    "NVIDIA GeForce RTX 4090 Laptop GPU",
    "NVIDIA A10G",
    "NVIDIA GeForce RTX 4090 D",
    "NVIDIA GeForce RTX 3090 Ti",
    "NVIDIA GeForce RTX 5090 D",
    "NVIDIA RTX 6000 Ada Generation",
    "NVIDIA RTX PRO 6000 Blackwell Workstation Edition",
    "NVIDIA RTX PRO 6000 Blackwell Max-Q Workstation Edition",
    "NVIDIA A40",
    "NVIDIA A100X",
    "NVIDIA A100-PCIE-40GB",
    "NVIDIA A100-SXM-64GB",
    "NVIDIA A800 40GB Active",
    "NVIDIA A800 80GB PCIe",
    "NVIDIA H100 NVL",
    "NVIDIA H100 96GB HBM3",
    "NVIDIA H200 NVL",
    "NVIDIA H800 PCIe",
    "NVIDIA H20-3e",
    "NVIDIA GH200 144G HBM3e",
    "NVIDIA GB10",
    "NVIDIA GB200 NVL4",
    "Tesla V100-SXM2-16GB",
    "Tesla V100-SXM3-32GB",
    "Tesla V100-PCIE-32GB",
    "Tesla V100-SXM2-32GB-LS",
    "NVIDIA T4G",
    "NVIDIA T400",
    "Tesla P100-SXM2-16GB",
    "NVIDIA A100-SXM4-40GB MIG 1g.5gb",
    "NVIDIA H100 80GB HBM3 MIG 7g.80gb",
    "GRID A100-10C",
    "NVIDIA A100-40C",
    "NVIDIA A10-24Q",
    "NVIDIA Rubin",
    "NVIDIA Graphics Device",
    "NVIDIA",
    "",
    "AMD EPYC 9654 96-Core Processor",
]


@pytest.mark.parametrize(("name", "mib", "limit_w", "chip"), KNOWN)
def test_a_name_of_a_driver_is_one_chip(name: str, mib: int, limit_w: float, chip: str) -> None:
    found = accelerator_of(name, memory_total_bytes=mib * MIB, power_limit_w=limit_w)
    assert found == accelerators.find(chip)
    assert accelerator_of(name) == found


@pytest.mark.parametrize("name", NOT_ON_RECORD)
def test_a_neighbour_of_a_chip_is_not_the_chip(name: str) -> None:
    assert accelerator_of(name) is None


@given(st.sampled_from(KNOWN), st.data())
def test_case_marks_and_idle_words_change_nothing(
    known: tuple[str, int, int, str], data: st.DataObject
) -> None:
    name = known[0]
    name = data.draw(st.sampled_from([name, name.upper(), name.lower(), name.swapcase()]))
    name = name.replace(" ", data.draw(st.sampled_from([" ", "  ", "(TM) ", "™ ", "\u00a0"])), 1)
    name += data.draw(st.sampled_from(["", " GPU", " Graphics Card", " Accelerator", "(R)"]))
    assert accelerator_of(name) == accelerators.find(known[3])


@given(
    st.sampled_from(KNOWN),
    st.from_regex(r"[a-z][a-z0-9]{0,7}", fullmatch=True).filter(
        lambda word: accelerator_of(f"{word} Tesla T4") is None
    ),
)
def test_a_word_more_is_another_device(known: tuple[str, int, int, str], word: str) -> None:
    found = accelerator_of(f"{known[0]} {word}")
    assert found is None or word.startswith(("sxm", "hbm", "gddr", "nvl", "pcie", "oam"))


@given(
    st.text(st.sampled_from("NVIDIA HALGTB0123456789 -XSMRZ"), max_size=30),
    st.none() | st.floats(0, 1e13),
    st.none() | st.floats(0, 5e3),
)
def test_any_name_gets_an_answer(
    name: str, memory_total_bytes: float | None, power_limit_w: float | None
) -> None:
    found = accelerator_of(name, memory_total_bytes=memory_total_bytes, power_limit_w=power_limit_w)
    assert found is None or found.name in accelerators.names()


def test_the_power_limit_tells_the_mountings_apart_where_it_can() -> None:
    """A PCIe board cannot be set to 700 W; an SXM module can be set to 350 W."""
    memory = 81559 * MIB
    h100 = "NVIDIA H100"
    at_700 = accelerator_of(h100, memory_total_bytes=memory, power_limit_w=700)
    assert at_700 == accelerators.find("H100 SXM 80GB")
    assert accelerator_of(h100, memory_total_bytes=memory, power_limit_w=350) is None
    assert accelerator_of(h100, memory_total_bytes=memory) is None


def test_a_slice_of_a_chip_is_not_the_chip() -> None:
    assert accelerator_of("NVIDIA H100 80GB HBM3", memory_total_bytes=10 * 2**30) is None
    assert accelerator_of("NVIDIA GH200 480GB", memory_total_bytes=146e9) is None


def test_a_low_power_limit_changes_no_chip_and_is_said() -> None:
    chip = accelerator_of("NVIDIA H100 80GB HBM3", power_limit_w=350)
    assert chip == accelerators.find("H100 SXM 80GB")
    note = power_limit_note(chip, 350)
    assert note is not None
    assert str(note).startswith("This H100 SXM 80GB is limited to 350 w of its rated 700 w")
    assert power_limit_note(chip, 700) is None
    assert power_limit_note(chip, None) is None


def test_every_chip_of_nvidia_is_told_by_its_own_name() -> None:
    """Unless it is not out yet: no driver knows it."""
    for name in accelerators.names():
        chip = accelerators.find(name)
        if chip.vendor == "NVIDIA" and "announced" not in name:
            assert accelerator_of(f"NVIDIA {name}") == chip
