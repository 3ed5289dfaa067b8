"""What a person does with the app, in a real browser, as `make dashboard` serves it."""

import json
import re
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from tests.dashboard.journeys import metric, opened

pytestmark = pytest.mark.browser

CONFIG: Final = {
    "model_type": "llama",
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_attention_heads": 32,
    "num_hidden_layers": 32,
    "num_key_value_heads": 8,
    "vocab_size": 128256,
}


@pytest.mark.parametrize(
    ("lang", "tokens_label", "flop_label", "hours_label"),
    [
        ("en", "Training tokens", "Training FLOP", "GPU-hours"),
        ("zh", "训练词元数", "训练 FLOP 总量", "GPU 小时"),
    ],
)
def test_a_stranger_opens_the_app_and_changes_a_number(
    page: Page, app_url: str, lang: str, tokens_label: str, flop_label: str, hours_label: str
) -> None:
    opened(page, app_url, f"?lang={lang}")
    expect(page.get_by_role("heading", name="DeepSeek-V3", level=1)).to_be_visible()
    before = metric(page, hours_label).inner_text()

    tokens = page.get_by_role("textbox", name=tokens_label)
    tokens.fill("29.6T")
    tokens.press("Enter")

    expect(metric(page, flop_label)).to_have_text("6.67 × 10²⁴")
    expect(metric(page, hours_label)).not_to_have_text(before)
    assert "tokens=29.6T" in page.url

    page.reload()
    expect(page.get_by_role("textbox", name=tokens_label)).to_have_value("29.6T", timeout=30_000)
    expect(metric(page, flop_label)).to_have_text("6.67 × 10²⁴")


def test_one_click_leads_from_a_figure_to_its_source(page: Page, app_url: str) -> None:
    opened(page, app_url)

    page.get_by_role("button", name="Source").nth(3).click()
    link = page.get_by_role("link", name="Machine Learning Hardware").first
    expect(link).to_be_visible()
    address = link.get_attribute("href")

    assert address
    page.goto(f"{app_url}/{address}")
    expect(page.get_by_test_id("stMetricLabel").first).to_contain_text("H800", timeout=30_000)


def test_the_language_switch_changes_every_word(page: Page, app_url: str) -> None:
    opened(page, app_url)

    page.get_by_role("radio", name="中文").click()

    expect(page.get_by_role("heading", name="声明与估算对照")).to_be_visible()
    expect(page.get_by_text("Claims against the estimate")).to_have_count(0)
    expect(page.get_by_role("link", name="训练成本")).to_be_visible()


def test_edits_of_the_team_add_up_and_outlive_a_change_of_language(
    page: Page, app_url: str
) -> None:
    opened(page, app_url, "programme?lang=en&deal=glm-130b&team=ml_engineer|China|40")
    people = metric(page, "People")
    before = people.inner_text()

    type_into_cell(page, column=2, text="90")
    expect(page).to_have_url(re.compile(r"China%7C90&"), timeout=10_000)
    type_into_cell(page, column=4, text="9")
    expect(page).to_have_url(re.compile(r"China%7C90%7C%7C9&"), timeout=10_000)
    expect(people).not_to_have_text(before)

    page.get_by_role("radio", name="中文").click()
    expect(page.get_by_role("heading", name="团队")).to_be_visible()
    type_into_cell(page, column=2, text="80")
    expect(page).to_have_url(re.compile(r"China%7C80%7C%7C9&"), timeout=10_000)


def type_into_cell(page: Page, *, column: int, text: str) -> None:
    """Type into the first row of the team; its columns are equally wide but for the first.

    The table is a canvas, which is drawn anew after each answer: an editor that opens
    meanwhile closes again, so opening it is tried until it stays.
    """
    table = page.get_by_test_id("stDataFrame").first
    editor = page.locator(".gdg-input")
    for _ in range(10):
        table.scroll_into_view_if_needed()
        page.wait_for_timeout(500)
        box = table.bounding_box()
        assert box is not None
        width = (box["width"] - 33) / 5
        table.click(position={"x": 33 + width * (column + 0.5), "y": 52})
        page.keyboard.press("Enter")
        page.wait_for_timeout(500)
        if editor.count():
            break
    editor.fill(text)
    expect(editor).to_have_value(text)
    editor.press("Enter")


def upload_config(page: Page, file: Path) -> None:
    """Choose a file in the config.json input."""
    if not page.get_by_text("Or a Hugging Face config.json").is_visible():
        page.get_by_text("Model size", exact=True).click()
    page.get_by_test_id("stFileUploaderDropzoneInput").first.set_input_files(file)


def test_a_config_upload_takes_the_architectures_place(
    page: Page, app_url: str, tmp_path: Path
) -> None:
    config = tmp_path / "my-8b.json"
    config.write_text(json.dumps(CONFIG))
    opened(page, app_url)

    upload_config(page, config)

    expect(page.get_by_role("heading", name="my-8b", level=1)).to_be_visible(timeout=20_000)
    expect(metric(page, "Parameters")).to_have_text("8.0303B")
    shared = page.url
    page.goto("about:blank")
    page.goto(shared)
    expect(page.get_by_role("heading", name="my-8b", level=1)).to_be_visible(timeout=30_000)


BAD_CONFIGS: Final = {
    "binary.json": (bytes(range(256)) * 40, "not a text file"),
    "broken.json": (b'{"model_type": "llama"', "not valid JSON"),
    "heads.json": (json.dumps(CONFIG | {"num_attention_heads": 33}).encode(), "do not divide"),
    "large.json": (b" " * 50_000_000, "upload the model's config.json itself"),
}


def test_a_bad_upload_is_one_sentence_and_nothing_typed_is_lost(
    page: Page, app_url: str, tmp_path: Path
) -> None:
    opened(page, app_url, "?tokens=3T")
    for name, (content, said) in BAD_CONFIGS.items():
        file = tmp_path / name
        file.write_bytes(content)

        upload_config(page, file)

        expect(page.get_by_test_id("stAlert").first).to_contain_text(said, timeout=40_000)
        expect(page.get_by_text("Traceback")).to_have_count(0)
        expect(page.get_by_role("textbox", name="Training tokens")).to_have_value("3T")


def test_a_deal_file_with_an_unknown_key_is_refused_with_the_nearest(
    page: Page, app_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "deal.yaml"
    file.write_text("assay: 1\nname: X\nplan: {tokns: 2e12}\n")
    opened(page, app_url, "deals")

    page.get_by_test_id("stFileUploaderDropzoneInput").first.set_input_files(file)

    alert = page.get_by_test_id("stAlert").first
    expect(alert).to_contain_text("tokns is not a field here; near it: tokens", timeout=20_000)


def test_cash_typed_and_a_stress_clicked_answer_at_once(page: Page, app_url: str) -> None:
    opened(page, app_url, "scenarios?lang=en&deal=deepseek-v3")
    expect(page.get_by_text("neither cash nor a round is stated").first).to_be_visible()
    for field, text in (("Cash at the bank", "60M"), ("People, dollars a month", "2M")):
        box = page.get_by_role("textbox", name=field)
        box.fill(text)
        box.press("Enter")
    runway = metric(page, "Runway")
    expect(runway).to_be_visible(timeout=20_000)
    before = runway.inner_text()

    page.get_by_role("button", name="Rival release, price −70% overnight").click()

    expect(runway).not_to_have_text(before, timeout=20_000)
    assert "s.stress=rival_release" in page.url
    page.reload()
    expect(metric(page, "Runway")).not_to_have_text(before, timeout=30_000)
