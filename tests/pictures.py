"""Takes the pictures of the documentation anew: ``python -m tests.pictures``."""

from typing import Final

from playwright.sync_api import expect, sync_playwright

from tests.browser import FLAGS, ROOT, chromium, running_assay

_PICTURES: Final = {"overview.png": "?lang=en", "overview-zh.png": "?lang=zh"}


def main() -> None:
    """One picture of the first screen in each language, into ``docs/``."""
    with running_assay() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1280, "height": 980})
        for name, query in _PICTURES.items():
            page.goto(f"{url}/{query}")
            expect(page.get_by_test_id("stPlotlyChart").first).to_be_visible(timeout=30_000)
            page.wait_for_timeout(2_000)
            page.screenshot(path=ROOT / "docs" / name)
        browser.close()


if __name__ == "__main__":
    main()
