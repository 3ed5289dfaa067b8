"""A job of the lab on the command line: started, followed to its end, printed."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import typer

from costmodel.messages import InputError
from dashboard import following
from dashboard.language import say, t
from lab import jobs
from lab.jobs import Job, JobKind
from lab.runs import message_from_json

_TELL_EVERY_S: Final = 1.0


def run(
    kind: JobKind,
    request: Mapping[str, Any],
    *,
    name: str = "",
    as_json: bool,
    text: Callable[[Job], str],
) -> None:
    """Work on ``request`` and print what was found, as JSON or as ``text`` says it.

    Progress goes to standard error. Ctrl-C asks the job to stop, and what it has is printed;
    a second one kills it. Raises ``InputError`` for a request that the job refuses, and
    ``typer.Exit`` with status 1 where it failed.
    """
    folder = jobs.create(kind, request, name=name)
    process = jobs.spawn(folder, attached=True)
    job = None
    said = ""
    with following.signals_stop(folder):
        for job in jobs.follow(folder, process):
            line = progress_line(job)
            if line != said:
                typer.echo(line, err=True)
                said = line
        process.wait()  # its last word was said; it is gone in a moment
    assert job is not None
    if job.result is not None and job.state in ("done", "stopped"):
        answer = {"job_id": job.job_id, **in_words(job.result)}
        following.print_answer(answer if as_json else text(job))
    if job.state in ("failed", "dead"):
        assert job.why is not None
        if job.refused_field is not None:
            raise InputError(job.refused_field, job.why.text, **job.why.params)
        typer.echo(f"assay: {say(job.why)}", err=True)
        typer.echo(t("The job is {job}.", job=str(folder)), err=True)
        raise typer.Exit(1)


def progress_line(job: Job) -> str:
    """What the job does now, and how far it is, to the nearest percent."""
    doing = t("Starting…") if job.doing is None else say(job.doing)
    return doing if job.done is None else f"{job.done:4.0%}  {doing}"


def in_words(value: Any) -> Any:
    """A result with its messages said in the language spoken now."""
    if isinstance(value, Mapping):
        if set(value) == {"text", "params"}:
            return say(message_from_json(value))
        return {name: in_words(part) for name, part in value.items()}
    if isinstance(value, list):
        return [in_words(part) for part in value]
    return value
