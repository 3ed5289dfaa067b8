"""Differential privacy: accuracy against epsilon, and what a private step costs in time."""

import time
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from costmodel.messages import InputError, Message
from lab.experiments import intervals, privacy_findings, private, training
from lab.experiments.intervals import Measured
from lab.experiments.outcome import Outcome
from lab.experiments.private import PrivateTask
from lab.experiments.registry import EXPERIMENTS
from lab.jobs import Report
from lab.picture_task import PictureClassifier

DEFAULTS: Final[Mapping[str, Any]] = EXPERIMENTS["privacy"].defaults

#: Delta is one over this many times the examples.
DELTA_SHARE: Final = 10
#: Blocks of steps behind the slowdown, and the steps of each.
_BLOCKS, _BLOCK_STEPS = 12, 6
#: Noise grows with the number of weights, and so does the time of a step.
_MLP_WIDTH: Final = 64
_NAMES: Final[Mapping[str, Message]] = {
    "mlp": Message("Dense network"),
    "cnn": Message("Convolutional network"),
}


def run(options: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """Train each model without privacy and with each amount of noise. Raises ``InputError``."""
    torch.set_num_threads(options["threads"])
    outcome = Outcome("privacy", options, report)
    tasks = {name: _task(name, options) for name in options["models"]}
    n = len(next(iter(tasks.values())).pictures)
    plan = _Plan(options, n)
    outcome.more = {"delta": plan.delta, "steps": plan.steps, "sample_rate": plan.sample_rate}
    report.say(Message("Counting epsilon"), 0.0)
    noises = sorted({*options["noise"], *_claimed_noise(options, plan)})
    spent = {}
    for noise in noises:
        report.say(Message("Counting epsilon"), 0.0)
        spent[noise] = private.epsilon(
            noise=noise, sample_rate=plan.sample_rate, steps=plan.steps, delta=plan.delta
        )
    total = len(tasks) * (1 + len(noises)) * options["seeds"]
    done = 0
    for name, task in tasks.items():
        slower = _slowdown(task, options, report)
        free: NDArray[np.float64] | None = None
        for noise in (None, *noises):
            hits = []
            for repeat in range(options["seeds"]):
                shares = done / total, (done + 1) / total
                hits.append(_hits(task, noise, options["seed"] + repeat, options, report, shares))
                done += 1
            found = np.stack(hits)
            free = found if free is None else free
            outcome.row(
                f"{name}-{'none' if noise is None else f'{noise:g}'}",
                label=_NAMES[name],
                model=name,
                noise=noise,
                epsilon=None if noise is None else spent[noise],
                accuracy=intervals.mean_over(found, seed=options["seed"]),
                gap=None if noise is None else intervals.mean_over(free - found),
                slowdown=None if noise is None else slower,
            )
    task = next(iter(tasks.values()))
    baseline = task.baseline()
    outcome.baseline = {"name": baseline["name"], "accuracy": baseline["accuracy"]}
    outcome.notes.append(
        Message(
            "{n} training examples, delta {delta}, {steps} steps, each row in a batch with chance "
            "{rate}.",
            {
                "n": n,
                "delta": float(f"{plan.delta:.3g}"),
                "steps": plan.steps,
                "rate": float(f"{plan.sample_rate:.3g}"),
            },
        )
    )
    privacy_findings.conclude(outcome, options)
    return outcome.as_json()


class _Plan:
    """What epsilon depends on: how often a row is drawn, how many steps, and delta."""

    def __init__(self, options: Mapping[str, Any], n: int) -> None:
        self.sample_rate = min(1.0, options["batch_size"] / n)
        self.steps = steps_of(options, n)
        self.delta = 1 / (DELTA_SHARE * n)


def steps_of(options: Mapping[str, Any], n: int) -> int:
    """Steps in which each of ``n`` rows is drawn as often as there are epochs, on average."""
    return max(1, round(options["epochs"] * n / min(options["batch_size"], n)))


def _claimed_noise(options: Mapping[str, Any], plan: _Plan) -> list[float]:
    """The noise that the claimed epsilon needs here."""
    if options["claimed_epsilon"] is None:
        return []
    try:
        found = private.noise_for(
            epsilon=options["claimed_epsilon"],
            sample_rate=plan.sample_rate,
            steps=plan.steps,
            delta=plan.delta,
        )
    except ValueError:
        raise InputError(
            "claimed_epsilon",
            "no noise keeps to an epsilon of {epsilon} in {steps} steps; write a larger one",
            epsilon=options["claimed_epsilon"],
            steps=plan.steps,
        ) from None
    return [round(found, 3)]


def _task(name: str, options: Mapping[str, Any]) -> PictureClassifier:
    given = {
        "seed": options["seed"],
        "optimizer": "adam",
        "schedule": "constant",
        "learning_rate": options["learning_rate"],
        "batch_size": options["batch_size"],
        "weight_decay": 0.0,
        "dropout": 0.0,
        "label_smoothing": 0.0,
        "augment": False,
    }
    if name == "mlp":
        given["d_model"] = _MLP_WIDTH
    config = training.config(name, {**given, "steps": 1})
    found = config.info.make(config, training.setting())
    assert isinstance(found, PictureClassifier)
    steps = steps_of(options, len(found.pictures))
    found.config = config.model_copy(update={"steps": steps})
    return found


def _private(
    task: PictureClassifier, noise: float | None, seed: int, options: Mapping[str, Any]
) -> PrivateTask:
    torch.manual_seed(seed)
    model = task.build(task.pictures[0].shape, len(task.labels))
    return PrivateTask(
        task,
        model,
        (task.pictures, task.targets),
        noise=noise,
        clip_norm=options["clip_norm"],
        seed=seed,
    )


def _hits(
    task: PictureClassifier,
    noise: float | None,
    seed: int,
    options: Mapping[str, Any],
    report: Report,
    shares: tuple[float, float],
) -> NDArray[np.float64]:
    """Right or wrong on each held-out picture after training."""
    wrapped = _private(task, noise, seed, options)
    doing = (
        Message("Training without privacy")
        if noise is None
        else Message("Training with noise {noise}", {"noise": noise})
    )
    training.train(wrapped, report, doing, shares=shares)
    wrapped.model.eval()
    with torch.inference_mode():
        called = wrapped.model(task.test_pictures).argmax(1)
    return (called == task.test_targets).double().numpy()


def _slowdown(task: PictureClassifier, options: Mapping[str, Any], report: Report) -> Measured:
    """Seconds of a private step over those of a plain one, blocks of both taking turns."""
    pair = [_private(task, noise, 0, options) for noise in (None, 1.0)]
    nets: list[nn.Module] = [each.net for each in pair]
    ratios = []
    step = 0
    for block in range(_BLOCKS + 1):
        report.say_sometimes(Message("Timing a private step"))
        took = []
        for each, net in zip(pair, nets, strict=True):
            began = time.perf_counter()
            for further in range(_BLOCK_STEPS):
                each.update(net, (), step + further, options["learning_rate"])
            took.append(time.perf_counter() - began)
        step += _BLOCK_STEPS
        if block:  # the first block warms up
            ratios.append(took[1] / took[0])
    return intervals.median(ratios)
