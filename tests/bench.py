"""How fast Assay is on this machine, and how far off beside others: ``python -m tests.bench``.

Prints what was asked and what was reached. It measures and does not judge: a shared
machine is slower on some days, so nothing fails here. Needs the app alone; the other
calculators answer where ``make bench`` could install them, and the first page is timed
through a browser where Playwright and Chromium are installed.
"""

import contextlib
import logging
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import warnings
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Final
from urllib.error import URLError

import numpy as np

from costmodel import backtest, facts
from costmodel.backtest import Backtest, Row
from costmodel.hardware import accelerators, layout_search, measurements, step_numbers, step_time
from costmodel.hardware.accelerators import Cluster
from costmodel.hardware.constants import constants_for, fitted, kind_of
from costmodel.hardware.layout import Layout
from costmodel.money import programme, training_cost
from costmodel.money.programme import Member, ProgrammePlan
from costmodel.uncertainty import Percentiles
from costmodel.workload.typical import nearest_model
from dashboard import deal as deals
from dashboard.deal import Deal
from dashboard.findings import evaluate, inputs_of
from dashboard.risk.assessment import assess
from dashboard.risk.bank.loading import bank
from dashboard.risk.bank.loading import load as load_bank
from dashboard.risk.metrics.metric import Metric, MetricInput
from dashboard.venture.answering import Sources, answers, programme_of, served_by
from tests import accuracy

ROOT: Final = Path(__file__).parent.parent
ASSAY: Final = str(Path(sys.executable).with_name("assay"))
SAMPLE: Final = "deepseek-v3"
BIG: Final = 405e9
#: The day on which the bench's deal is checked.
CHECKED: Final = date(2026, 11, 27)
#: An environment of their own for the other calculators; `make bench` makes it.
PEERS: Final = ROOT / ".venv-peers" / "bin" / "python"
HEAVY: Final = ("torch", "streamlit", "transformers")


def median_s(work: Callable[[], object], *, runs: int) -> float:
    """Median seconds of ``work``, after one run that fills the caches."""
    work()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def scalar_estimate_s() -> float:
    """One estimate from inputs that are looked up already."""
    inputs, _ = inputs_of(deals.sample(SAMPLE))
    values = inputs.medians()
    return median_s(lambda: training_cost.estimate(inputs, values), runs=2_000)


def estimate_with_look_ups_s() -> float:
    """One estimate from the deal: parameters counted, facts looked up, both kept from before."""
    deal = deals.sample(SAMPLE)

    def whole() -> object:
        inputs, _ = inputs_of(deal)
        return training_cost.estimate(inputs, inputs.medians())

    return median_s(whole, runs=500)


def draws_s(n: int) -> float:
    """``n`` worlds drawn, the whole estimate on them, and the percentiles shown."""
    inputs, _ = inputs_of(deals.sample(SAMPLE))

    def whole() -> object:
        drawn = training_cost.estimate(inputs, inputs.draw(np.random.default_rng(0), n))
        assert drawn.usd is not None
        shown = (drawn.mfu, drawn.gpu_hours, drawn.wall_days, drawn.usd, *drawn.lines.values())
        return [Percentiles.of(v) for v in (*shown, drawn.energy_kwh, drawn.kg_co2e)]

    return median_s(whole, runs=7)


def step_time_s() -> float:
    """Seconds of a step for one layout, its numbers at hand."""
    chip, layout = accelerators.find("H100 SXM 80GB"), Layout(tensor=8, pipeline=16)
    model = step_numbers.model_numbers(nearest_model(BIG), 8192)
    numbers = step_numbers.chip_numbers(chip, "bf16")
    spread = step_numbers.layout_numbers(
        layout, "bf16", n_accelerators=16384, global_batch_sequences=2048
    )
    constants = constants_for(kind_of(chip, "bf16", layout), fitted().values)
    return median_s(
        lambda: step_time.step_time(model, numbers, spread, constants).total_s, runs=5_000
    )


def layout_search_s() -> float:
    """All layouts of a model of 405 billion parameters on 16,384 accelerators, ranked."""
    cluster = Cluster(accelerator=accelerators.find("H100 SXM 80GB"), n_accelerators=16384)
    spec = nearest_model(BIG)
    return median_s(
        lambda: layout_search.search(
            spec, cluster, "bf16", context_tokens=8192, global_batch_sequences=2048
        ),
        runs=9,
    )


