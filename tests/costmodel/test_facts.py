"""Every cited number is read or refused at its line, and every reference resolves."""

import csv
import math
import re
from pathlib import Path

import pytest

from costmodel import facts
from costmodel.facts import EVIDENCE, FACT_COLUMNS, FACT_FILES, FactError, Source
from costmodel.money import energy, prices

SOURCES = {
    "paper": Source(
        id="paper", title="A paper", publisher="", url="", accessed="", licence="", note=""
    )
}
HEADER = ",".join(FACT_COLUMNS)
GOOD = "X1,board_power_w,700,,,w,2022,stated,paper,p. 3,"


def read(tmp_path: Path, *rows: str, header: str = HEADER) -> list[facts.Fact]:
    path = tmp_path / "chips.csv"
    path.write_text("\n".join([header, *rows]) + "\n", "utf-8")
    return facts.read_facts(path, SOURCES)


def test_a_row_becomes_a_fact_with_its_story(tmp_path: Path) -> None:
    (fact,) = read(tmp_path, GOOD)
    assert (fact.value, fact.unit, fact.evidence) == (700.0, "w", "stated")
    assert fact.source is SOURCES["paper"]
    assert (fact.key, fact.line) == ("chips/X1/board_power_w", 2)
    assert fact.range.low == fact.range.high == 700


def test_a_range_without_a_value_has_its_median(tmp_path: Path) -> None:
    positive, share = read(
        tmp_path,
        "X1,purchase_usd,,1,100,usd,2022,stated,paper,,",
        "X1,goodput,,0.2,0.8,fraction,2022,stated,paper,,",
    )
    assert positive.value == pytest.approx(10.0)
    assert share.value == pytest.approx(0.5)
    assert share.range.kind == "fraction"


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (GOOD.replace(",w,", ",kg,"), "unit 'kg' is not one we use; write one of"),
        (GOOD.replace("stated", "certain"), "evidence 'certain' is not a grade"),
        (GOOD.replace("paper", "papper"), "not in sources.csv; near it: paper; add it"),
        (GOOD.replace("700", "seven"), "'seven' is not a number; write digits"),
        (GOOD.replace("700", "nan"), "not finite; leave the row out"),
        (GOOD.replace("700", "inf"), "not finite"),
        (GOOD.replace("700", ""), "neither value nor range"),
        (GOOD.replace("700,,", "700,600,"), "a range needs both low and high"),
        (GOOD.replace("700,,", ",900,800"), "lower end first"),
        (GOOD.replace("700,,", ",0,800"), "above zero"),
        (GOOD.replace("700,,", "700,800,900"), "lies outside its range"),
        (GOOD + ",more", "another number of cells"),
        ("X1,board_power_w,700", "another number of cells"),
    ],
)
def test_a_bad_row_is_refused_at_its_line_with_the_remedy(
    tmp_path: Path, row: str, says: str
) -> None:
    other = GOOD.replace("X1", "X0")
    with pytest.raises(FactError, match=re.escape(says)) as caught:
        read(tmp_path, other, row)
    assert str(caught.value).startswith("chips.csv:3: ")


def test_a_share_of_more_than_one_is_refused_with_its_fraction(tmp_path: Path) -> None:
    row = "X1,goodput,,30,45,fraction,2022,stated,paper,,"
    with pytest.raises(FactError, match=re.escape("write 45 % as 0.45")):
        read(tmp_path, row)


def test_two_rows_for_one_number_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FactError, match=r"chips\.csv:3: .* line 2; keep one"):
        read(tmp_path, GOOD, GOOD.replace("700", "600"))


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    with pytest.raises(FactError, match=r"chips\.csv:1: column 'unit' is missing"):
        read(tmp_path, header=HEADER.replace("unit,", ""))


def test_text_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "chips.csv"
    path.write_bytes(HEADER.encode() + b"\n\xff\xfe\n")
    with pytest.raises(FactError, match="save it as UTF-8"):
        facts.read_facts(path, SOURCES)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FactError, match=r"chips\.csv: not found"):
        facts.read_facts(tmp_path / "chips.csv", SOURCES)


def test_a_source_stands_once(tmp_path: Path) -> None:
    path = tmp_path / "sources.csv"
    row = "paper,A paper,,,,,"
    path.write_text(f"id,title,publisher,url,accessed,licence,note\n{row}\n{row}\n", "utf-8")
    with pytest.raises(FactError, match=r"sources\.csv:3: source 'paper' stands twice"):
        facts.read_sources(path)


# --- what ships -------------------------------------------------------------------------


@pytest.mark.parametrize("file", FACT_FILES)
def test_every_fact_file_loads(file: str) -> None:
    assert facts.facts_of(file)


def test_every_file_of_cited_numbers_is_read_by_a_test_here() -> None:
    """A new CSV must be added to the fact files or to the wide ones below."""
    found = {path.stem for path in facts.data_dir().glob("*.csv")}
    wide = {
        "accelerator_names",
        "cases",
        "export_destinations",
        "reference_runs",
        "regions",
        "regulatory_thresholds",
        "rental_prices",
        "serving_benchmarks",
        "sources",
        "step_time",
    }
    assert found == {*FACT_FILES, *wide}


