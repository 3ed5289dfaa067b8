"""``assay scenario``: the JSON that others read, the table, and refusals in one sentence."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from costmodel.messages import InputError
from dashboard import deal as deals
from dashboard.cli import app
from dashboard.language import use_language
from tests.dashboard.venture.deals_of_tests import FINANCE, deal

RUNNER = CliRunner()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "plan.yaml"
    path.write_text(deals.dumps(deal()), "utf-8")
    return path


def run(*arguments: str) -> Any:
    with use_language("en"):
        return RUNNER.invoke(app, ["scenario", *arguments, "--draws", "300"])


def as_json(*arguments: str) -> Any:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_the_fields_that_other_programs_rely_on(file: Path) -> None:
    found = as_json(str(file))
    for name in ("runway_months", "moic"):
        assert set(found[name]) == {"p05", "p50", "p95"}
        assert found[name]["p05"] <= found[name]["p50"] <= found[name]["p95"]
    assert 0 <= found["p_cash_lasts_to_proof"] <= 1
    assert found["break_even_month"] is None or found["break_even_month"] >= 0
    assert isinstance(found["irr_expected"], float)
    assert [m["month"] for m in found["months"]] == list(range(1, 37))
    for month in found["months"]:
        assert set(month["cash_usd"]) == set(month["burn_usd"]) == {"p05", "p50", "p95"}
    assert {row["outcome"] for row in found["tornado"]} <= {
        "moic",
        "runway_months",
        "year_3_margin",
    }
    assert found["tornado"]
    assert {a["name"] for a in found["assumptions"]} >= {"cash_usd", "price_fall_per_year"}
    assert all(a["source"] for a in found["assumptions"])
    assert sum(case["probability"] for case in found["cases"]) == pytest.approx(1)


def test_without_an_exit_no_return_stands_for_the_deals_own(tmp_path: Path) -> None:
    """History's multiples are nobody's forecast: without an exit of its own the deal has none."""
    path = tmp_path / "no_exit.yaml"
    path.write_text(deals.dumps(deal(market={}, scenarios=[])), "utf-8")
    found = as_json(str(path))
    assert found["runway_months"]["p50"] > 0
    assert (found["moic"], found["moic_expected"], found["irr_expected"]) == (None, None, None)
    assert found["cases_start_from"] == "history"
    assert any("No exit is valued" in warning for warning in found["warnings"])


def test_deals_stand_side_by_side_in_the_same_worlds(file: Path, tmp_path: Path) -> None:
    twin, poorer, silent = (tmp_path / name for name in ("twin.yaml", "poor.yaml", "silent.yaml"))
    twin.write_text(deals.dumps(deal(name="Twin")), "utf-8")
    less = FINANCE | {"cash_usd": 1e6, "headcount": 55}
    poorer.write_text(deals.dumps(deal(name="Poorer", finance=less)), "utf-8")
    silent.write_text(deals.dumps(deal(name="Silent", market={})), "utf-8")
    found = as_json(str(file), *(f"--beside={path}" for path in (twin, poorer, silent)))

    own, same, poor, no_exit = found["scenarios"]
    assert [one["deal"] for one in found["scenarios"]] == [
        "Sample plan",
        "Twin",
        "Poorer",
        "Silent",
    ]
    assert same["runway_months"] == own["runway_months"]  # the same worlds for every deal
    assert same["moic"] == own["moic"]
    assert poor["runway_months"]["p50"] < own["runway_months"]["p50"]
    runway = next(d for d in poor["differences"] if d["outcome"] == "runway_months")
    assert {part["input"] for part in runway["parts"]} == {"cash_usd", "people_usd_per_month"}
    assert sum(part["part"] for part in runway["parts"]) == pytest.approx(
        runway["after"] - runway["before"], abs=1e-9
    )
    # Where one of two has no exit, no difference of multiples is explained.
    assert no_exit["moic"] is None
    assert not [d for d in no_exit["differences"] if d["outcome"] == "moic"]


def test_of_deals_side_by_side_the_refused_one_is_named(file: Path) -> None:
    result = run(str(file), "--beside", "deepseek-v3")
    assert isinstance(result.exception, InputError)
    assert "DeepSeek-V3: neither cash nor a round is stated" in str(result.exception)
    result = run(str(file), *(["--beside", str(file)] * 4))
    assert isinstance(result.exception, InputError)
    assert "at most 4 stand side by side" in str(result.exception)


def test_the_same_seed_gives_the_same_answer(file: Path) -> None:
    assert as_json(str(file)) == as_json(str(file))
    assert as_json(str(file)) != as_json(str(file), "--seed", "5")


def test_a_stress_shortens_the_runway_and_is_named(file: Path) -> None:
    usual, hit = as_json(str(file)), as_json(str(file), "--stress", "compute_rise")
    assert hit["stress"] == ["compute_rise"]
    assert hit["runway_months"]["p50"] <= usual["runway_months"]["p50"]
    assert hit["p_cash_lasts_to_proof"] <= usual["p_cash_lasts_to_proof"]


def test_named_scenarios_stand_side_by_side(file: Path) -> None:
    found = as_json(str(file), "--scenario", "Lean", "--scenario", "Hard year")
    assert [s["scenario"] for s in found["scenarios"]] == ["Lean", "Hard year"]
    assert found["scenario"] == "Lean"
    for difference in found["scenarios"][1]["differences"]:
        parts = sum(part["part"] for part in difference["parts"])
        assert parts == pytest.approx(difference["after"] - difference["before"], abs=1e-9)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_table_is_in_the_readers_language(file: Path, lang: str) -> None:
    result = run(str(file), "--lang", lang, "--stress", "failed_run")
    assert result.exit_code == 0
    assert {"en": "Runway", "zh": "现金"}[lang] in result.stdout
    assert {"en": "One failed run", "zh": "一次训练失败"}[lang] in result.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--stress", "compute_ris"), "compute_rise"),
        (("--scenario", "Leen"), "Lean"),
        (("--draws", "3"), "from 100"),
    ],
)
def test_what_is_not_known_is_refused_with_the_nearest(
    file: Path, arguments: tuple[str, ...], says: str
) -> None:
    with use_language("en"):
        result = RUNNER.invoke(app, ["scenario", str(file), *arguments])
    assert isinstance(result.exception, InputError)
    assert says in str(result.exception)


def test_bad_input_is_one_sentence_and_status_2(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("assay: 1\nname: X\nfinance: {cash_usd: 1e6}\n", "utf-8")
    command = "from dashboard.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", command, "scenario", str(bad)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "finance.headcount" in done.stderr