def bank_load_s() -> float:
    """The question bank with every sector, read and checked."""
    folder = facts.data_dir() / "risk"
    return median_s(lambda: load_bank(folder), runs=9)


def assessment_s() -> float:
    """A full deal through the checklist, every question answered and every metric known."""
    deal, metrics = full_deal()
    return median_s(lambda: assess(deal, metrics=metrics, checks=(), as_of=CHECKED), runs=50)


def reversal_s() -> float:
    """The smallest sets of answers that would change a verdict, none of them small."""
    deal, _ = full_deal()
    found = assess(deal, metrics={}, checks=(), as_of=CHECKED)
    return median_s(found.reversals, runs=5)


def full_deal() -> tuple[Deal, Mapping[str, Metric]]:
    """A deck with an answer to everything, and a number for every metric."""
    known = bank()
    flags = {row.id: True for row in known.frame.profile}
    answers = {i: {"level": 3, "status": "claimed"} for i in known.questions}
    given = {"assay": 1, "name": "X", "profile": flags, "answers": answers}
    stated = MetricInput(name="x", value=0.5, unit="ratio", status="claimed", source="deck")
    words = {i: row.words[0] if row.words else 0.5 for i, row in known.metrics.items()}
    metrics = {i: Metric(id=i, value=value, inputs=(stated,)) for i, value in words.items()}
    return deals.from_mapping(given), metrics


def programme_draws_s(n: int) -> float:
    """``n`` worlds of a whole programme: the final run, experiments, data and people."""
    inputs, _ = inputs_of(deals.sample(SAMPLE))
    plan = ProgrammePlan(
        posture="challenger",
        months=18,
        final_run_start_month=12,
        final_run_months=3,
        team=(Member(role="ml_engineer", region="United States", headcount=20),),
        purchases=(),
        storage_bytes=1e15,
        egress_bytes=1e14,
    )
    around = programme.inputs_for(plan)

    def whole() -> object:
        rng = np.random.default_rng(0)
        run = training_cost.estimate(inputs, inputs.draw(rng, n))
        usd = programme.final_run_usd(run, plan)
        bill = programme.estimate(around, around.draw(rng, n), final_run_usd=usd)
        return Percentiles.of(bill.usd), bill.cash_curve()

    return median_s(whole, runs=5)


def funded_deal() -> Deal:
    """The sample deal with a round, people and traffic: a scenario of everything."""
    finance = {
        "raise_usd": 120e6,
        "post_money_usd": 600e6,
        "headcount": 120,
        "loaded_usd_per_person_year": 250_000.0,
        "months_to_proof": 12,
    }
    market = {"tokens_served_per_month": 2e13, "price_usd_per_million_tokens": 0.8}
    scenarios = [
        {"name": "rents up", "stress": ["compute_rise"]},
        {"name": "rival", "stress": ["rival_release", "top_customer"]},
        {"name": "large", "inputs": {"raise_usd": 200e6, "growth_per_month": [0.1, 0.2]}},
    ]
    sample = deals.sample(SAMPLE)
    kept = sample.model_dump(mode="json", exclude_defaults=True) | {"assay": sample.assay}
    given = {**kept, "finance": finance, "market": market, "scenarios": scenarios}
    return deals.from_mapping(given)


def scenario_s(n: int) -> float:
    """``n`` worlds of 36 months and more: the final run, its programme, serving, returns."""
    deal = funded_deal()

    def whole() -> object:
        evaluation = evaluate(deal, language="en", n_draws=n)
        sources = Sources(
            deal=deal,
            evaluation=evaluation,
            programme=programme_of(evaluation),
            served_usd_per_million=served_by(deal, evaluation),
        )
        return answers(sources, [None], n_draws=n)

    return median_s(whole, runs=7)


def four_scenarios_s(n: int) -> float:
    """A changed input to four scenarios side by side, differences explained, the rest kept."""
    deal = funded_deal()
    evaluation = evaluate(deal, language="en", n_draws=n)
    sources = Sources(
        deal=deal,
        evaluation=evaluation,
        programme=programme_of(evaluation),
        served_usd_per_million=served_by(deal, evaluation),
    )
    return median_s(lambda: answers(sources, [None, *deal.scenarios], n_draws=n), runs=7)


