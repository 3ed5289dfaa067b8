"""``assay lab verify``: a checkpoint on the bench."""

from pathlib import Path
from typing import Annotated, Any

import typer

from costmodel.messages import InputError
from dashboard import following, job_commands
from dashboard.deal_ids import named
from dashboard.lab_claims import claimed_by
from dashboard.verify_text import verify_text

Lang = Annotated[str, typer.Option("--lang", help="en or zh.")]


def verify(
    folder: Annotated[Path, typer.Argument(help="A local Hugging Face folder.")],
    *,
    against: Annotated[Path | None, typer.Option(help="A base that it may come from.")] = None,
    deal: Annotated[
        Path | None,
        typer.Option(help="A deal, or a sample's id, with the claims."),
    ] = None,
    params: Annotated[float | None, typer.Option(help="Parameters that were stated.")] = None,
    from_scratch: Annotated[
        bool | None, typer.Option(help="Whether it was said to be trained from scratch.")
    ] = None,
    evaluate: Annotated[Path | None, typer.Option(help="JSONL of your own questions.")] = None,
    claimed_score: Annotated[
        float | None, typer.Option(help="Accuracy (0 to 1), or bits per byte, that was stated.")
    ] = None,
    training_sample: Annotated[
        list[Path] | None, typer.Option(help="Training text in which to look for the questions.")
    ] = None,
    speed: Annotated[bool, typer.Option(help="Measure latency and throughput here.")] = False,
    batch: Annotated[list[int] | None, typer.Option(help="A batch size for that.")] = None,
    lang: Lang = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """What a checkpoint is, where it comes from, and what it can do, against what was claimed."""
    following.speak(lang)
    claims: dict[str, Any] = claimed_by(named(deal)) if deal else {}
    if params is not None:
        claims["claimed_params"] = params
    if from_scratch is not None:
        claims["from_scratch"] = from_scratch
    request: dict[str, Any] = {"folder": str(folder.absolute()), **claims}
    for name, path in (("against", against), ("evaluate", evaluate)):
        if path is not None:
            request[name] = str(path.absolute())
    if training_sample:
        if evaluate is None:
            raise InputError(
                "--training-sample", "there are no questions to look for; add --evaluate"
            )
        request["training_sample"] = [str(path.absolute()) for path in training_sample]
    if claimed_score is not None:
        request["claimed_score"] = claimed_score
    if speed:
        request |= {"speed": True, "batches": batch}
    job_commands.run(
        "verify", request, as_json=as_json, text=lambda job: verify_text(job.result or {})
    )
