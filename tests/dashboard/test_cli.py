"""``assay``: one JSON object or one sentence, and an exit status that means something."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from costmodel import facts
from dashboard import cli
from dashboard.language import use_language
from tests.browser import ASSAY
from tests.costmodel.workload.configs import LLAMA_2_7B


class Outcome:
    """What a command left behind."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.out, self.err = status, out, err

    @property
    def json(self) -> dict[str, Any]:
        loaded = json.loads(self.out)
        assert isinstance(loaded, dict)
        return loaded


@pytest.fixture
def assay(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run the command in this process; English unless the test says otherwise."""
    monkeypatch.setenv("ASSAY_LANG", "en")

    def run(*arguments: str) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["assay", *arguments])
        with use_language("en"), pytest.raises(SystemExit) as ended:
            cli.main()
        shown = capsys.readouterr()
        code = ended.value.code
        return Outcome(code if isinstance(code, int) else 0, shown.out, shown.err)

    return run


def started(*arguments: str, **environment: str) -> Outcome:
    """The installed command in a process of its own."""
    inherited = {k: v for k, v in os.environ.items() if k not in ("ASSAY_LANG", "LANG")}
    done = subprocess.run(
        [ASSAY, *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env=inherited | environment,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


SIZE = ("--params", "7B", "--tokens", "2T")

#: DESIGN.md, section 4: other programs rely on these; more may be added, none renamed.
ESTIMATE_FIELDS = {
    "params",
    "active_params",
    "train_flop",
    "mfu",
    "gpu_hours",
    "wall_days",
    "usd",
    "energy_kwh",
    "kg_co2e",
    "lines",
    "assumptions",
    "warnings",
}
RANGED = ("mfu", "gpu_hours", "wall_days", "usd", "energy_kwh", "kg_co2e")


def test_an_estimate_is_one_json_object(assay: Any) -> None:
    done = assay("estimate", *SIZE, "--chip", "H100 SXM", "--chips", "64", "--json")
    assert done.status == 0
    assert set(done.json) >= ESTIMATE_FIELDS
    for name in RANGED:
        spread = done.json[name]
        assert set(spread) == {"p05", "p50", "p95"}
        assert 0 < spread["p05"] < spread["p50"] < spread["p95"]
    assert done.json["train_flop"] == 6 * 7e9 * 2e12
    for line in done.json["lines"]:
        assert set(line) == {"name", "usd"}
    for assumption in done.json["assumptions"]:
        assert set(assumption) == {"name", "low", "high", "unit", "source"}
        assert assumption["low"] <= assumption["high"]
        assert assumption["source"]
    assert all(isinstance(w, str) for w in done.json["warnings"])
    assert "Note: " in done.err


def test_a_check_is_one_json_object(assay: Any) -> None:
    done = assay("check", "deepseek-v3", "--json")
    assert done.status == 0
    fields = {"claim", "verdict", "stated", "computed", "why", "ask"}
    assert done.json["findings"]
    for finding in done.json["findings"]:
        assert fields <= set(finding)
        assert finding["computed"] is None or set(finding["computed"]) == {"p05", "p50", "p95"}


def test_without_a_price_the_dollars_are_null_and_not_zero(assay: Any) -> None:
    done = assay("estimate", *SIZE, "--chip", "A800", "--json")
    assert done.json["usd"] is None
    assert done.json["lines"] == []
    assert "No rental price" in done.err


def test_the_same_seed_says_the_same_to_the_letter(assay: Any) -> None:
    one, again, other = (assay("estimate", *SIZE, "--seed", s, "--json").out for s in "001")
    assert one == again
    assert one != other


def test_a_failed_check_is_status_1(assay: Any, tmp_path: Path) -> None:
    deal = tmp_path / "deal.yaml"
    deal.write_text(
        "assay: 1\nname: X\nplan: {model: {params: 70e9}, tokens: 15e12,\n"
        "  cluster: {chip: H100 SXM, n_accelerators: 64}}\n"
        "claims: [{id: hours, quantity: gpu_hours, value: 10}]\n",
        "utf-8",
    )
    done = assay("check", str(deal), "--json")
    assert done.status == 1
    assert done.json["findings"][0]["verdict"] == "impossible"
    shown = assay("check", str(deal))
    assert shown.status == 1
    assert "[Impossible] GPU-hours" in shown.out


def test_a_terminal_gets_lines_and_no_json(assay: Any) -> None:
    done = assay("estimate", "--deal", "llama-3.1-405b")
    assert done.status == 0
    assert "405.85B" in done.out
    assert "90%" in done.out
    assert "{" not in done.out


def test_options_take_the_place_of_what_the_deal_says(assay: Any) -> None:
    options = ("--tokens", "1T", "--chips", "512", "--context", "2k", "--region", "France")
    done = assay("estimate", "--deal", "deepseek-v3", *options, "--json").json
    assert done["train_flop"] == pytest.approx(6 * 37_552_282_624 * 1e12)
    assert done["n_accelerators"] == 512
    priced = assay("estimate", *SIZE, "--usd-per-gpu-hour", "1.8-3.2", "--json").json
    (price,) = [a for a in priced["assumptions"] if a["name"] == "usd_per_gpu_hour"]
    assert (price["low"], price["high"]) == (1.8, 3.2)
    assert price["source"] == "stated in the deal"


def test_a_config_file_counts_to_the_last_parameter(assay: Any, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps(LLAMA_2_7B), "utf-8")
    done = assay("estimate", "--hf-config", str(config), "--tokens", "2T", "--json")
    assert done.json["params"] == 6_738_415_616


BAD = [
    ((), "--deal, --params and --hf-config"),
    (("--deal", "deepseek-v3", "--params", "7B"), "exactly one"),
    (("--params", "7B"), "--tokens"),
    (("--params", "7B", "--tokens", "-1"), "--tokens: -1 is not above zero"),
    (("--params", "7B", "--tokens", "0"), "--tokens"),
    (("--params", "7B", "--tokens", "45%"), "--tokens"),
    (("--params", "7B", "--tokens", "nan"), "--tokens: nan is not a number"),
    (("--params", "7B", "--tokens", "inf"), "--tokens: inf is not a number"),
    (("--params", "7B", "--tokens", "1e300"), "--tokens"),
    (("--params", "seven", "--tokens", "1T"), "--params: seven is not a number"),
    (("--params", "-7B", "--tokens", "1T"), "not above zero"),
    (("--params", "", "--tokens", "1T"), "--params"),
    (("--params", "7B", "--active-params", "8B", "--tokens", "1T"), "may not pass params"),
    (("--deal", "deepseek-v3", "--active-params", "8B"), "--active-params"),
    ((*SIZE, "--chip", "H100"), "--chip: H100 can mean several"),
    ((*SIZE, "--chip", "no such chip"), "--chip: no such chip is not an accelerator"),
    ((*SIZE, "--chip", ""), "--chip"),
    ((*SIZE, "--chips", "0"), "--chips: 0 accelerators are not a cluster"),
    ((*SIZE, "--chips", "2.5"), "--chips: 2.5 is not a whole number"),
    ((*SIZE, "--chips", "1e99"), "from 1 to 100,000,000"),
    ((*SIZE, "--context", "0"), "--context"),
    ((*SIZE, "--precision", "bf17"), "--precision: bf17 is not known here"),
    ((*SIZE, "--precision", "fp8", "--chip", "A100 80GB SXM"), "--precision"),
    ((*SIZE, "--region", "Narnia"), "--region: Narnia is not a region"),
    ((*SIZE, "--usd-per-gpu-hour", "3-2"), "--usd-per-gpu-hour: 3 to 2 runs backwards"),
    ((*SIZE, "--usd-per-gpu-hour", "0"), "--usd-per-gpu-hour"),
    ((*SIZE, "--usd-per-gpu-hour", "1e300"), "--usd-per-gpu-hour"),
    ((*SIZE, "--seed", "-1"), "--seed"),
    ((*SIZE, "--seed", "x"), "--seed"),
    ((*SIZE, "--wrong"), "No such option"),
    ((*SIZE, "extra"), "extra"),
    (("--deal", "none.yaml"), "none.yaml cannot be read (no such file or directory)"),
    (("--deal", "."), "cannot be read (is a directory)"),
    (("--hf-config", "none.json", "--tokens", "1T"), "--hf-config: none.json cannot be read"),
    (("--hf-config", ".", "--tokens", "1T"), "is a directory"),
    (("--hf-config", __file__, "--tokens", "1T"), "not valid JSON"),
    (("--deal", __file__), "not valid YAML"),
]


@pytest.mark.parametrize(("arguments", "says"), BAD, ids=[" ".join(a)[:60] or "-" for a, _ in BAD])
def test_bad_input_is_one_sentence_and_status_2(
    assay: Any, arguments: tuple[str, ...], says: str
) -> None:
    done = assay("estimate", *arguments, "--json")
    assert done.status == 2
    assert done.out == ""
    assert done.err.startswith("assay: ")
    assert done.err.count("\n") == 1
    assert "Traceback" not in done.err
    assert says in done.err


@pytest.mark.parametrize(
    "arguments", [("check", "none"), ("check", "."), ("check",), ("nonsense",), ("--wrong",)]
)
def test_a_command_that_cannot_be_is_status_2(assay: Any, arguments: tuple[str, ...]) -> None:
    done = assay(*arguments)
    assert done.status == 2
    assert done.out == ""
    assert done.err.startswith("assay: ")
    assert "Traceback" not in done.err


def test_a_field_of_a_deal_file_is_named_by_its_path(assay: Any, tmp_path: Path) -> None:
    deal = tmp_path / "deal.yaml"
    deal.write_text("assay: 1\nname: X\nplan: {model: {params: 7e9}, tokens: -1}\n", "utf-8")
    done = assay("check", str(deal))
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("assay: plan.tokens: ")


def test_the_installed_command_keeps_its_promises() -> None:
    done = started("check", "deepseek-v3", "--json")
    assert done.status == 0
    assert done.json["findings"]
    assert "Traceback" not in done.err
    bad = started("estimate", "--params", "7B", "--tokens", "-1", "--json")
    assert (bad.status, bad.out) == (2, "")
    assert bad.err.startswith("assay: --tokens: ")


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        (("check", "deepseek-v3", "--lang", "zh"), {}),
        (("check", "deepseek-v3"), {"ASSAY_LANG": "zh"}),
        (("check", "deepseek-v3"), {"LANG": "zh_CN.UTF-8"}),
    ],
)
def test_the_language_is_the_option_the_variable_or_the_systems(
    arguments: tuple[str, ...], environment: dict[str, str]
) -> None:
    done = started(*arguments, PYTHONUTF8="1", **environment)
    assert done.status == 0
    assert "一致" in done.out or "参数" in done.out
    assert "Consistent" not in done.out


def test_help_names_the_commands(assay: Any) -> None:
    done = assay("--help")
    assert done.status == 0
    assert all(name in done.out for name in ("estimate", "check", "dashboard"))


# --- plan and backtest -------------------------------------------------------------------


def test_plan_answers_in_json_with_percentiles(assay: Any) -> None:
    done = assay("plan", "--budget-usd", "1M", "--weeks", "10", "--served-tokens", "1T", "--json")
    plan = done.json
    for name in ("tokens", "loss", "gpu_hours", "wall_days"):
        assert plan[name]["p05"] <= plan[name]["p50"] <= plan[name]["p95"]
    assert plan["wall_days"]["p50"] <= plan["deadline_days"] == 70
    assert plan["params"] > 1e9
    saved = [lever["saved_usd"]["p50"] for lever in plan["levers"]]
    assert saved == sorted(saved, reverse=True)
    budgets = [point["usd"] for point in plan["frontier"]]
    assert 1e6 in budgets
    assert len(plan["sizes"]) > 5


def test_backtest_on_a_file_prints_the_fields_that_programs_read(
    assay: Any, tmp_path: Path
) -> None:
    lines = (facts.data_dir() / "step_time.csv").read_text("utf-8").splitlines()
    chosen = [line for line in lines if "MPT-125m" in line]
    path = tmp_path / "steps.csv"
    path.write_text("\n".join([lines[0], *chosen]) + "\n", "utf-8")
    found = assay("backtest", "--steps", str(path), "--json").json
    assert found["n"] == len(chosen) == len(found["rows"])
    assert {"n", "mape", "median_ape", "coverage_80", "rows"} <= set(found)
    for row in found["rows"]:
        assert row["low_80"] <= row["predicted"] <= row["high_80"]
        assert row["published"] > 0
    assert found["mape"] < 0.1


def test_backtest_prints_a_table_by_source(assay: Any) -> None:
    text = assay("backtest", "--lang", "en").out
    assert "Korthikanti" in text
    assert "Whole runs with hours and layout on record" in text


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("plan", "--budget-usd", "0"), "--budget-usd"),
        (("plan", "--budget-usd", "much"), "--budget-usd"),
        (("plan", "--budget-usd", "0.001"), "trains no model"),
        (("plan", "--budget-usd", "1M", "--chip", "H9000"), "--chip: H9000"),
        (("plan", "--budget-usd", "1M", "--precision", "int3"), "--precision"),
        (("plan", "--budget-usd", "1M", "--chip", "A100 80GB SXM", "--precision", "fp8"), "FP8"),
        (("plan", "--budget-usd", "1M", "--weeks", "-3"), "--weeks"),
        (("plan", "--budget-usd", "1M", "--served-tokens", "-1"), "--served-tokens"),
        (("backtest", "--steps", "nowhere.csv"), "nowhere.csv"),
    ],
)
def test_a_plan_or_backtest_that_cannot_be_is_one_sentence(
    assay: Any, command: tuple[str, ...], said: str
) -> None:
    done = assay(*command, "--lang", "en")
    assert done.status == 2
    assert not done.out
    assert said.lower() in done.err.lower()
    assert "Traceback" not in done.err


def test_a_number_that_is_not_on_record_is_a_sentence_in_either_language(assay: Any) -> None:
    plan = ("plan", "--budget-usd", "1M", "--weeks", "8", "--chip", "A800 80GB SXM")
    assert "no rental price is on record for A800" in assay(*plan).err
    refused = assay(*plan, "--lang", "zh")
    assert refused.status == 2
    assert "没有 A800 80GB SXM 的租用价格记录" in refused.err
