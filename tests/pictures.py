"""Takes the pictures of the documentation anew: ``python -m tests.pictures [NAME.png ...]``."""

import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final

from playwright.sync_api import Page, expect, sync_playwright

from dashboard import deal as deals
from dashboard.language import use_language
from dashboard.report import pdf
from dashboard.report.case import case_of
from dashboard.report.edition import of_file
from dashboard.report.memo import memo_of
from dashboard.store.access import LOCAL, User
from dashboard.store.store import open_store
from tests import nvml
from tests.browser import ASSAY, FLAGS, ROOT, chromium, running_assay
from tests.dashboard.venture.deals_of_tests import FINANCE, deal
from tests.lab.verify import made

_PICTURES: Final = {
    "overview.png": "?lang=en",
    "overview-zh.png": "?lang=zh",
    "risk.png": "risk?lang=en",
    "risk-zh.png": "risk?lang=zh",
    "scenarios.png": "scenarios?lang=en&deal={stored}",
    "scenarios-zh.png": "scenarios?lang=zh&deal={stored}",
    "history.png": "history?lang=en&deal={stored}",
    "history-zh.png": "history?lang=zh&deal={stored}",
    "memo.png": "memo?lang=en&deal=example-startup",
    "memo-zh.png": "memo?lang=zh&deal=example-startup",
    "verify.png": "verify?lang=en",
    "verify-zh.png": "verify?lang=zh",
    "privacy.png": "privacy?lang=en",
    "privacy-zh.png": "privacy?lang=zh",
    "lab.png": "lab?lang=en",
    "lab-zh.png": "lab?lang=zh",
}


#: Samples whose first page of the memo is shown in Chinese.
_IN_CHINESE: Final = ("glm-130b", "baichuan2-13b")
_DAY: Final = date(2026, 11, 28)
_DOTS_PER_INCH: Final = 80


def main() -> None:
    """One picture of a first screen in each language, into ``docs/``; the lab's has a live run
    beside the two GPUs of the driver stub. Then the first page of every sample's memo.
    """
    asked = sys.argv[1:]
    if not asked:
        _memos()
    wanted = {name: query for name, query in _PICTURES.items() if not asked or name in asked}
    os.environ |= nvml.environment(GPUS=2, LOAD="0.95,0.3")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["ASSAY_RUNS"] = str(Path(folder) / "runs")
        os.environ["ASSAY_DATABASE_URL"] = f"sqlite:///{folder}/assay.sqlite"
        stored = _stored_deal()
        _jobs(Path(folder))
        with running_assay() as url, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
            page = browser.new_page(viewport={"width": 1280, "height": 980})
            trained = subprocess.Popen([ASSAY, "lab", "train", "gpt", "--minutes", "2"])
            try:
                for name, query in wanted.items():
                    _take(page, f"{url}/{query.format(stored=stored)}", ROOT / "docs" / name)
            finally:
                trained.terminate()
                trained.wait()
                browser.close()


def _memos() -> None:
    for deal_id in deals.samples():
        with use_language("zh" if deal_id in _IN_CHINESE else "en"):
            sample = deals.sample(deal_id)
            content = pdf.render(memo_of(case_of(sample, of_file(sample, as_of=_DAY))))
        subprocess.run(
            [
                *("pdftoppm", "-r", str(_DOTS_PER_INCH), "-png", "-singlefile", "-"),
                str(ROOT / "docs" / f"memo-{deal_id}"),
            ],
            input=content,
            check=True,
        )


def _jobs(folder: Path) -> None:
    """A model said to be trained from scratch beside the base that it came from, and what
    privacy costs.
    """
    base = made.save(folder / "open-base", made.trained(made.start(1), 10))
    tuned = made.trained(made.trained(made.start(1), 10), 11, strength=0.3)
    theirs = made.save(folder / "their-model", tuned)
    verify = ("verify", str(theirs), "--against", str(base), "--from-scratch", "--speed")
    privacy = ("experiment", "privacy", "--models", "mlp", "--claimed-epsilon", "2")
    for words in (verify, privacy):
        subprocess.run([ASSAY, "lab", *words], check=True, capture_output=True)


def _stored_deal() -> str:
    """A deal with cash, a market and scenarios that two people have worked on."""
    store = open_store()
    ana = replace(LOCAL, name="Ana")
    bo = User(issuer="", subject="bo", name="Bo", email="bo@fund.com")
    made = store.create(deal(), user=ana, why="from the pitch of 3 November")
    store.share(made.deal_id, "bo@fund.com", "editor", user=ana)
    less = FINANCE | {"cash_usd": 3.4e6}
    for base, (user, finance, why) in enumerate(
        (
            (bo, less, "the bank statement says less"),
            (ana, less | {"headcount": 46, "months_to_proof": 11}, "call with the founders"),
        ),
        start=1,
    ):
        store.save(made.deal_id, deal(finance=finance), base=base, user=user, why=why)
    store.freeze(made.deal_id, 2, user=ana, note="first reading")
    return made.deal_id


def _take(page: Page, url: str, path: Path) -> None:
    page.goto(url)
    shown = page.locator(".stPlotlyChart, .stVegaLiteChart, [data-testid=stMarkdown] table")
    expect(shown.first).to_be_visible(timeout=30_000)
    page.wait_for_timeout(4_000)
    page.screenshot(path=path)


if __name__ == "__main__":
    main()
