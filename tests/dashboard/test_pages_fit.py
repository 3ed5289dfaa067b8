"""Every page on a phone: nothing scrolls sideways, and the accessibility rules hold."""

from typing import Final

import pytest
from playwright.sync_api import Page

from tests.dashboard.journeys import fits_a_phone_in_both_languages

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
    "compression",
    "data-parallel",
    "federated",
    "privacy",
    "scaling-sweep",
    "quality",
    "verify",
    "audit",
    "risk",
    "scenarios",
    "memo",
    "backtest",
    "deals",
    "history",
    "cases",
    "sources",
)


@pytest.mark.parametrize("path", PAGES)
def test_pages_fit_a_phone_and_pass_the_accessibility_rules(
    next_page: Page, app_url: str, path: str
) -> None:
    fits_a_phone_in_both_languages(next_page, app_url, path)
