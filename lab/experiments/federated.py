"""Federated learning: accuracy against central training, by clients, skew and method."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from costmodel.messages import Message
from lab.experiments import averaging, federated_findings, intervals, training
from lab.experiments.averaging import Plan
from lab.experiments.federated_findings import METHODS, skew_label
from lab.experiments.outcome import Outcome
from lab.experiments.registry import EXPERIMENTS
from lab.jobs import Report
from lab.models.pictures import ClassifierLoss
from lab.optimise import Optimiser
from lab.picture_task import PictureClassifier

DEFAULTS: Final[Mapping[str, Any]] = EXPERIMENTS["federated"].defaults

#: As good as central training: within a point of its accuracy.
NEAR: Final = 0.01
_FP32_BYTES: Final = 4
#: Narrow: hundreds of thousands of client steps are to fit into minutes.
_WIDTH: Final = 64


@dataclass(slots=True)
class _Trained:
    """Right or wrong on each test example, and the accuracy after each round."""

    hits: list[NDArray[np.float64]] = field(default_factory=list)
    courses: list[list[float]] = field(default_factory=list)
    n_sent: int = 0

    @property
    def all_hits(self) -> NDArray[np.float64]:
        return np.stack(self.hits)

    @property
    def course(self) -> list[float]:
        """The mean accuracy over seeds after each round."""
        return [float(value) for value in np.mean(self.courses, axis=0)]


def run(options: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """Train centrally and federated, over numbers of clients and skews."""
    torch.set_num_threads(options["threads"])
    task = _task(options)
    outcome = Outcome("federated", options, report)
    baseline = task.baseline()
    outcome.baseline = {"name": baseline["name"], "accuracy": baseline["accuracy"]}
    plan = Plan(
        rounds=options["rounds"],
        local_steps=options["local_steps"],
        batch_size=options["batch_size"],
        learning_rate=options["learning_rate"],
        participation=options["participation"],
    )
    work = _Work(task, options, report)
    central = work.central(plan)
    outcome.row(
        "central",
        label=METHODS["central"],
        method="central",
        clients=1,
        skew=None,
        accuracy=intervals.mean_over(central.all_hits, seed=options["seed"]),
        course=central.course,
        bytes_up=0,
        bytes_down=0,
    )
    for method in options["methods"]:
        for skew in options["skews"]:
            for n_clients in options["clients"]:
                pull = options["proximal"] if method == "fedprox" else 0.0
                found = work.federated(replace(plan, proximal=pull), n_clients, skew)
                outcome.row(
                    f"{method}-{skew}-{n_clients}",
                    **_row(method, n_clients, skew, found, central, work.n_weights, options),
                )
    for message in task.notes:
        outcome.notes.append(message)
    outcome.notes.append(
        Message(
            "Central training and each client take {steps} gradient steps of {rows} rows; the "
            "model has {weights} weights.",
            {
                "steps": plan.rounds * plan.local_steps,
                "rows": plan.batch_size,
                "weights": work.n_weights,
            },
        )
    )
    federated_findings.conclude(outcome, options)
    return outcome.as_json()


def _task(options: Mapping[str, Any]) -> PictureClassifier:
    config = training.config(
        "mlp",
        {
            "steps": options["rounds"] * options["local_steps"],
            "seed": options["seed"],
            "batch_size": options["batch_size"],
            "d_model": _WIDTH,
            "optimizer": "sgd",
            "schedule": "constant",
            "learning_rate": options["learning_rate"],
            "dropout": 0.0,
            "label_smoothing": 0.0,
            "weight_decay": 0.0,
        },
    )
    task = config.info.make(config, training.setting())
    assert isinstance(task, PictureClassifier)
    return task


class _Work:
    """The trainings, and how many of their client rounds are done."""

    def __init__(self, task: PictureClassifier, options: Mapping[str, Any], report: Report) -> None:
        self._task = task
        self._options = options
        self._report = report
        self._inputs = task.pictures, task.targets
        self.n_weights = sum(p.numel() for p in task.model.parameters())
        arms = len(options["methods"]) * len(options["skews"])
        chosen = sum(max(1, round(options["participation"] * n)) for n in options["clients"])
        self._planned = options["seeds"] * options["rounds"] * (1 + arms * chosen)
        self._done = 0

    def central(self, plan: Plan) -> _Trained:
        """One client with all rows, for whom a round changes nothing."""
        everything = [np.arange(len(self._task.pictures))]
        doing = Message("Training with all data in one place")
        return self._trained(plan, lambda seed: everything, doing)

    def federated(self, plan: Plan, n_clients: int, skew: str) -> _Trained:
        """The rows spread over clients by ``skew``."""
        labels = self._task.targets.numpy()
        concentration = None if skew == "iid" else float(skew)
        doing = Message(
            "{method} with {n} clients, data {skew}",
            {
                "method": METHODS["fedprox" if plan.proximal else "fedavg"],
                "n": n_clients,
                "skew": skew_label(skew),
            },
        )
        return self._trained(
            plan,
            lambda seed: averaging.spread(labels, n_clients, concentration, seed),
            doing,
        )

    def _trained(
        self, plan: Plan, clients_of: Callable[[int], list[averaging.Rows]], doing: Message
    ) -> _Trained:
        found = _Trained()
        for repeat in range(self._options["seeds"]):
            seed = self._options["seed"] + repeat
            torch.manual_seed(seed)
            model = self._task.build(self._task.pictures[0].shape, len(self._task.labels))
            net = ClassifierLoss(model, loss="cross-entropy", label_smoothing=0.0)
            course: list[float] = []

            def check() -> None:
                self._done += 1
                self._report.say_sometimes(doing, min(1.0, self._done / self._planned))

            def after_round(
                number: int, n_clients: int, model: nn.Module = model, course: list[float] = course
            ) -> None:
                found.n_sent += n_clients
                course.append(float(self._hits(model).mean()))

            averaging.federated(
                net,
                Optimiser(self._task.config, net),
                self._inputs,
                clients_of(seed),
                plan,
                seed=seed,
                after_round=after_round,
                check=check,
            )
            found.hits.append(self._hits(model))
            found.courses.append(course)
        found.n_sent = round(found.n_sent / self._options["seeds"])
        return found

    def _hits(self, model: nn.Module) -> NDArray[np.float64]:
        model.eval()
        with torch.inference_mode():
            called = model(self._task.test_pictures).argmax(1)
        model.train()
        return (called == self._task.test_targets).double().numpy()


def _row(
    method: str,
    n_clients: int,
    skew: str,
    found: _Trained,
    central: _Trained,
    n_weights: int,
    options: Mapping[str, Any],
) -> dict[str, Any]:
    target = central.course[-1] - NEAR
    reached = [place + 1 for place, value in enumerate(found.course) if value >= target]
    sent = found.n_sent * n_weights * _FP32_BYTES
    return {
        "label": METHODS[method],
        "method": method,
        "clients": n_clients,
        "skew": skew_label(skew),
        "skewed_by": skew,
        "accuracy": intervals.mean_over(found.all_hits, seed=options["seed"]),
        "gap": intervals.mean_over(central.all_hits - found.all_hits, seed=options["seed"]),
        "rounds_to_central": reached[0] if reached else None,
        "bytes_up": sent,
        "bytes_down": sent,
        "course": found.course,
    }
