"""The result of an audit: its fields, what it says of claims, and what it keeps to itself."""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scipy.stats import binomtest

from costmodel.messages import InputError
from costmodel.workload import scaling_data
from dashboard.deal_sections import SECTIONS
from lab import runs
from lab.audit import shares
from lab.findings import LabFinding
from tests.lab.audit import duplicates

Audit = Callable[..., dict[str, Any]]

_EN = "The people of this town have long believed that the river would bring them luck one day. "
_ZH = "这个城市的人们一直相信，总有一天河流会给他们带来好运，他们为此等待了很多年。"


def _write(path: Path, texts: list[str]) -> Path:
    path.write_text(
        "".join(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in texts), "utf-8"
    )
    return path


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """Documents with copies."""
    return _write(tmp_path / "sample.jsonl", duplicates.planted(600))


def test_the_fields_that_others_rely_on_are_there(audit: Audit, sample: Path) -> None:
    found = audit(sample)
    for name in (
        *("documents", "bytes", "tokens", "exact_duplicate_share", "near_duplicate_share"),
        *("pii_per_1k", "pii", "languages", "contamination_share", "epochs_effective"),
    ):
        assert name in found
    assert found["documents"] == 600
    assert found["contamination_share"] is None
    assert found["epochs_effective"] is None
    assert set(found["pii"]) >= {"email", "phone", "id_number", "bank_card", "ip", "key"}
    json.dumps(found, allow_nan=False)


def test_identifiers_are_counted_for_a_thousand_documents(audit: Audit, tmp_path: Path) -> None:
    texts = ["write to a@example.com or b@example.com", "nothing here", "tel 13800138000", "x"]
    found = audit(_write(tmp_path / "a.jsonl", texts))
    assert found["pii"]["email"] == 2
    assert found["pii"]["phone"] == 1
    assert found["pii_per_1k"] == 1000 * 3 / 4
    assert found["documents_with_pii"]["hits"] == 2


def test_no_identifier_leaves_with_the_result(audit: Audit, tmp_path: Path) -> None:
    text = "Please write to secret.person@example.com about the plan for next year, " + _EN
    path = _write(tmp_path / "a.jsonl", [text, text + " Yes.", text])
    found = audit(path)
    assert found["duplicates"]
    assert "secret.person" not in json.dumps(found)
    assert "[EMAIL]" in json.dumps(found)
    assert "secret.person" in json.dumps(audit(path, redact=False))


def test_languages_are_shares_of_the_bytes(audit: Audit, tmp_path: Path) -> None:
    found = audit(_write(tmp_path / "a.jsonl", [_EN * 2] * 30 + [_ZH] * 20))
    en, zh = 30 * len((_EN * 2).strip()), 20 * len(_ZH.encode())
    assert found["languages"]["en"] == pytest.approx(en / (en + zh))
    assert found["languages"]["zh"] == pytest.approx(zh / (en + zh))
    assert sum(found["languages"].values()) == pytest.approx(1)


def test_items_of_a_benchmark_are_found_by_thirteen_words(audit: Audit, tmp_path: Path) -> None:
    rng = random.Random(0)
    words = [f"word{k}" for k in range(3000)]
    items = [" ".join(rng.choices(words, k=30)) for _ in range(40)]
    texts = [" ".join(rng.choices(words, k=60)) for _ in range(200)]
    for k in range(10):  # a stretch of fourteen words in the middle of a text
        texts[k] += " " + " ".join(items[k].split()[5:19]) + " and more"
    texts[50] += " " + " ".join(items[20].split()[5:17])  # twelve are too few
    sample = _write(tmp_path / "a.jsonl", texts)
    bench = tmp_path / "bench.jsonl"
    bench.write_text("".join(json.dumps({"question": i, "answer": "B"}) + "\n" for i in items))
    found = audit(sample, against=[str(bench)])
    assert found["contamination_share"] == 10 / 40
    (finding,) = (LabFinding.from_json(f) for f in found["findings"])
    assert finding.claim == "contamination_share"
    assert finding.verdict == "stretched"
    assert finding.low is not None
    assert finding.high is not None
    assert finding.low < 0.25 < finding.high


def test_short_items_cannot_be_told(audit: Audit, sample: Path, tmp_path: Path) -> None:
    bench = _write(tmp_path / "bench.jsonl", ["What is two and two?", "Who was first?"])
    found = audit(sample, against=[str(bench)])
    assert found["contamination"]["items_too_short"] == 2
    assert found["findings"][0]["verdict"] == "cannot tell"


def test_epochs_and_loss_follow_the_cost_model(audit: Audit, sample: Path) -> None:
    found = audit(sample, raw_tokens=1e10, plan_tokens=5e10, params=1e9)
    unique = 1e10 * (1 - found["near_duplicate_share"])
    assert found["unique"]["unique_tokens"] == pytest.approx(unique)
    assert found["epochs_effective"] == pytest.approx(5e10 / unique)
    expected = scaling_data.data_constrained_loss(params=1e9, tokens=5e10, unique_tokens=unique)
    assert found["unique"]["loss"] == pytest.approx(expected)
    assert found["unique"]["loss"] > found["unique"]["loss_if_unique"]