def test_every_row_names_a_source_that_exists_and_every_source_is_used() -> None:
    known, used = set(facts.all_sources()), set[str]()
    for path in sorted(facts.data_dir().glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as handle:
            reader = csv.DictReader(handle)
            if path.stem == "cases":  # a case has several
                used.update(source for row in reader for source in row["sources"].split(";"))
            if path.stem in ("sources", "reference_runs") or "source" not in (
                reader.fieldnames or ()
            ):
                continue  # a run names its paper in full
            for row in reader:
                source = row.get("source_id") or row["source"]
                assert source in known, (path.name, reader.line_num)
                used.add(source)
    assert known == used


def test_every_quote_and_region_reads() -> None:
    assert len(prices.quotes()) > 500
    assert all(quote.usd_per_gpu_hour > 0 for quote in prices.quotes())
    assert len(energy.regions()) > 50


@pytest.mark.parametrize("file", FACT_FILES)
def test_every_fact_has_a_grade_a_date_and_a_range_that_can_be(file: str) -> None:
    for fact in facts.facts_of(file).values():
        assert fact.evidence in EVIDENCE
        assert re.fullmatch(r"\d{4}(-\d{2}(-\d{2})?)?", fact.as_of), fact.key
        assert fact.range.low <= fact.value <= fact.range.high, fact.key


def test_a_missing_fact_is_an_error_with_near_misses() -> None:
    with pytest.raises(FactError, match=r"near it: .*H100 SXM 80GB"):
        facts.lookup("accelerators", "H100 SXM", "board_power_w")
    with pytest.raises(FactError, match=r"it has .*board_power_w"):
        facts.lookup("accelerators", "H100 SXM 80GB", "peak_fp2_flop_per_s")
    assert facts.find("accelerators", "H100 SXM", "board_power_w") is None


# --- the numbers themselves ---------------------------------------------------------------

#: NVIDIA's data sheets, dense (half of the figure with sparsity): A100 (2020), H100 (2022),
#: H200 (2023), V100 (2018); the H800's tensor cores are the H100's.
PEAKS = {
    ("A100 80GB SXM", "peak_bf16_flop_per_s"): 312e12,
    ("A100 40GB SXM", "peak_bf16_flop_per_s"): 312e12,
    ("A100 80GB SXM", "peak_tf32_flop_per_s"): 156e12,
    ("A100 80GB SXM", "board_power_w"): 400,
    ("H100 SXM 80GB", "peak_bf16_flop_per_s"): 989.4e12,
    ("H100 SXM 80GB", "peak_fp8_flop_per_s"): 1978.9e12,
    ("H100 SXM 80GB", "board_power_w"): 700,
    ("H100 SXM 80GB", "memory_bandwidth_byte_per_s"): 3.35e12,
    ("H800 SXM 80GB", "peak_bf16_flop_per_s"): 989.4e12,
    ("V100 SXM2 32GB", "peak_fp16_flop_per_s"): 125e12,
}


@pytest.mark.parametrize(("subject", "quantity"), PEAKS)
def test_a_data_sheet_says_the_same(subject: str, quantity: str) -> None:
    fact = facts.lookup("accelerators", subject, quantity)
    assert fact.value == pytest.approx(PEAKS[subject, quantity], rel=0.002)


def test_no_peak_is_the_figure_with_sparsity() -> None:
    """The trap of every data sheet: sparse figures are twice the dense ones."""
    rows = facts.facts_of("accelerators")
    for (subject, quantity), fact in rows.items():
        if "_sparse_" in quantity:
            dense = rows.get((subject, quantity.replace("_sparse", "")))
            assert dense is None or fact.value == pytest.approx(2 * dense.value, rel=0.02)


# --- no hardware or price number in code ------------------------------------------------------

_LITERAL = re.compile(r"(?<![\w.])\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?(?![\w.])", re.IGNORECASE)
_PACKAGES = ("costmodel", "lab", "dashboard")
_ROOT = Path(__file__).parents[2]


def planted(source: str) -> set[float]:
    """Numbers of a Python source that are a chip's peak, bandwidth or memory."""
    known = {
        fact.value / scale
        for fact in facts.facts_of("accelerators").values()
        if fact.unit in ("flop_per_s", "byte_per_s", "op_per_s")
        for scale in (1.0, 1e9, 1e12)
        if fact.value / scale >= 100 and _significant(fact.value) > 2
    }
    code = "\n".join(line.split("#")[0] for line in source.splitlines())
    code = re.sub(r'"""(?:.|\n)*?"""', "", code)
    found = {float(text) for text in _LITERAL.findall(code)}
    return {value for value in found & known if not math.log2(value).is_integer()}


def _significant(value: float) -> int:
    """Digits that a number is known by: a round one proves nothing."""
    return len(f"{value:.9e}".split("e")[0].replace(".", "").rstrip("0"))


def test_no_module_holds_a_hardware_number() -> None:
    for package in _PACKAGES:
        for path in sorted((_ROOT / package).rglob("*.py")):
            assert planted(path.read_text("utf-8")) == set(), path


@pytest.mark.parametrize(
    "text", ["peak = 989.4e12", "A100 = 312", "bandwidth = 3_350e9", "fp8 = 1979"]
)
def test_a_planted_hardware_number_is_found(text: str) -> None:
    assert planted(text)


def test_the_thresholds_in_law_load_with_their_sources() -> None:
    laws = {law.id: law for law in facts.regulations()}

    assert len(laws) == len(facts.regulations()) > 30
    assert float(laws["eu-systemic-1e25"].threshold_value) == 1e25
    assert all(law.source.id and law.duties for law in laws.values() if law.evidence != "recall")
