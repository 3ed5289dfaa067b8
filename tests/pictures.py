"""Takes the pictures of the documentation anew: ``python -m tests.pictures``."""

import os
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from playwright.sync_api import Page, expect, sync_playwright

from tests import nvml
from tests.browser import ASSAY, FLAGS, ROOT, chromium, running_assay

_PICTURES: Final = {
    "overview.png": "?lang=en",
    "overview-zh.png": "?lang=zh",
    "risk.png": "risk?lang=en",
    "risk-zh.png": "risk?lang=zh",
    "lab.png": "lab?lang=en",
    "lab-zh.png": "lab?lang=zh",
}


def main() -> None:
    """One picture of a first screen in each language, into ``docs/``; the lab's has a live run
    beside the two GPUs of the driver stub.
    """
    os.environ |= nvml.environment(GPUS=2, LOAD="0.95,0.3")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["ASSAY_RUNS"] = str(Path(folder) / "runs")
        with running_assay() as url, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
            page = browser.new_page(viewport={"width": 1280, "height": 980})
            trained = subprocess.Popen([ASSAY, "lab", "train", "gpt", "--minutes", "2"])
            try:
                for name, query in _PICTURES.items():
                    _take(page, f"{url}/{query}", ROOT / "docs" / name)
            finally:
                trained.terminate()
                trained.wait()
                browser.close()


def _take(page: Page, url: str, path: Path) -> None:
    page.goto(url)
    charts = page.locator(".stPlotlyChart, .stVegaLiteChart")
    expect(charts.first).to_be_visible(timeout=30_000)
    page.wait_for_timeout(4_000)
    page.screenshot(path=path)


if __name__ == "__main__":
    main()
