"""Every page on a phone: nothing scrolls sideways, and the accessibility rules hold."""

import json
from typing import Final

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.dashboard.journeys import FITS, opened

pytestmark = pytest.mark.browser

PAGES: Final = (
    "",
    "cost",
    "programme",
    "serving",
    "rent-or-own",
    "scaling",
    "plan",
    "lab",
    "risk",
    "scenarios",
    "backtest",
    "deals",
    "history",
    "cases",
    "sources",
)


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(("theme", "lang"), [("light", "en"), ("dark", "zh")])
def test_pages_fit_a_phone_and_pass_the_accessibility_rules(
    next_page: Page, app_url: str, path: str, lang: str, theme: str
) -> None:
    next_page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    next_page.set_viewport_size({"width": 390, "height": 844})
    opened(next_page, app_url, f"{path}?lang={lang}")

    next_page.wait_for_function(FITS, timeout=10_000)

    found = Axe().run(next_page, options={"resultTypes": ["violations"]}).response["violations"]
    grave = [v for v in found if v["impact"] in ("serious", "critical")]
    assert not grave, json.dumps(
        [(v["id"], [n["html"][:200] for n in v["nodes"][:3]]) for v in grave], indent=1
    )