@pytest.mark.parametrize(("stated", "verdict"), [(0.9, "consistent"), (0.0, "implausible")])
def test_a_stated_share_of_duplicates_is_judged(
    audit: Audit, sample: Path, stated: float, verdict: str
) -> None:
    found = audit(sample, claimed={"near_duplicate_share": stated})
    assert [f["verdict"] for f in found["findings"]] == [verdict]


def test_few_texts_cannot_tell(audit: Audit, tmp_path: Path) -> None:
    path = _write(tmp_path / "a.jsonl", ["one", "two"])
    found = audit(path, claimed={"near_duplicate_share": 0.1, "unique_tokens": 1e9})
    assert [f["verdict"] for f in found["findings"]] == ["cannot tell", "cannot tell"]


def test_more_distinct_tokens_than_raw_ones_are_impossible(audit: Audit, sample: Path) -> None:
    found = audit(sample, raw_tokens=1e9, claimed={"unique_tokens": 2e9})
    assert found["findings"][0]["verdict"] == "impossible"
    found = audit(sample, raw_tokens=1e9, claimed={"unique_tokens": 0.99e9})
    assert found["findings"][0]["verdict"] in ("stretched", "implausible")


def test_the_deal_takes_every_number(audit: Audit, sample: Path, tmp_path: Path) -> None:
    bench = _write(tmp_path / "bench.jsonl", [_EN * 3])
    found = audit(sample, against=[str(bench)], target_languages=["en"], raw_tokens=1e9)
    paths = {number["path"] for number in found["for_deal"]}
    assert paths == {
        *(f"measurements.{name}" for name in ("near_duplicate_share", "pii_per_1k")),
        *(f"measurements.{name}" for name in ("contamination_share", "target_language_share")),
        "plan.unique_tokens",
    }
    fields = SECTIONS["measurements"].model_fields
    assert all(path.split(".")[1] in fields for path in paths if path.startswith("measure"))


def test_a_cleaned_copy_has_no_duplicates_and_no_identifiers(audit: Audit, tmp_path: Path) -> None:
    texts = [*duplicates.planted(400), "mail me at a.b@example.com please"]
    out = tmp_path / "clean.jsonl"
    found = audit(_write(tmp_path / "a.jsonl", texts), clean=str(out))
    assert found["cleaned"]["documents"] < len(texts)
    again = audit(out)
    assert again["near_duplicate_share"] == 0
    assert again["pii_per_1k"] == 0
    assert again["documents"] == found["cleaned"]["documents"]
    with pytest.raises(InputError, match="there already"):
        audit(out, clean=str(out))


def test_nothing_is_left_in_the_jobs_folder(audit: Audit, sample: Path, tmp_path: Path) -> None:
    audit(sample)
    assert not list((tmp_path / "job").glob("audit-*"))


@pytest.mark.parametrize(
    "options",
    [
        {"threshold": 2},
        {"params": -1},
        {"plan_tokens": "many"},
        {"target_languages": ["english!"]},
        {"claimed": {"price": 1}},
        {"tokenizer": "/nowhere"},
        {"clean": "/nowhere/a.jsonl"},
        {"clean": "out.doc"},
        {"text_column": "nope"},
        {"surprise": 1},
    ],
)
def test_bad_options_are_refused(audit: Audit, sample: Path, options: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        audit(sample, **options)


def test_a_tokenizer_on_this_machine_counts_tokens(
    audit: Audit, sample: Path, tmp_path: Path
) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers

    made = Tokenizer(models.WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    folder = tmp_path / "tokenizer"
    folder.mkdir()
    made.save(str(folder / "tokenizer.json"))
    found = audit(sample, tokenizer=str(folder))
    lines = sample.read_text("utf-8").splitlines()
    assert found["tokens"] == sum(len(json.loads(line)["text"].split()) for line in lines)
    assert found["token_count"]["counted_by"] == "tokenizer"
    assert audit(sample)["token_count"]["counted_by"] == "estimate"


def test_every_note_is_a_message(audit: Audit, sample: Path) -> None:
    notes = [str(runs.message_from_json(note)) for note in audit(sample)["notes"]]
    assert any("estimate" in note for note in notes)
    assert any("company" in note for note in notes)


def test_wilsons_interval() -> None:
    found = shares.share(10, 100)
    true = binomtest(10, 100).proportion_ci(0.9, "wilson")
    assert [found.low, found.high] == pytest.approx([true.low, true.high])
    assert shares.share(0, 50).low == 0
    assert shares.share(50, 50).high == 1
