import urllib.request

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def test_the_chinese_font_comes_from_the_app(page: Page, app_url: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{app_url}/?lang=zh")
    expect(page.get_by_role("heading").first).to_be_visible(timeout=30_000)
    page.wait_for_function(
        "[...document.fonts].some(f => /Noto/.test(f.family) && f.status == 'loaded')"
    )
    fonts = [url for url in asked if "NotoSansSC" in url]
    assert fonts
    assert all(url.startswith(f"{app_url}/app/static/") for url in fonts)


def test_the_font_is_served_with_its_licence(app_url: str) -> None:
    for name, least in (("NotoSansSC-Regular.woff2", 500_000), ("OFL.txt", 4_000)):
        with urllib.request.urlopen(f"{app_url}/app/static/{name}", timeout=10) as answer:
            assert len(answer.read()) > least
