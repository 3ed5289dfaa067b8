"""``assay lab``: the lab on the command line.

Nothing here imports torch: training runs in a process of its own, and this one follows it.
"""

import inspect
import math
import types
import typing
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Union

import typer

from costmodel.messages import InputError
from dashboard import experiment_commands, following
from dashboard.audit_commands import audit
from dashboard.lab_text import (
    bench_text,
    calibration_text,
    devices_text,
    progress_line,
    result_text,
    runs_text,
)
from dashboard.language import say, t
from dashboard.verify_commands import verify
from lab import config as configs
from lab import launch, runs
from lab.config import LabConfig
from lab.runs import LabRun
from lab.workloads import WORKLOADS

commands = typer.Typer(
    name="lab",
    help="Train, measure and watch on the machine at hand.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Lang = Annotated[str, typer.Option("--lang", help="en or zh.")]
RunId = Annotated[str, typer.Argument(help="A run's id, or its folder.")]

_EXIT: Final = {"done": 0, "stopped": 0, "failed": 1, "dead": 1}


@commands.command()
def devices(*, lang: Lang = "", as_json: Json = False) -> None:
    """The GPUs of this machine and what their sensors say now."""
    following.speak(lang)
    from lab.telemetry import report
    from lab.telemetry.source import open_source

    source = open_source()
    try:
        found = report.devices_json(source)
        following.print_answer(found if as_json else devices_text(found, source))
    finally:
        source.close()


@commands.command()
def bench(
    *,
    seconds: Annotated[float, typer.Option(min=0.1, max=60, help="Seconds for each.")] = 1.0,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    n_devices: Annotated[int, typer.Option(min=1, help="Devices for the all-reduce.")] = 1,
    lang: Lang = "",
    as_json: Json = False,
) -> None:
    """What this machine reaches at its best: matrix products, memory, attention, links."""
    following.speak(lang)
    found = launch.bench(device=device, seconds=seconds, n_devices=n_devices)
    following.print_answer(found if as_json else bench_text(found))


def train(
    workload: str,
    *,
    detach: bool = False,
    on: str | None = None,
    lang: str = "",
    as_json: bool = False,
    **options: Any,
) -> None:
    """Train a workload from scratch and report what it took and what came of it."""
    following.speak(lang)
    config = configs.make(workload, options)
    if on is not None:
        from lab import cluster

        _finish(cluster.train(config, address=on), as_json=as_json)
        return
    folder = runs.create(config)
    process = launch.spawn(folder, config, attached=not detach)
    if detach:
        following.print_answer({"run_id": folder.name} if as_json else folder.name)
        return
    _finish(_watch(folder, process), as_json=as_json)


@commands.command()
def resume(
    run: RunId,
    *,
    detach: Annotated[bool, typer.Option(help="Leave it running and return.")] = False,
    lang: Lang = "",
    as_json: Json = False,
) -> None:
    """Go on with a run that was stopped or killed, from its last checkpoint."""
    following.speak(lang)
    folder = runs.find(run)
    process = launch.resume(folder, attached=not detach)
    if detach:
        following.print_answer({"run_id": folder.name} if as_json else folder.name)
        return
    _finish(_watch(folder, process), as_json=as_json)


@commands.command()
def stop(
    run: RunId,
    *,
    now: Annotated[bool, typer.Option(help="Kill it; the last checkpoint stays.")] = False,
    lang: Lang = "",
) -> None:
    """Ask a run to save itself and end."""
    following.speak(lang)
    launch.stop(runs.find(run), now=now)


@commands.command("runs")
def list_runs(*, lang: Lang = "", as_json: Json = False) -> None:
    """Every run on this machine, newest first."""
    following.speak(lang)
    found = runs.every()
    following.print_answer(
        {"runs": [_summary(run) for run in found]} if as_json else runs_text(found)
    )


@commands.command()
def show(run: RunId, *, lang: Lang = "", as_json: Json = False) -> None:
    """One run: what it was asked, and the figures of its end."""
    following.speak(lang)
    found = runs.load(runs.find(run))
    if as_json:
        following.print_answer(
            {**_summary(found), "config": found.config.model_dump(), "result": found.result}
        )
    else:
        following.print_answer(result_text(found))


@commands.command()
def generate(
    model: Annotated[str, typer.Argument(help="A run's id, or a local Hugging Face folder.")],
    *,
    prompt: Annotated[str, typer.Option(help="The text to continue.")] = "\n",
    tokens: Annotated[int, typer.Option(min=1, help="How many tokens to add.")] = 200,
    temperature: Annotated[float, typer.Option(help="0 takes the likeliest token.")] = 0.8,
    top_k: Annotated[int | None, typer.Option(help="Draw among this many.")] = 40,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draws.")] = 0,
    lang: Lang = "",
    as_json: Json = False,
) -> None:
    """Continue a text with a trained language model."""
    following.speak(lang)
    from lab import prompt as prompting

    text = prompting.complete(
        model, prompt, n_tokens=tokens, temperature=temperature, top_k=top_k, seed=seed
    )
    following.print_answer({"prompt": prompt, "text": text} if as_json else prompt + text)


@commands.command()
def predict(
    run: RunId,
    *,
    text: Annotated[list[str], typer.Option(help="A text to judge; may be repeated.")],
    lang: Lang = "",
    as_json: Json = False,
) -> None:
    """What a trained text classifier or translator makes of a text."""
    following.speak(lang)
    from lab import prompt as prompting

    found = prompting.predict(run, text)
    if as_json:
        following.print_answer({"predictions": found})
    else:
        for row in found:
            label = row.get("label", row.get("translation"))
            share = f"  {row['probability']:.3f}" if "probability" in row else ""
            typer.echo(f"{label}{share}\t{row['text']}")


@commands.command()
def calibrate(
    *,
    minutes: Annotated[float, typer.Option(min=0.2, max=600, help="For all sizes together.")] = 3.0,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    precision: Annotated[str, typer.Option(help="auto, fp32, tf32, bf16 or fp16.")] = "auto",
    lang: Lang = "",
    as_json: Json = False,
) -> None:
    """Train a few sizes for a moment each and learn this machine's efficiency curve."""
    following.speak(lang)
    from lab import calibrate as calibrating

    found, rejected = calibrating.measure(minutes=minutes, device=device, precision=precision)
    for run in rejected:
        typer.echo(t("{run} does not count: {why}", run=run.run_id, why=say(run.why)), err=True)
    following.print_answer(found.as_json() if as_json else calibration_text(found))


def _finish(run: LabRun, *, as_json: bool) -> None:
    """Print a run that has ended; exit status 1 where it failed, 2 where the input was bad."""
    if run.state in ("failed", "dead"):
        assert run.why is not None
        if run.refused_field is not None:
            raise InputError(run.refused_field, run.why.text, **run.why.params)
        typer.echo(f"assay: {say(run.why)}", err=True)
        typer.echo(t("The run is {run}.", run=run.run_id), err=True)
    if run.result is not None:
        why = None if run.why is None else say(run.why)
        following.print_answer({**run.result, "why": why} if as_json else result_text(run))
    raise typer.Exit(_EXIT[run.state])


def _watch(folder: Path, process: Any) -> LabRun:
    """Follow a run to its end; Ctrl-C and SIGTERM ask it to stop, a second one kills it."""
    typer.echo(t("Run {run} in {folder}", run=folder.name, folder=str(folder)), err=True)
    shown = -math.inf
    run = None
    with following.signals_stop(folder):
        for run in launch.follow(folder, process):
            if run.elapsed_s - shown >= 1 or (run.step and shown < 0):
                typer.echo(progress_line(run), err=True)
                shown = run.elapsed_s
    assert run is not None
    return run


def _summary(run: LabRun) -> dict[str, Any]:
    return {
        "run_id": run.run_id,
        "workload": run.config.workload,
        "state": run.state,
        "why": None if run.why is None else say(run.why),
        "started_at": run.started_at.isoformat(),
        "steps": run.step,
        "elapsed_s": run.elapsed_s,
        "loss": None if run.result is None else run.result["loss"],
    }


def _with_options(command: Any) -> Any:
    """``command`` with one option for each field of ``LabConfig``: they are said once, there."""
    own = [
        inspect.Parameter(
            "workload",
            inspect.Parameter.POSITIONAL_OR_KEYWORD,
            annotation=Annotated[str, typer.Argument(help=", ".join(WORKLOADS))],
        ),
        *(
            inspect.Parameter(
                name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation
            )
            for name, default, annotation in (
                (
                    "detach",
                    False,
                    Annotated[bool, typer.Option("--detach", help="Leave it running and return.")],
                ),
                (
                    "on",
                    None,
                    Annotated[str | None, typer.Option(help="A Ray cluster: ray://host:port.")],
                ),
                ("lang", "", Lang),
                ("as_json", False, Json),
            )
        ),
    ]
    for name, field in LabConfig.model_fields.items():
        if name == "workload":
            continue
        kind = _plain_type(field.annotation)
        option = typer.Option(help=field.description)
        own.append(
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                default=None,
                annotation=Annotated[kind | None, option],
            )
        )
    command.__signature__ = inspect.Signature(own)
    command.__annotations__ = {p.name: p.annotation for p in own}
    return command


def _plain_type(annotation: Any) -> Any:
    """``int`` for ``int | None``, ``str`` for a choice of words."""
    if typing.get_origin(annotation) in (Union, types.UnionType):
        annotation = next(a for a in typing.get_args(annotation) if a is not type(None))
    return str if typing.get_origin(annotation) is Literal else annotation


commands.command()(_with_options(train))
commands.command()(verify)
commands.command()(audit)
commands.add_typer(experiment_commands.commands)
