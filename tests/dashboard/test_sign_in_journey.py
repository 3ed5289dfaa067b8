"""Several people and one database: sign-in with a real provider, roles, and nothing overwritten."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import make_url

from dashboard import deal as deals
from dashboard.store.access import User
from dashboard.store.store import open_store
from tests.provider import running_provider, running_with_sign_in, serving_refused

pytestmark = pytest.mark.browser

PEOPLE = {
    "1": {"name": "Ana", "email": "ana@fund.com", "email_verified": True},
    "2": {"name": "Bo", "email": "bo@fund.com", "email_verified": True},
    "3": {"name": "Mallory", "email": "ana@fund.com", "email_verified": False},
}


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The app's address and the database's, with one deal of Ana's in it."""
    folder = tmp_path_factory.mktemp("team")
    database = f"sqlite:///{folder}/team.sqlite"
    with pytest.MonkeyPatch.context() as patch, running_provider(PEOPLE) as provider:
        patch.setenv("ASSAY_DATABASE_URL", database)
        with running_with_sign_in(folder, provider=provider) as url:
            yield url, database


def signed_in(browser: Browser, url: str, subject: str) -> Page:
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(f"{url}/?lang=en")
    page.get_by_role("button", name="Sign in", exact=True).click(timeout=60_000)
    page.get_by_role("textbox").first.fill(subject)
    page.get_by_role("button", name="Authorize").click()
    return page


def test_a_team_works_on_one_deal_and_nobody_else_sees_it(
    browser: Browser, team: tuple[str, str]
) -> None:
    url, database = team
    store = open_store(make_url(database))
    ana_said = User(issuer="", subject="ana@fund.com", name="Ana", email="ana@fund.com")
    made = store.create(deals.sample("glm-130b"), user=ana_said, why="imported for Ana")

    # Who has not signed in sees no deal, on whatever page.
    stranger = browser.new_context().new_page()
    stranger.goto(f"{url}/risk?deal={made.deal_id}&lang=en")
    expect(stranger.get_by_text("sign in to see yours")).to_be_visible(timeout=60_000)
    assert "GLM" not in stranger.content()

    ana = signed_in(browser, url, "1")
    expect(ana.get_by_role("button", name="ana@fund.com")).to_be_visible(timeout=60_000)
    ana.goto(f"{url}/history?deal={made.deal_id}&lang=en")
    expect(ana.get_by_text("imported for Ana")).to_be_visible(timeout=60_000)

    # Of a deal that is not theirs, people learn no more than of one that is not there.
    for subject in ("2", "3"):  # the third has Ana's address, and not verified
        other = signed_in(browser, url, subject)
        expect(other.get_by_role("button", name="Keep as your own deal")).to_be_visible(
            timeout=60_000
        )
        other.goto(f"{url}/?deal={made.deal_id}&lang=en")
        expect(other.get_by_text("there is no such deal")).to_be_visible(timeout=60_000)
        other.goto(f"{url}/deals?lang=en")
        expect(other.get_by_text("None yet.")).to_be_visible(timeout=60_000)
        other.context.close()

    # Ana lets Bo edit; Bo's address in the link works at once.
    address = ana.get_by_role("textbox", name="E-mail address")
    address.fill("bo@fund.com")
    address.press("Enter")
    ana.wait_for_timeout(2_000)  # the page is drawn anew, and would shut an open list
    ana.get_by_role("radio", name="editor").click()
    ana.get_by_role("button", name="Give the role").click()
    expect(ana.get_by_text("bo@fund.com · editor")).to_be_visible(timeout=30_000)
    bo = signed_in(browser, url, "2")
    expect(bo.get_by_role("button", name="bo@fund.com")).to_be_visible(timeout=60_000)
    bo.goto(f"{url}/?deal={made.deal_id}&lang=en")

    # Both change the same number; the second is shown the first's and chooses.
    for page, typed in ((bo, "500B"), (ana, "700B")):
        if page is ana:
            page.goto(f"{url}/?deal={made.deal_id}&lang=en")
        field = page.get_by_role("textbox", name="Training tokens")
        expect(field).to_be_visible(timeout=60_000)
        field.fill(typed)
        field.press("Enter")
        expect(page.get_by_role("button", name="Save your numbers")).to_be_visible(timeout=30_000)
    for page in (bo, ana):
        page.get_by_role("button", name="Save your numbers").click()
        page.get_by_role("button", name="Save this version").click()
    expect(bo.get_by_role("link", name="Version 2")).to_be_visible(timeout=30_000)
    expect(ana.get_by_text("bo@fund.com has saved version 2")).to_be_visible(timeout=30_000)
    merge = ana.get_by_role("button", name="Save both changes together")
    expect(merge).to_be_disabled()
    ana.get_by_text("Yours: 700B").click()
    expect(merge).to_be_enabled(timeout=30_000)
    merge.click()
    expect(ana.get_by_role("link", name="Version 3")).to_be_visible(timeout=30_000)

    person = store.person("ana@fund.com")
    tokens = [store.load(made.deal_id, user=person, number=n).deal.plan.tokens for n in (2, 3)]
    assert tokens == [5e11, 7e11]
    assert [v.author for v in store.history(made.deal_id, user=person)][:2] == [
        "ana@fund.com",
        "bo@fund.com",
    ]

    # Signed out, Bo sees nothing any more.
    bo.get_by_role("button", name="bo@fund.com").click()
    bo.get_by_role("button", name="Sign out").click()
    bo.get_by_role("button", name="End session").click()  # the provider's own page
    expect(bo.get_by_role("button", name="Sign in", exact=True)).to_be_visible(timeout=60_000)
    for page in (stranger, ana, bo):
        page.context.close()


def test_a_network_without_sign_in_is_refused_unless_told_so(tmp_path: Path) -> None:
    assert "nobody is asked to sign in" in serving_refused("--address", "0.0.0.0")
    assert "cannot be read" in serving_refused("--auth", str(tmp_path / "none.toml"))
    for content, said in (
        ("[auth]\n", "auth.redirect_uri"),
        ("not toml", "not valid TOML"),
        (
            "\n".join(
                ["[auth]"]
                + [
                    f'{key} = "x"'
                    for key in (
                        "redirect_uri",
                        "cookie_secret",
                        "client_id",
                        "client_secret",
                        "server_metadata_url",
                    )
                ]
            ),
            "shorter than 32",
        ),
    ):
        path = tmp_path / "auth.toml"
        path.write_text(content)
        assert said in serving_refused("--auth", str(path))
