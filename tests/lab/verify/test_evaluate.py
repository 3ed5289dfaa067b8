"""Questions are read strictly, and scores are what the model's chances say."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from costmodel.messages import InputError
from lab.verify import items, judging
from lab.verify.evaluate import evaluate
from lab.verify.loaded import LanguageModel
from tests.lab.verify import made


def written(path: Path, rows: list[Any]) -> Path:
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    return path


def refused(path: Path) -> str:
    with pytest.raises(InputError) as error:
        items.read(path)
    return str(error.value.message)


ROW = {"prompt": "t1 t2", "choices": ["t3", "t4"], "answer": 0}


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([ROW] * 4, "too few"),
        ([ROW] * 5 + [{"text": "x"}], "line 6 is of another kind"),
        ([ROW] * 5 + [{**ROW, "answer": 2}], "line 6 is 2"),
        ([ROW] * 5 + [{**ROW, "answer": "C"}], "line 6 is C"),
        ([ROW] * 5 + [{**ROW, "answer": True}], "none of its 2 choices"),
        ([ROW] * 5 + [{**ROW, "choices": ["a"]}], "2 to 64 choices"),
        ([ROW] * 5 + [{"choices": ["a", "b"], "answer": 0}], "has no text"),
        ([ROW] * 5 + [[1, 2]], "line 6 is not a JSON object"),
        ([{"text": "a", "label": ["x"]}] * 6, "where a word or a number belongs"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, rows: list[Any], says: str) -> None:
    assert says in refused(written(tmp_path / "q.jsonl", rows))


def test_answers_may_be_numbers_letters_or_the_choice_itself(tmp_path: Path) -> None:
    rows = [{**ROW, "answer": answer} for answer in (0, 1, "A", "b", "t3", "t4")]
    found = items.read(written(tmp_path / "q.jsonl", rows))
    assert [item.right for item in found.items] == [0, 1, 0, 1, 0, 1]


def test_questions_in_gb18030_are_read(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    rows = [{"text": "这家酒店很好，服务热情周到，下次还会再来。" * 3, "label": "好"}] * 6
    text = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    path.write_bytes(text.encode("gb18030"))
    assert items.read(path).items[0].answer == "好"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Llama of noise with a tokenizer of words."""
    return made.save(tmp_path_factory.mktemp("eval") / "model", made.start(4))


def chances(model: Path, ids: list[int]) -> Any:
    with torch.inference_mode():
        return LanguageModel(model).logits(torch.tensor([ids]))[0].float().log_softmax(-1)


def test_the_loss_is_that_of_the_models_chances(model: Path, tmp_path: Path) -> None:
    """Bits per byte of the tokens judged, all but the first."""
    rows = [{"text": " ".join(f"t{(7 * i + k) % 256}" for k in range(12))} for i in range(6)]
    found = evaluate(model, items.read(written(tmp_path / "q.jsonl", rows)))
    bits, n_bytes = 0.0, 0
    for row in rows:
        ids = [int(word[1:]) for word in row["text"].split()]
        logs = chances(model, ids)
        bits -= sum(float(logs[k, ids[k + 1]]) for k in range(len(ids) - 1)) / math.log(2)
        n_bytes += len(" ".join(row["text"].split()[1:]).encode())
    assert found.value == pytest.approx(bits / n_bytes, rel=1e-4)
    assert found.low <= found.value <= found.high


def test_a_text_longer_than_the_context_is_judged_whole(model: Path, tmp_path: Path) -> None:
    rows = [{"text": " ".join(f"t{k % 256}" for k in range(300))}] * 5
    found = evaluate(model, items.read(written(tmp_path / "q.jsonl", rows)))
    # A model of noise gives each of 256 words about the same chance.
    assert found.extra["nats_per_token"] == pytest.approx(math.log(256), rel=0.02)


def test_the_likelier_choice_is_taken(model: Path, tmp_path: Path) -> None:
    logs = chances(model, [1, 2])[-1]
    likelier, less = (3, 4) if logs[3] > logs[4] else (4, 3)
    rows = [{"prompt": "t1 t2", "choices": [f"t{less}", f"t{likelier}"], "answer": 1}] * 20
    found = evaluate(model, items.read(written(tmp_path / "q.jsonl", rows)))
    assert found.value == 1.0
    assert found.low < 0.95  # twenty answers do not prove certainty
    assert found.chance == 0.5


def test_an_exact_answer_is_the_likeliest_words(model: Path, tmp_path: Path) -> None:
    best = int(chances(model, [5, 6])[-1].argmax())
    rows = [{"prompt": "t5 t6", "answer": f"t{best}"}] * 5 + [{"prompt": "t5 t6", "answer": "x"}]
    found = evaluate(model, items.read(written(tmp_path / "q.jsonl", rows)))
    assert found.by_item == (1.0,) * 5 + (0.0,)


@pytest.mark.parametrize(
    ("claimed", "verdict"),
    [(0.6, "consistent"), (0.72, "consistent"), (0.99, "implausible"), (None, "cannot tell")],
)
def test_a_claim_is_judged_by_the_interval(
    model: Path, tmp_path: Path, claimed: float | None, verdict: str
) -> None:
    logs = chances(model, [1, 2])[-1]
    likelier, less = (3, 4) if logs[3] > logs[4] else (4, 3)
    row = {"prompt": "t1 t2", "choices": [f"t{less}", f"t{likelier}"]}
    rows = [{**row, "answer": int(k < 70)} for k in range(100)]
    found = evaluate(model, items.read(written(tmp_path / "q.jsonl", rows)))
    assert found.value == 0.7
    assert judging.score(claimed, found).verdict == verdict


def test_a_tokenizer_of_another_model_is_refused(model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    for path in model.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    content = json.loads((folder / "tokenizer.json").read_text())
    content["model"]["vocab"]["t999"] = 999
    (folder / "tokenizer.json").write_text(json.dumps(content))
    rows = [{"text": "t1 t999 t2"}] * 5
    with pytest.raises(InputError, match="belongs to another"):
        evaluate(folder, items.read(written(tmp_path / "q.jsonl", rows)))


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    """90 % intervals of a share, over many samples of a known one."""
    rng = np.random.default_rng(0)
    from lab.verify.evaluate import _accuracy
    from lab.verify.items import Item, Items

    asked = Items(kind="exact match", items=(Item(text="x", answer="y"),) * 60)
    inside = 0
    for _ in range(300):
        right = (rng.random(60) < 0.8).astype(float).tolist()
        found = _accuracy(asked, right, None, seed=1)
        inside += found.low <= 0.8 <= found.high
    assert 0.85 < inside / 300 < 0.95