def accuracy_rows() -> list[tuple[str, str, str]]:
    """(figure, asked, reached) for errors and coverage on rows that were left out."""
    steps, runs = backtest.steps(), backtest.runs()
    narrow = [
        r for r in steps.rows if r.group in ("nemo-performance", "megatron-bridge-performance")
    ]
    bf16 = {m.run_id for m in measurements.published() if m.precision == "bf16"}
    foundry = [r for r in steps.of("llm-foundry-benchmarks").rows if r.id in bf16]
    found = [
        ("LLM Foundry in BF16, one model left out: MAPE", "7 %", _of(foundry).mape),
        ("Narayanan table 1, left out: MAPE", "8 %", steps.of("narayanan-2021").mape),
        ("Korthikanti table 5, left out: MAPE", "6 %", steps.of("korthikanti-2022").mape),
        ("NeMo and Megatron-Bridge, FP8 and MoE: MAPE", "15 %", _of(narrow).mape),
        (
            "whole runs with hours and layout: median error",
            "15 %",
            runs.of(backtest.WITH_LAYOUT).median_ape,
        ),
        ("80 % intervals of left-out steps: coverage", "75-85 %", steps.coverage_80),
        *(
            (f"  {name}, {len(steps.of(name).rows)} rows", "75-85 %", steps.of(name).coverage_80)
            for name in dict.fromkeys(row.group for row in steps.rows)
        ),
        ("80 % intervals of left-out whole runs: coverage", "75-85 %", runs.coverage_80),
    ]
    return [(name, asked, f"{value:.1%}") for name, asked, value in found]


def _of(rows: list[Row]) -> Backtest:
    return Backtest(rows=tuple(rows), excluded=())


def beside_others() -> list[str]:
    """A table of errors by calculator on the same rows, and their speed."""
    answers = accuracy.others(PEERS if PEERS.exists() else None)
    if not answers:
        return ["other calculators: not installed (make bench installs them into .venv-peers)"]
    lines = ["", "mean / median absolute error on the same rows (n), blind"]
    names = ["Assay", "constant MFU", *answers]
    lines.append(f"{'rows':32}" + "".join(f"{name:>26}" for name in names))
    for group, by_name in accuracy.errors(answers).items():
        cells = [by_name.get(name, []) for name in names]
        shown = [f"{np.mean(c):.1%} / {np.median(c):.1%} ({len(c)})" if c else "-" for c in cells]
        lines.append(f"{group:32}" + "".join(f"{cell:>26}" for cell in shown))
    own = step_time_s()
    for name, answer in answers.items():
        ratio = answer["seconds"] / own
        lines.append(
            f"{name}: {answer['seconds'] * 1e3:.2f} ms a step time, {ratio:.0f} times Assay's; "
            f"{len(answer['refused'])} rows refused"
        )
    return lines


def cost_model_modules() -> list[str]:
    """Every module of the cost model by its dotted name."""
    return [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in sorted((ROOT / "costmodel").rglob("*.py"))
    ]


def import_s(runs: int = 9) -> tuple[float, list[str]]:
    """Seconds that the cost model adds to a bare interpreter, and the heavy packages in it."""
    names = cost_model_modules()
    program = (
        "import importlib, sys\n"
        f"for name in {names!r}: importlib.import_module(name)\n"
        f"print(*sorted(set({HEAVY!r}) & set(sys.modules)))"
    )

    def python(code: str) -> str:
        command = [sys.executable, "-c", code]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    with_model = median_s(lambda: python(program), runs=runs)
    bare = median_s(lambda: python("pass"), runs=runs)
    return with_model - bare, python(program).split()


def check_command_s() -> float:
    """``assay check deepseek-v3 --json`` from start to end."""
    command = [ASSAY, "check", SAMPLE, "--json"]
    return median_s(
        lambda: subprocess.run(command, capture_output=True, check=True, cwd=ROOT), runs=5
    )


def changed_number_s(runs: int = 10) -> float:
    """The server's time from a changed number to the finished page, with no browser."""
    from streamlit.testing.v1 import AppTest

    page = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60).run()
    times = []
    for i in range(runs):
        tokens = next(box for box in page.text_input if str(box.key).startswith("tokens:"))
        tokens.set_value(f"{5 + i / 10:.1f}T")  # never one that is kept from before
        start = time.perf_counter()
        page = page.run()
        times.append(time.perf_counter() - start)
        assert page.metric, "the page shows no estimate"
    return statistics.median(times)


