"""Compression: size, speed and accuracy of int8, bf16 and pruned variants of a classifier."""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from costmodel.messages import InputError, Message
from lab import bootstrap, checkpoint, metrics, runs
from lab.experiments import compression_findings, intervals, pruning, training, variants
from lab.experiments.intervals import Measured
from lab.experiments.outcome import Outcome
from lab.experiments.registry import EXPERIMENTS
from lab.jobs import Report
from lab.models.pictures import ClassifierLoss
from lab.picture_task import PictureClassifier
from lab.task import Batch, Task, given
from lab.workloads.bert_sentiment import SentimentClassifier

DEFAULTS: Final[Mapping[str, Any]] = EXPERIMENTS["compression"].defaults
REFERENCE: Final = "fp32"

#: Shares of the time that its parts take, about.
_TRAINED, _TIMED_FROM = 0.35, 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A variant: of which kind, how much was taken out, and whether it was tuned afterwards."""

    key: str
    kind: str
    share: float | None
    tuned: bool
    model: nn.Module


def run(options: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """Train or load a classifier, compress it, and compare. Raises ``InputError``."""
    torch.set_num_threads(options["threads"])
    torch.manual_seed(options["seed"])
    task = _trained(options, report)
    outcome = Outcome("compression", options, report)
    report.say(Message("The simple baseline"), _TRAINED)
    outcome.notes += task.notes
    outcome.baseline = {
        name: value
        for name, value in task.baseline().items()
        if name in ("name", "accuracy", "auc")
    }
    judge = _Judge(task, seed=options["seed"])
    found: dict[str, Variant] = {}
    planned = _n_planned(options)
    for variant in _variants(task, options, report, outcome, planned):
        found[variant.key] = variant
        _quality(variant, judge, outcome)
        done = _TRAINED + (_TIMED_FROM - _TRAINED) * len(found) / planned
        report.say(Message("Compressing"), min(done, _TIMED_FROM))
    _speed(found, task, options, report, outcome)
    compression_findings.conclude(outcome, options)
    return outcome.as_json()


def _trained(
    options: Mapping[str, Any], report: Report
) -> "SentimentClassifier | PictureClassifier":
    """The task with its trained model: of the run that was named, or trained here."""
    if options["run"] is None:
        config = training.config(
            options["workload"],
            {"steps": options["steps"], "seed": options["seed"]},
        )
        task = config.info.make(config, training.setting())
        training.train(task, report, Message("Training the model"), shares=(0.0, _TRAINED))
        return _classifier(task)
    run = runs.load(runs.find(options["run"]))
    weights = run.folder / "model" / "model.safetensors"
    if run.config.info.kind != "classifier":
        raise InputError(
            "run",
            "the run {name} trained no classifier; name a run of bert-sentiment, mlp, cnn or lstm",
            name=run.run_id,
        )
    if not weights.is_file():
        raise InputError(
            "run", "the run {name} has no trained model yet; let it end first", name=run.run_id
        )
    report.say(Message("Loading the trained model"), 0.1)
    config = training.config(
        run.config.workload,
        {
            name: value
            for name, value in run.config.model_dump().items()
            if value is not None and name in _TAKEN_OVER
        },
    )
    task = config.info.make(config, training.setting())
    checkpoint.load_weights(task.model, weights)
    return _classifier(task)


#: Options of a run that make its model and its data what they are.
_TAKEN_OVER: Final = frozenset(
    {
        *("data", "seed", "steps", "optimizer", "learning_rate", "momentum", "weight_decay"),
        *("batch_size", "dropout", "activation", "loss", "label_smoothing", "augment", "n_layers"),
        *("d_model", "n_heads", "context_tokens", "vocab_size", "from_folder", "text_column"),
        *("label_column", "picture_pixels", "clip_norm"),
    }
)


def _classifier(task: Task) -> "SentimentClassifier | PictureClassifier":
    assert isinstance(task, SentimentClassifier | PictureClassifier)
    return task


class _Judge:
    """Accuracy and AUC of a model on the task's held-out examples, paired with the first's."""

    def __init__(self, task: SentimentClassifier | PictureClassifier, *, seed: int) -> None:
        self._task = task
        self._seed = seed
        self._first: tuple[dict[str, float | None], bootstrap.Resampled] | None = None
        if isinstance(task, SentimentClassifier):
            self._truth = task.classes[task.test_rows]
        else:
            self._truth = task.test_targets.cpu().numpy()

    def figures(self, model: nn.Module) -> dict[str, Measured | None]:
        """The figures with intervals, and their changes against the first model judged."""
        scores = self._scores(model)
        drawn = bootstrap.resample(self._truth, scores, n_resamples=1000, seed=self._seed)
        values = {
            "accuracy": float((scores.argmax(1) == self._truth).mean()),
            "auc": metrics.auc(self._truth, scores),
        }
        if self._first is None:
            self._first = values, drawn
        first_values, first_drawn = self._first
        found: dict[str, Measured | None] = {}
        for name, value in values.items():
            of_first = first_values[name]
            if value is None or of_first is None:
                found[name] = found[f"{name}_change"] = None
                continue
            draws = getattr(drawn, name)
            found[name] = intervals.of_draws(value, draws)
            found[f"{name}_change"] = intervals.of_draws(
                value - of_first, draws - getattr(first_drawn, name)
            )
        return found

    def _scores(self, model: nn.Module) -> NDArray[np.float64]:
        task = self._task
        model.eval()
        with torch.inference_mode():
            if isinstance(task, SentimentClassifier):
                own, task.model = task.model, model
                try:
                    return task.shares(task.test_rows)
                finally:
                    task.model = own
            parts = [model(part).float().softmax(-1) for part in task.test_pictures.split(512)]
            return torch.cat(parts).numpy().astype(np.float64)


def _n_planned(options: Mapping[str, Any]) -> int:
    n_pruned = len(options["unstructured"]) + len(options["structured"])
    return 3 + n_pruned + (n_pruned + 1 if options["fine_tune_steps"] else 0)


def _variants(
    task: SentimentClassifier | PictureClassifier,
    options: Mapping[str, Any],
    report: Report,
    outcome: Outcome,
    planned: int,
) -> Iterator[Variant]:
    """Each variant as it is made; the model as it was trained comes first."""
    model = task.model.eval()
    yield Variant(key=REFERENCE, kind="fp32", share=None, tuned=False, model=model)
    yield Variant(key="int8", kind="int8", share=None, tuned=False, model=variants.int8(model))
    half = variants.HalfPrecision(model)
    yield Variant(key="bf16", kind="bf16", share=None, tuned=False, model=half)
    made: list[tuple[str, float | None, nn.Module]] = [
        ("unstructured", share, pruning.unstructured(model, share).eval())
        for share in options["unstructured"]
    ]
    for share in options["structured"]:
        smaller = pruning.structured(model, share)
        if smaller is None:
            why = Message("Units cannot be taken out of this kind of network here.")
            outcome.notes.append(why)
            break
        made.append(("structured", share, smaller.eval()))
    for kind, share, pruned in made:
        yield Variant(key=f"{kind}-{share:g}", kind=kind, share=share, tuned=False, model=pruned)
    if not options["fine_tune_steps"]:
        return
    made.insert(0, ("fp32", None, model))
    each = (_TIMED_FROM - _TRAINED) / planned
    for place, (kind, share, pruned) in enumerate(made):
        begun = _TIMED_FROM - (len(made) - place) * each
        shares = (begun, begun + 0.9 * each)
        tuned = _tuned(task, pruned, options["fine_tune_steps"], report, shares)
        key = f"{kind}-tuned" if share is None else f"{kind}-{share:g}-tuned"
        yield Variant(key=key, kind=kind, share=share, tuned=True, model=tuned)


def _tuned(
    task: SentimentClassifier | PictureClassifier,
    model: nn.Module,
    steps: int,
    report: Report,
    shares: tuple[float, float],
) -> nn.Module:
    """A copy trained some steps further, at a third of the learning rate; zeros stay zeros."""
    tuned = copy.deepcopy(model)
    further = task.config.model_copy(
        update={
            "steps": steps,
            "learning_rate": task.config.learning_rate / 3,
            "warmup_steps": 0,
        }
    )
    own = task.config, task.model, task.net
    task.config, task.model = further, tuned
    task.net = ClassifierLoss(
        tuned, loss=given(further.loss), label_smoothing=further.label_smoothing or 0.0
    )
    try:
        training.train(
            task,
            report,
            Message("Fine-tuning what was pruned"),
            shares=shares,
            after_step=pruning.zeros_kept(tuned),
        )
    finally:
        task.config, task.model, task.net = own
    return tuned.eval()


def _quality(variant: Variant, judge: _Judge, outcome: Outcome) -> None:
    content = variants.saved(variant.model)
    first = outcome.rows[0]["size_bytes"] if outcome.rows else len(content)
    outcome.row(
        variant.key,
        label=variants.label(variant.kind, variant.share, tuned=variant.tuned),
        kind_of=variant.kind,
        share=variant.share,
        tuned=variant.tuned,
        size_bytes=len(content),
        size_ratio=first / len(content),
        packed_bytes=variants.packed_bytes(content),
        weights=None if variant.kind == "int8" else variants.weights_taken(variant.model),
        **judge.figures(variant.model),
    )


def _speed(
    found: Mapping[str, Variant],
    task: SentimentClassifier | PictureClassifier,
    options: Mapping[str, Any],
    report: Report,
    outcome: Outcome,
) -> None:
    """Time all variants in turn, and set the ratios to fp32."""
    rounds = options["rounds"]

    def between(place: int) -> None:
        done = _TIMED_FROM + (1 - _TIMED_FROM) * place / rounds
        report.say_sometimes(
            Message("Timing, round {n} of {rounds}", {"n": place + 1, "rounds": rounds}), done
        )

    taken = variants.timed(
        {key: variant.model for key, variant in found.items()},
        {size: _inputs(task, size) for size in variants.BATCHES},
        rounds=rounds,
        seed=options["seed"],
        between=between,
    )
    for key in found:
        values: dict[str, Measured] = {}
        for size in variants.BATCHES:
            mine, first = taken[key, size], taken[REFERENCE, size]
            values[f"latency_{size}_s"] = intervals.median(mine)
            values[f"speedup_{size}"] = intervals.median(first / mine)
        outcome.row(key, **values)


def _inputs(task: SentimentClassifier | PictureClassifier, size: int) -> Batch:
    """Held-out examples; texts of middling length, as one customer's request would be."""
    if isinstance(task, SentimentClassifier):
        rows = task.test_rows
        by_length = np.argsort([len(task.texts[row]) for row in rows], kind="stable")
        first = (len(rows) - size) // 2
        return task.padded(rows[by_length[first : first + size]])
    pictures: Tensor = task.test_pictures[:size]
    return (pictures,)
