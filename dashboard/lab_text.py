"""What the lab says on the command line, as lines of text."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from costmodel.hardware.machine import Calibration
from costmodel.messages import Message
from dashboard.language import amount, number, say, t
from dashboard.terms import verdict_label
from lab import runs
from lab.findings import LabFinding
from lab.runs import LabRun
from lab.telemetry.source import Source

_STATES: Final = {
    "starting": Message("starting"),
    "running": Message("running"),
    "evaluating": Message("evaluating"),
    "done": Message("done"),
    "stopped": Message("stopped"),
    "failed": Message("failed"),
    "dead": Message("dead"),
}

_CEILINGS: Final = {
    "matmul": Message("Matrix product"),
    "memory copy": Message("Memory copy"),
    "attention": Message("Causal attention, forward"),
    "host to device": Message("Host to device"),
    "all-reduce": Message("All-reduce, bus bandwidth"),
}


def state_label(state: str) -> str:
    """A run's state in words."""
    return say(_STATES[state])


def share(value: float | None) -> str:
    """A fraction as a percentage; a dash where it is unknown."""
    return "–" if value is None else amount(value, "fraction")


def devices_text(found: Mapping[str, Any], source: Source) -> str:
    """The GPUs, or why there are none."""
    lines = []
    if found["driver"]:
        lines.append(t("NVIDIA driver {version}", version=found["driver"]))
    for device in found["devices"]:
        used, total = device["memory_used_bytes"], device["memory_total_bytes"]
        parts = [
            f"{_or_dash(used, 'bytes')} / {_or_dash(total, 'bytes')}",
            share(device["utilization"]),
            _or_dash(device["power_w"], "w"),
            "–" if device["temperature_c"] is None else f"{device['temperature_c']:.0f} °C",
            "–" if device["sm_clock_mhz"] is None else f"{device['sm_clock_mhz']:.0f} MHz",
            ", ".join(device["throttle_reasons"] or []),
        ]
        named = f"{device['index']}  {device['name']}"
        lines.append(f"{named}: {', '.join(part for part in parts if part)}")
    lines += [say(message) for message in source.state.messages]
    lines += [say(metric.message) for metric in source.missing]
    if not found["devices"]:
        lines.append(t("The lab computes on the CPU here."))
    return "\n".join(lines)


def bench_text(found: Mapping[str, Any]) -> str:
    """The ceilings, best and sustained, with the datasheet's peak beside."""
    lines = [found["device"]]
    for ceiling in found["ceilings"]:
        name = say(_CEILINGS[ceiling["name"]])
        if ceiling["precision"]:
            name += f" {ceiling['precision']}"
        line = f"{name:32} {amount(ceiling['best'], ceiling['unit']):>16}"
        line += "  " + t("sustained {rate}", rate=amount(ceiling["sustained"], ceiling["unit"]))
        peak = found["datasheet_peaks"].get(ceiling["precision"])
        if peak is not None and ceiling["name"] == "matmul":
            line += "  " + t(
                "{share} of the datasheet's {peak}",
                share=share(ceiling["best"] / peak["flop_per_s"]),
                peak=amount(peak["flop_per_s"], "flop_per_s"),
            )
        lines.append(f"{line}  ({ceiling['at']})")
    if found["contention"] is not None:
        lines.append(t("Other processes took {share} of the CPU", share=share(found["contention"])))
    return "\n".join(lines)


def runs_text(found: Sequence[LabRun]) -> str:
    """A line for each run."""
    if not found:
        return t("There is no lab run yet; start one with assay lab train")
    return "\n".join(
        f"{run.run_id:44} {state_label(run.state):10} "
        + t("step {step}", step=run.step)
        + (f"  {say(run.why)}" if run.why is not None else "")
        for run in found
    )


def progress_line(run: LabRun) -> str:
    """How far a run has come."""
    if not run.step:
        return f"{state_label(run.state)} …"
    return t(
        "{state}: step {step}, {seconds} s, loss {loss}",
        state=state_label(run.state),
        step=run.step,
        seconds=f"{run.elapsed_s:.0f}",
        loss=number(run.last_loss),
    )


def result_text(run: LabRun) -> str:
    """The figures of a run that has ended, a line each."""
    lines = [f"{run.run_id}: {state_label(run.state)}"]
    if run.why is not None:
        lines.append(say(run.why))
    if run.result is None:
        return "\n".join(lines)
    baseline = baseline_name(run.result)
    for row in result_rows(run.result):
        line = f"{row.label}: {row.value}"
        if row.baseline is not None:
            line += "; " + t("{name} has {value}", name=baseline or "", value=row.baseline)
        lines.append(line)
    return "\n".join(lines)


class ResultRow(NamedTuple):
    """A figure of a run, and the same of the simple method beside it."""

    label: str
    value: str
    baseline: str | None = None


