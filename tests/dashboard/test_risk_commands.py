"""``assay risk``: the fields that other programs read, and refusals in one sentence."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from costmodel.messages import InputError
from dashboard.cli import app
from dashboard.risk.answers import files
from dashboard.risk.bank import own_values
from dashboard.risk.bank.loading import bank
from dashboard.risk.bank.parameters import Override
from tests.dashboard.risk.cases import FULL_STACK

AS_OF = ("--as-of", "2026-11-27")


def printed(*words: str) -> str:
    done = CliRunner().invoke(app, ["risk", *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def scored(*words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(printed("score", *words, "--json"))
    return found


def answered(folder: Path, level: int, status: str) -> Path:
    """A deal whose every question is answered alike, as a file."""
    deal = {
        "assay": 1,
        "name": "Every answer alike",
        "company": {"stage": "growth"},
        "profile": FULL_STACK,
        "answers": {i: {"level": level, "status": status} for i in bank().questions},
    }
    path = folder / "deal.yaml"
    path.write_text(json.dumps(deal), "utf-8")
    return path


def test_a_sample_has_the_fields_that_other_programs_read() -> None:
    found = scored("deepseek-v3", *AS_OF)
    assert set(found) >= {
        "overall", "areas", "coverage", "verdict", "rule", "reverses_if", "flags", "open_p0",
    }  # fmt: skip
    assert set(found["overall"]) >= {"expected", "low", "high"}
    assert set(found["areas"]) == {area.id for area in bank().frame.areas}
    assert (found["verdict"], found["rule"]) == ("need_more_evidence", 3)
    assert found["reverses_if"]
    speak = [
        item
        for item in found["items"]
        if any(item["numbers"][bound] for bound in ("set", "cap", "floor"))
        or any(not flag["remark"] for flag in item["numbers"]["flags"])
    ]
    assert len(speak) >= 20


def test_totals_recompute_from_the_items_that_are_printed() -> None:
    found = scored("llama-3.1-405b", *AS_OF)
    for area, told in found["areas"].items():
        items = [item for item in found["items"] if item["area"] == area]
        stakes = [item["weight"] * item["impact"] for item in items]
        for end in ("expected", "low", "high"):
            mean = sum(s * item[end] for s, item in zip(stakes, items, strict=True)) / sum(stakes)
            assert told[end] == pytest.approx(100 * mean)


@pytest.mark.parametrize(
    ("level", "status", "expected", "low", "high", "verdict"),
    [
        (3, "verified", 75.0, 62.5, 87.5, "proceed"),
        (3, "documented", 63.6, 50.0, 87.5, "conditional"),
        (1, "documented", 25.0, 0.0, 37.5, "decline"),
        (4, "claimed", 53.7, 36.5, 86.5, "need_more_evidence"),
    ],
)
def test_the_worked_cases_come_out_of_the_command(
    tmp_path: Path,
    level: int,
    status: str,
    expected: float,
    low: float,
    high: float,
    verdict: str,
) -> None:
    found = scored(str(answered(tmp_path, level, status)), *AS_OF)
    overall = found["overall"]
    assert [overall[end] for end in ("expected", "low", "high")] == pytest.approx(
        [expected, low, high], abs=0.05
    )
    assert found["verdict"] == verdict


def test_an_evidence_file_that_vanished_counts_as_on_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSAY_EVIDENCE", str(tmp_path / "evidence"))
    kept = files.store(files.evidence_dir(), "contract.txt", b"signed")
    evidence = [{"file": kept.name, "sha256": kept.sha256, "date": "2026-11-01"}]
    deal = {
        "assay": 1,
        "name": "One answer",
        "profile": FULL_STACK,
        "answers": {"TMF-03": {"level": 3, "status": "documented", "evidence": evidence}},
    }
    path = tmp_path / "deal.yaml"
    path.write_text(json.dumps(deal), "utf-8")

    def status() -> str:
        items = {each["question"]: each for each in scored(str(path), *AS_OF)["items"]}
        return str(items["TMF-03"]["status"])

    assert status() == "documented"
    (tmp_path / "evidence" / kept.sha256[:2] / kept.sha256).unlink()
    assert status() == "claimed"


def test_a_terminal_gets_the_verdict_its_reason_and_what_to_ask() -> None:
    told = printed("score", "glm-130b", *AS_OF)
    assert told.startswith("Verdict of the rules: ")
    assert "X03" in told  # the contradiction of its energy
    assert "To ask next" in told
    chinese = printed("score", "glm-130b", *AS_OF, "--lang", "zh")
    assert chinese.startswith("规则结论")


def test_questions_are_listed_with_their_levels() -> None:
    told = json.loads(printed("questions", "--json"))
    assert [each["id"] for each in told["questions"]] == list(bank().questions)
    assert all(len(each["levels"]) == 5 for each in told["questions"])
    assert told["parameters"]["eu_systemic_flop"]["value"] == 1e25
    one = json.loads(printed("questions", "--area", "tech", "--json"))
    assert {each["area"] for each in one["questions"]} == {"tech"}
    health = json.loads(printed("questions", "--sector", "health", "--json"))
    assert len(health["questions"]) > len(told["questions"])


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("score", "no-such-deal.yaml"), "no-such-deal.yaml"),
        (("score", "deepseek-v3", "--as-of", "soon"), "soon"),
        (("questions", "--area", "computing"), "computing"),
        (("questions", "--sector", "mining"), "mining"),
    ],
)
def test_bad_input_is_refused_with_what_was_found(words: tuple[str, ...], named: str) -> None:
    with pytest.raises(InputError, match=named):
        CliRunner().invoke(app, ["risk", *words], catch_exceptions=False)


OWN: dict[str, Any] = {"value": 0.01, "by": "IC", "date": "2026-11-20", "reason": "a pilot"}


def test_a_funds_own_values_hold_and_are_shown_with_who_set_them(tmp_path: Path) -> None:
    path = tmp_path / "own.json"
    path.write_bytes(own_values.written([Override(id="evidence_coverage", **OWN)]))
    words = ("deepseek-v3", *AS_OF, "--parameters", str(path))

    found, plain = scored(*words), scored("deepseek-v3", *AS_OF)

    assert plain["parameters"].endswith("+0")
    assert found["parameters"].startswith(plain["parameters"].replace("+0", "+1."))
    assert found["own_values"] == [
        {"id": "evidence_coverage", "default": 0.6, "unit": "fraction", **OWN}
    ]
    assert plain["own_values"] == []
    assert found["because"] != plain["because"]  # a hundredth of the weight is known
    assert "1% in place of 60%; IC, 2026-11-20: a pilot" in printed("score", *words)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("no json", "no file of own values"),
        ('{"id": 1}', "no file of own values"),
        ("[" * 100_000, "no file of own values"),
        ([{**OWN, "id": "no_such_number"}], r"overrides\.0\.id.*no_such_number"),
        ([{**OWN, "id": "evidence_coverage", "value": 60}], r"overrides\.0\.value"),
        ([{**OWN, "id": "evidence_coverage", "value": "much"}], r"overrides\.0\.value"),
        ([{**OWN, "id": "evidence_coverage", "value": True}], r"overrides\.0\.value"),
        ([{**OWN, "id": "coverage_level_3", "value": 0.01}], r"no longer run one way"),
        ([{**OWN, "id": "evidence_coverage", "reason": " "}], "who set it, when and why"),
        ([{**OWN, "id": "evidence_coverage", "date": "soon"}], "soon is not a day"),
        ([{"id": "evidence_coverage", "value": 0.5}], "missing"),
        ([{**OWN, "id": "evidence_coverage", "note": "x"}], r"overrides\.0\.note"),
        (None, "cannot be read"),
    ],
)
def test_a_bad_file_of_own_values_is_one_sentence(
    tmp_path: Path, content: object, says: str
) -> None:
    path = tmp_path / "own.json"
    if content is not None:
        path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    with pytest.raises(InputError, match=says):
        printed("score", "deepseek-v3", "--parameters", str(path))


def test_a_red_flag_has_a_code_an_owner_and_a_day(tmp_path: Path) -> None:
    flags = scored(str(answered(tmp_path, 0, "documented")), *AS_OF)["flags"]
    assert len(flags) > 20
    assert all(flag["code"] and flag["owner"] for flag in flags)
    days = {flag["due"] for flag in flags}
    # Conditions precedent are due before closing, the others within a hundred days.
    assert days == {None, "2027-03-07"}
