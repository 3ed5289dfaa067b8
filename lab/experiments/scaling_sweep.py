"""A scaling sweep: loss at several sizes, the law through them, and a size foretold by it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import torch

from costmodel.messages import Amount, InputError, Message
from lab import config as configs
from lab.config import LabConfig
from lab.experiments import power_law, scaling_findings, training
from lab.experiments.intervals import Measured
from lab.experiments.outcome import Outcome
from lab.experiments.registry import EXPERIMENTS
from lab.jobs import Report
from lab.workloads.gpt import LanguageModel

DEFAULTS: Final[Mapping[str, Any]] = EXPERIMENTS["scaling_sweep"].defaults

#: Width of a head; narrower models have one.
_HEAD_WIDTH: Final = 16
_WARM_UP_SHARE: Final = 0.05
#: Work of a step beside the matrix products, as if the model had so many more parameters:
#: what the bar of progress goes by.
_BESIDE: Final = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A size at one learning rate: its loss on held-out text, in nats per token."""

    params: int
    learning_rate: float
    loss: Measured


def run(options: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """Train every size at every rate, fit all but the largest, foretell it and compare.

    Raises ``InputError`` for widths or a text that cannot be used.
    """
    torch.set_num_threads(options["threads"])
    outcome = Outcome("scaling_sweep", options, report)
    widths = sorted(int(width) for width in options["widths"])
    rates = list(options["learning_rates"])
    plans = {width: _config(width, rates[0], options) for width in widths}
    work = {width: params_of(width, options["n_layers"]) + _BESIDE for width in widths}
    total = float(sum(work.values()) * len(rates))
    done = 0.0
    best: list[Trained] = []
    for width in widths:
        found: list[Trained] = []
        for rate in rates:
            shares = done / total, (done + work[width]) / total
            one = _trained(_config(width, rate, options), report, shares, outcome)
            done += work[width]
            if one is not None:
                found.append(one)
        if not found:
            raise InputError(
                "learning_rates",
                "the loss of width {width} was no longer a number at any rate; write lower ones",
                width=width,
            )
        found.sort(key=lambda one: one.loss.value)
        best.append(found[0])
        outcome.row(
            f"width-{width}",
            label=Message("width {width}", {"width": width}),
            width=width,
            params=found[0].params,
            loss=found[0].loss,
            learning_rate=found[0].learning_rate,
            other_loss=found[1].loss.value if len(found) > 1 else None,
        )
    _fit(best, widths, options, outcome)
    config = plans[widths[-1]]
    outcome.notes += [
        Message(
            "Each size trained on {tokens} of the same text, in steps of {step}.",
            {
                "tokens": Amount(_tokens(config), "token"),
                "step": Amount(config.tokens_per_step or 0, "token"),
            },
        )
    ]
    return outcome.as_json()


def params_of(width: int, n_layers: int) -> int:
    """Parameters without embeddings and norms: ``12 L d^2``.

    Source: Kaplan et al. 2020, arXiv:2001.08361, table 1.
    """
    return 12 * n_layers * width**2


def steps_of(options: Mapping[str, Any]) -> int:
    """Optimiser steps that see the tokens asked for."""
    return max(1, round(options["tokens"] / (options["batch_size"] * options["context_tokens"])))


def _config(width: int, rate: float, options: Mapping[str, Any]) -> LabConfig:
    steps = steps_of(options)
    heads = max(1, width // _HEAD_WIDTH)
    while width % heads:
        heads -= 1
    given = {name: options[name] for name in ("batch_size", "context_tokens", "n_layers", "seed")}
    return training.config(
        "gpt",
        {
            **given,
            "data": options["data"],
            "d_model": width,
            "n_heads": heads,
            "learning_rate": rate,
            "steps": steps,
            "warmup_steps": max(1, round(_WARM_UP_SHARE * steps)),
        },
    )


def _tokens(config: configs.LabConfig) -> int:
    return (config.tokens_per_step or 0) * (config.steps or 0)


def _trained(
    config: LabConfig, report: Report, shares: tuple[float, float], outcome: Outcome
) -> Trained | None:
    """A size at a rate; ``None`` where its loss diverged."""
    torch.manual_seed(config.seed)
    task = config.info.make(config, training.setting())
    assert isinstance(task, LanguageModel)
    if not outcome.baseline:
        outcome.baseline = task.baseline()
        outcome.notes += task.notes
        outcome.more["data"] = {**task.data, "notes": None}
    doing = Message(
        "Training width {width} at learning rate {rate}",
        {"width": config.d_model or 0, "rate": config.learning_rate},
    )
    try:
        training.train(task, report, doing, shares=shares)
    except training.DivergedError:
        return None
    task.model.eval()
    figures = task.metrics()
    value = float(figures["validation_loss"])
    if not math.isfinite(value):
        return None
    ends = figures["intervals"]["validation_loss"]
    return Trained(
        params=params_of(config.d_model or 0, config.n_layers or 0),
        learning_rate=config.learning_rate,
        loss=Measured(value=value, low=ends["low"], high=ends["high"]),
    )


def _fit(
    best: list[Trained], widths: list[int], options: Mapping[str, Any], outcome: Outcome
) -> None:
    """The law through all but the largest size, the largest foretold, and the law of all."""
    sizes = [float(one.params) for one in best]
    losses = [one.loss.value for one in best]
    smaller = power_law.line(sizes[:-1], losses[:-1])
    foretold = smaller.predict(sizes[-1])
    error = foretold.value / losses[-1] - 1
    outcome.row(f"width-{widths[-1]}", predicted=foretold, error=error)
    whole = power_law.line(sizes, losses)
    at_floor = power_law.floor(sizes, losses, noise=_noise(best))
    outcome.more["fit"] = {
        "without_largest": smaller.as_json(),
        "all": whole.as_json(),
        "floor": at_floor.as_json(),
        "predicted_largest": foretold.as_json(),
        "measured_largest": losses[-1],
        "error": error,
        "curve": _curve(whole, sizes),
        "most_params": sizes[-1] * power_law.MOST_EXTRAPOLATION,
    }
    scaling_findings.conclude(
        outcome,
        options,
        whole=whole,
        floor=at_floor,
        foretold=foretold,
        sizes=sizes,
        losses=losses,
        tokens=steps_of(options) * options["batch_size"] * options["context_tokens"],
    )


def _noise(best: list[Trained]) -> float:
    """The standard error of a log loss that the held-out text leaves, at the least of all."""
    errors = [
        (one.loss.high - one.loss.low) / (2 * 1.96 * one.loss.value)
        for one in best
        if one.loss.low is not None and one.loss.high is not None
    ]
    # All sizes read the same text, so most of that error is common to all; a tenth is left.
    return 0.1 * min(errors) if errors else 1e-4


def _curve(whole: power_law.Line, sizes: list[float]) -> list[dict[str, float | None]]:
    """The line with its interval, from the smallest size to as far as it may be asked."""
    first, last = math.log(sizes[0]), math.log(sizes[-1] * power_law.MOST_EXTRAPOLATION)
    found = []
    for place in range(41):
        params = math.exp(first + place / 40 * (last - first))
        found.append({"params": params, **whole.predict(params).as_json()})
    return found