def baseline_name(result: Mapping[str, Any]) -> str | None:
    """What stands beside the model, ``None`` where nothing does."""
    baseline = result["baseline"]
    return None if baseline is None else say(runs.message_from_json(baseline["name"]))


def result_rows(result: Mapping[str, Any]) -> list[ResultRow]:
    """The figures, for the command line and the page."""
    tokens = result["tokens_per_s"] is not None
    rate = result["tokens_per_s"] if tokens else result["samples_per_s"]
    rows = [
        (t("Device"), f"{result['device']} ({result['precision']})"),
        (t("Steps"), f"{result['steps']:,}"),
        (t("Tokens per second") if tokens else t("Samples per second"), number(rate)),
        (
            t("Step time, median and 95th percentile"),
            f"{number(result['step_ms']['p50'])} / {number(result['step_ms']['p95'])} ms",
        ),
        (t("MFU against the measured ceiling"), share(result["mfu_measured"])),
        (t("MFU against the datasheet"), share(result["mfu_datasheet"])),
        (t("Peak memory"), _or_dash(result["peak_memory_bytes"], "bytes")),
        (t("CPU taken by other processes"), share(result["contention"])),
    ]
    if result["energy_j"] is not None:
        method = {
            "counter": t("by the board's counter"),
            "integrated power": t("by integrated power"),
        }[result["energy_method"]]
        energy = f"{number(result['energy_j'])} ± {number(result['energy_error_j'])} J"
        rows.append((t("Energy of the run's GPUs"), f"{energy} ({method})"))
        per_item = result["joules_per_token"] or result["joules_per_sample"]
        label = t("Joules per token") if result["joules_per_token"] else t("Joules per sample")
        rows.append((label, number(per_item)))
    rows.append((t("Loss, last steps"), number(result["loss"])))
    scores = _metric_rows(result["metrics"], result["baseline"] or {})
    return [ResultRow(label, value) for label, value in rows] + scores


def _metric_rows(metrics: Mapping[str, Any], baseline: Mapping[str, Any]) -> list[ResultRow]:
    """Scores on held-out data, the baseline's beside."""
    rows = []
    for name, label in METRICS.items():
        if metrics.get(name) is None:
            continue
        value = score(metrics[name])
        interval = (metrics.get("intervals") or {}).get(name)
        if interval is not None and interval["low"] is not None:
            value += f" ({score(interval['low'])} – {score(interval['high'])})"
        beside = baseline.get(name)
        rows.append(ResultRow(say(label), value, None if beside is None else score(beside)))
    return rows


def score(value: float | None) -> str:
    """Three figures, but 1 for nothing below it: an AUC of 0.9999 is not perfect."""
    if value is None:
        return "–"
    shown = number(value)
    return f"{math.floor(value * 1e4) / 1e4:.4f}" if value < 1 and shown == number(1.0) else shown


#: The scores that are shown, in this order.
METRICS: Final[Mapping[str, Message]] = {
    "accuracy": Message("Accuracy"),
    "precision": Message("Class precision"),
    "recall": Message("Recall"),
    "f1": Message("F1"),
    "auc": Message("AUC"),
    "validation_loss": Message("Loss on held-out data"),
    "perplexity": Message("Perplexity"),
    "bits_per_character": Message("Bits per character"),
    "bleu": Message("BLEU of characters"),
    "chrf": Message("chrF"),
    "exact": Message("Exact matches"),
    "score": Message("Quality score"),
    "score_of_real": Message("Quality score of real pictures"),
    "modes": Message("Classes covered"),
}


def calibration_text(found: Calibration) -> str:
    """What the machine delivers, and how well sizes left out were predicted."""
    errors = [abs(error) for error in found.left_out_errors]
    return "\n".join(
        [
            f"{found.device} ({found.precision})",
            t(
                "{n} sizes; sizes left out were predicted within {worst}, half of them within "
                "{median}",
                n=len(found.run_ids),
                worst=share(max(errors)),
                median=share(sorted(errors)[len(errors) // 2]),
            ),
            t("Stored: the Lab page shows it beside the published figures."),
        ]
    )


def _or_dash(value: float | None, unit: str) -> str:
    return "–" if value is None else amount(value, unit)


def finding_lines(result: Mapping[str, Any]) -> list[str]:
    """Each finding of a job with its numbers on both sides, and what to ask."""
    lines = []
    for one in result.get("findings", []):
        finding = LabFinding.from_json(one)
        parts = [verdict_label(finding.verdict), say(finding.about)]
        if finding.stated is not None:
            parts.append(f"{t('stated')} {amount(finding.stated, finding.unit)}")
        if finding.measured is not None:
            parts.append(f"{t('measured')} {amount(finding.measured, finding.unit)}")
        lines += [" · ".join(parts), f"  {say(finding.why)}"]
        if finding.verdict != "consistent":
            lines.append(f"  → {say(finding.ask)}")
    return lines
