"""The browser fixtures see what they are there to see."""

import pytest
from playwright.sync_api import Page

from tests.browser import Watch

pytestmark = pytest.mark.browser


def test_a_clean_page_leaves_nothing(page: Page, watch: Watch) -> None:
    page.set_content("<h1>Assay</h1>")
    assert watch.problems == []


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("<script>console.error('planted')</script>", "console: planted"),
        ("<script>throw new Error('planted')</script>", "page error: planted"),
        ("<img src='http://assay.invalid/x.png'>", "request to another machine"),
        ("<img src='http://127.0.0.1:9/x.png'>", "failed request"),
        ("<script>new WebSocket('ws://assay.invalid/x')</script>", "request to another machine"),
    ],
)
def test_what_a_page_does_wrong_is_seen(
    page: Page, watch: Watch, content: str, expected: str
) -> None:
    page.set_content(content)
    page.wait_for_timeout(300)
    assert any(problem.startswith(expected) for problem in watch.problems), watch.problems
    watch.problems.clear()
