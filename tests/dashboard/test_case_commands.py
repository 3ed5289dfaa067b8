"""``assay cases``: the fields that other programs read, and refusals in one sentence."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from costmodel.messages import InputError
from dashboard.cases import library
from dashboard.cli import app


def printed(*words: str) -> str:
    done = CliRunner().invoke(app, ["cases", *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def found(*words: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(printed(*words, "--json"))
    return told


def test_every_case_is_printed_with_its_sources() -> None:
    told = found()
    assert [each["id"] for each in told["cases"]] == [case.id for case in library.cases()]
    assert all(each["sources"] and each["lesson"]["zh"] for each in told["cases"])
    assert "comparables" not in told


def test_rates_of_a_narrowed_list_are_those_of_the_whole_library() -> None:
    failed = found("--outcome", "fail")
    assert {each["outcome"] for each in failed["cases"]} == {"fail"}
    assert failed["base_rates"] == found()["base_rates"]
    assert failed["base_rates"]["warning"]


def test_a_deal_gets_its_comparables_with_reasons() -> None:
    like = found("--like", "glm-130b")["comparables"]
    assert set(like["itself"]) == {"zhipu", "run-glm"}
    assert like["not_stated"] == ["money"]
    assert like["companies"][0]["alike"]
    text = printed("--like", "glm-130b", "--lang", "zh")
    assert "国家相同：中国" in text
    assert "人工挑选" in text


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("--outcome", "acqui-hire"), "acquihire"),
        (("--kind", "firm"), "company"),
        (("--like", "nowhere.yaml"), "nowhere.yaml"),
    ],
)
def test_bad_input_is_refused_with_what_was_found(words: tuple[str, ...], named: str) -> None:
    with pytest.raises(InputError, match=named):
        CliRunner().invoke(app, ["cases", *words], catch_exceptions=False)
