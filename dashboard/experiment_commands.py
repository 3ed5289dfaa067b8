"""``assay lab experiment NAME``: what mitigations cost, measured on this machine."""

import inspect
from pathlib import Path
from typing import Annotated, Any

import typer

from dashboard import following, job_commands
from dashboard.experiment_text import experiment_text
from lab.experiments.registry import EXPERIMENTS, Experiment

commands = typer.Typer(
    name="experiment",
    help="Measure a mitigation: compression, privacy, federated or data-parallel training.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def _command(experiment: Experiment) -> Any:
    """The command of one experiment, with an option for each of its own."""

    def command(*, lang: str = "", as_json: bool = False, **options: Any) -> None:
        following.speak(lang)
        chosen = experiment.read({k: v for k, v in options.items() if v is not None})
        for name in ("data",):  # the job works in another folder
            if chosen.get(name) is not None and Path(chosen[name]).exists():
                chosen[name] = str(Path(chosen[name]).absolute())
        job_commands.run(
            "experiment",
            {"name": experiment.name, "options": chosen},
            name=experiment.name,
            as_json=as_json,
            text=lambda job: experiment_text(job.result or {}),
        )

    own = [
        inspect.Parameter(
            option.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[
                str | None,
                typer.Option(help=f"{option.title} [default: {_shown(option.default)}]"),
            ],
        )
        for option in experiment.options
    ]
    own += [
        inspect.Parameter(
            "lang",
            inspect.Parameter.KEYWORD_ONLY,
            default="",
            annotation=Annotated[str, typer.Option("--lang", help="en or zh.")],
        ),
        inspect.Parameter(
            "as_json",
            inspect.Parameter.KEYWORD_ONLY,
            default=False,
            annotation=Annotated[bool, typer.Option("--json", help="Print one JSON object.")],
        ),
    ]
    command.__signature__ = inspect.Signature(own)  # type: ignore[attr-defined]
    command.__annotations__ = {p.name: p.annotation for p in own}
    command.__doc__ = str(experiment.about)
    return command


def _shown(default: Any) -> str:
    """A default as it would be typed."""
    if default is None:
        return "none"
    if isinstance(default, list):
        return ",".join(f"{v:g}" if isinstance(v, float) else str(v) for v in default)
    return str(default)


for _experiment in EXPERIMENTS.values():
    commands.command(_experiment.name.replace("_", "-"))(_command(_experiment))
