"""Fixtures of every test: the running app and a watched browser page."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from streamlit import config

from tests.browser import FLAGS, ROOT, Watch, chromium, running_assay

# Two test processes run side by side: two threads each would wait for one another.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# What tests start keeps its compiled code, as a user's does: half a second of every start.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


#: Files that take longest, in the order in which the test processes take them: one of them
#: at the end would leave the other process idle.
_FIRST = (
    "test_pages_fit",
    "test_recalculated",
    "test_journeys",
    "test_kill",
    "test_fitting",
    "test_crowd",
    "test_distributed",
    "test_lab_commands",
    "test_risk_journey",
    "test_lab_journey",
    "test_risk",
    "test_backtest",
    "test_hf_config",
    "test_energy",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files that take longest come first."""
    ranks = {name: n for n, name in enumerate(_FIRST)}
    items.sort(key=lambda item: ranks.get(item.path.stem, len(_FIRST)))


@pytest.fixture(scope="session", autouse=True)
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Deals that the app of the tests stores lie in a database of their own, and the app knows
    that this machine alone reaches it.
    """
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("database")
        patch.setenv("ASSAY_DATABASE_URL", f"sqlite:///{folder}/assay.sqlite")
        config.set_option("server.address", "localhost")
        yield


@pytest.fixture(scope="session", autouse=True)
def runs_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Lab runs, evidence and reports of the tests, the app's too, lie in folders of their own."""
    folders = {
        "ASSAY_RUNS": tmp_path_factory.mktemp("runs"),
        "ASSAY_EVIDENCE": tmp_path_factory.mktemp("evidence"),
        "ASSAY_REPORTS": tmp_path_factory.mktemp("reports"),
    }
    before = {name: os.environ.get(name) for name in folders}
    os.environ.update({name: str(folder) for name, folder in folders.items()})
    yield folders["ASSAY_RUNS"]
    for name, value in before.items():
        if value is None:
            del os.environ[name]
        else:
            os.environ[name] = value


@pytest.fixture(scope="session")
def app_url() -> Iterator[str]:
    """The address of ``assay dashboard``; the data folder must not change under it."""
    before = _fingerprint()
    with running_assay() as url:
        yield url
    assert _fingerprint() == before, "the app wrote into data/"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the session; what is expected of a page may take as long as on a machine
    that does other things beside.
    """
    expect.set_options(timeout=15_000)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture
def watch() -> Iterator[Watch]:
    """What goes wrong in the page of this test; anything left in it fails the test."""
    seen = Watch()
    yield seen
    assert not seen.problems, "\n".join(seen.problems)


@pytest.fixture
def page(browser: Browser, watch: Watch) -> Iterator[Page]:
    """A fresh browser page that fails the test on errors and on requests elsewhere."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
    watch.context(context)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def visitor(browser: Browser) -> Iterator[BrowserContext]:
    """A browser context that has loaded the app's scripts before."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
    yield context
    context.close()


@pytest.fixture
def next_page(visitor: BrowserContext, watch: Watch) -> Iterator[Page]:
    """Like ``page``, but the browser need not load the app anew: for tests that only look."""
    watch.context(visitor)
    shown = visitor.new_page()
    yield shown
    shown.close()
    watch.leave(visitor)


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for path in sorted((ROOT / "data").rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(ROOT).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()
