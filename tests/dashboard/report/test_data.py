"""JSON and the data appendix: nothing is lost on the way out and back."""

import csv
import io
import json
import zipfile
from datetime import UTC, date, datetime
from functools import cache
from typing import Final

import pytest

from costmodel.messages import InputError
from dashboard import deal as deals
from dashboard.language import use_language
from dashboard.report import data_json, data_zip
from dashboard.report.case import Case, case_of
from dashboard.report.document import Table
from dashboard.report.edition import Edition
from dashboard.report.memo import memo_of
from dashboard.store.records import Entry, state_of
from tests.dashboard.report.cases import case, memo

_FILES: Final = {
    "README.txt",
    "answers.json",
    "assumptions.csv",
    "audit_log.jsonl",
    "deal.yaml",
    "evidence.csv",
    "metrics.csv",
    "parameters.json",
    "report.json",
    "schema.json",
}


@cache
def _stored() -> Case:
    """A case of a stored version with its trail."""
    trail = (
        Entry(
            number=1,
            at=datetime(2026, 11, 20, 9, 30, tzinfo=UTC),
            author="Ana",
            action="create",
            detail={"name": "Example"},
        ),
        Entry(
            number=2,
            at=datetime(2026, 11, 21, 9, 30, tzinfo=UTC),
            author="Ana",
            action="save",
            detail={"version": 2},
        ),
    )
    edition = Edition(
        deal_id="d0123456789abcdef0123",
        number=2,
        as_of=date(2026, 11, 21),
        author="Ana",
        why="after the call",
        sha256="0" * 64,
        is_frozen=True,
        trail=trail,
    )
    return case_of(deals.sample("example-startup"), edition)


@pytest.mark.parametrize("name", ["example-startup", "glm-130b", "bare", "hostile"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_report_read_back_gives_the_same_bytes(name: str, language: str) -> None:
    with use_language(language):
        first = data_json.render(case(name, language), memo(name, language))
        deal, edition = data_json.read(first)
        again = case_of(deal, edition)
        second = data_json.render(again, memo_of(again))

    assert state_of(deal) == state_of(case(name, language).deal)
    assert second == first


def test_a_stored_version_comes_back_with_its_trail() -> None:
    given = _stored()
    content = data_json.render(given, memo_of(given))

    deal, edition = data_json.read(content)

    assert edition == given.edition
    assert "Change log" in content.decode()
    assert deals.loads(content) == deal  # a report opens as the deal that it carries


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b'{"assay_report": 9}', b"\xff\xfe", b"[" * 100_000]
)
def test_what_is_no_report_is_refused_in_a_sentence(content: bytes) -> None:
    with pytest.raises(InputError) as refused:
        data_json.read(content)

    assert str(refused.value)


def test_the_appendix_holds_the_files_and_the_same_bytes_twice() -> None:
    given = _stored()
    content = data_zip.render(given, memo_of(given))

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = set(archive.namelist())
        assert names == _FILES
        assert deals.loads(archive.read("deal.yaml")) == given.deal
        assert archive.read("report.json") == data_json.render(given, memo_of(given))
        log = [json.loads(line) for line in archive.read("audit_log.jsonl").splitlines()]
        answers = json.loads(archive.read("answers.json"))
        metrics = list(csv.DictReader(io.StringIO(archive.read("metrics.csv").decode("utf-8-sig"))))
        evidence = list(csv.reader(io.StringIO(archive.read("evidence.csv").decode("utf-8-sig"))))
    assert [entry["number"] for entry in log] == [1, 2]
    assert set(answers) == set(given.deal.answers)
    assert {row["metric"] for row in metrics} == set(given.metrics)
    assert len(evidence) - 1 == sum(len(a.evidence) for a in given.deal.answers.values())
    assert data_zip.render(given, memo_of(given)) == content


def test_no_cell_of_the_appendix_is_a_formula() -> None:
    given = case("hostile")

    with zipfile.ZipFile(io.BytesIO(data_zip.render(given, memo("hostile")))) as archive:
        for name in archive.namelist():
            if name.endswith(".csv"):
                for row in csv.reader(io.StringIO(archive.read(name).decode("utf-8-sig"))):
                    for cell in row:
                        assert not cell.startswith(("=", "@", "+")), (name, cell)
            assert not name.startswith(("/", "..")), name


def test_a_lab_run_that_is_not_kept_here_stands_with_what_the_deal_says_of_it() -> None:
    given = deals.from_mapping(
        {
            "assay": 1,
            "name": "Run",
            "lab_runs": [{"run_id": "../../etc/passwd", "workload": "gpt", "tokens_per_s": 20.0}],
        }
    )
    made = case_of(given, case("bare").edition)

    with zipfile.ZipFile(io.BytesIO(data_zip.render(made, memo_of(made)))) as archive:
        runs = [name for name in archive.namelist() if name.startswith("lab_runs/")]

    assert runs == ["lab_runs/_.._etc_passwd/evidence.json"]


def test_a_job_of_the_lab_stands_with_its_findings_in_the_memo_and_the_appendix() -> None:
    finding = {
        "claim": "params",
        "about": {"en": "Parameters", "zh": "参数量"},
        "verdict": "implausible",
        "unit": "parameter",
        "stated": 7e9,
        "measured": 1.3e9,
        "why": {"en": "The weights hold fewer.", "zh": "权重更少。"},
    }
    job = {"job_id": "verify-1", "kind": "verify", "sample": "company", "findings": [finding]}
    given = deals.from_mapping({"assay": 1, "name": "Job", "lab_jobs": [job]})
    made = case_of(given, case("bare").edition)
    document = memo_of(made)

    (section,) = [one for one in document.sections if one.id == "evaluation"]
    (table,) = [one for one in section.blocks if isinstance(one, Table) and one.id == "bench"]
    shown = ["".join(run.text for run in cell.text) for cell in table.rows[0]]
    assert shown[1:5] == ["7B", "1.3B", "Implausible", "the company"]
    assert shown[5] == "The weights hold fewer."
    with zipfile.ZipFile(io.BytesIO(data_zip.render(made, document))) as archive:
        assert "lab_jobs/verify-1/evidence.json" in archive.namelist()


def test_a_finding_in_a_unit_that_nobody_knows_is_refused() -> None:
    finding = {"claim": "x", "about": "x", "verdict": "consistent", "unit": "furlong"}
    job = {"job_id": "verify-1", "kind": "verify", "findings": [finding]}
    with pytest.raises(InputError, match=r"lab_jobs|unit"):
        deals.from_mapping({"assay": 1, "name": "Job", "lab_jobs": [job]})