@contextlib.contextmanager
def served() -> Iterator[tuple[str, float]]:
    """``assay dashboard`` until the block ends: its address, and the moment it was started."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen(
            [ASSAY, "dashboard", "--port", str(port)],
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield f"http://localhost:{port}", start
        finally:
            server.terminate()
            server.wait(timeout=20)


def health_s(url: str, start: float) -> float:
    """Seconds from the command to the answer of the health check."""
    while time.perf_counter() - start < 60:
        with (
            contextlib.suppress(URLError, OSError),
            urllib.request.urlopen(f"{url}/_stcore/health", timeout=2) as answer,
        ):
            if answer.status == 200:
                return time.perf_counter() - start
        time.sleep(0.02)
    raise TimeoutError("the app did not answer within a minute")


def first_page() -> list[tuple[str, float]]:
    """Seconds from the command on: to health, and with a browser to the numbers and a chart."""
    with served() as (url, start):
        healthy = health_s(url, start)
        found = [("assay dashboard: start to health", healthy)]
        try:
            from tests.browser import FLAGS, chromium  # needs Playwright
        except ImportError:
            print("no Playwright: health alone is timed", file=sys.stderr)
            return found
        from playwright.sync_api import Error, sync_playwright

        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
                page = browser.new_page()
                opened = time.perf_counter()
                page.goto(url)
                for what, selector in (
                    ("the first numbers", "[data-testid=stMetricValue]"),
                    ("the first chart", ".js-plotly-plot .main-svg"),
                ):
                    page.locator(selector).first.wait_for(timeout=60_000)
                    seconds = healthy + time.perf_counter() - opened
                    found.append((f"assay dashboard: start to {what}", seconds))
                browser.close()
        except (AssertionError, OSError, Error) as absent:
            print(f"no browser: {absent}", file=sys.stderr)
        return found


def shown(seconds: float) -> str:
    """Seconds in the unit that a reader expects."""
    if seconds < 1e-3:
        return f"{seconds * 1e6:.0f} µs"
    return f"{seconds * 1e3:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


def main() -> int:
    """Measure everything, one line each."""
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)  # Streamlit's, on running without a browser
    import_time, heavy = import_s()
    rows = [
        ("one estimate, inputs looked up", "0.1 ms", scalar_estimate_s()),
        ("one estimate from the deal, caches warm", "0.1 ms", estimate_with_look_ups_s()),
        ("100,000 draws with percentiles", "0.5 s", draws_s(100_000)),
        ("one step time, numbers at hand", "0.05 ms", step_time_s()),
        ("layout search, 405B on 16,384", "0.5 s", layout_search_s()),
        ("the question bank, every sector read and checked", "150 ms", bank_load_s()),
        ("a full deal through the risk checklist", "20 ms", assessment_s()),
        ("what reverses a verdict, up to three answers", "1 s", reversal_s()),
        ("100,000 draws of a whole programme", "1 s", programme_draws_s(100_000)),
        ("5,000 draws of a scenario, programme and serving", "300 ms", scenario_s(5_000)),
        ("four scenarios redrawn after a changed input", "700 ms", four_scenarios_s(5_000)),
        ("import of the whole cost model, over bare Python", "0.5 s", import_time),
        ("assay check deepseek-v3 --json, whole command", "–", check_command_s()),
        ("a changed number to the finished page, server", "400 ms", changed_number_s()),
        *((name, "5 s", seconds) for name, seconds in first_page()),
    ]
    width = max(len(name) for name, _, _ in rows)
    print(f"{'figure':{width}}  {'asked':>7}  {'reached':>9}")
    for name, asked, seconds in rows:
        print(f"{name:{width}}  {asked:>7}  {shown(seconds):>9}")
    for name, asked, reached in accuracy_rows():
        print(f"{name:{width}}  {asked:>7}  {reached:>9}")
    print("\n".join(beside_others()))
    print(f"imported with the cost model: {', '.join(heavy) or 'none'} of {', '.join(HEAVY)}")
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores")
    return 0


if __name__ == "__main__":
    sys.exit(main())
