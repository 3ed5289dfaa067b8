"""``assay lab audit``: a sample of training data."""

from pathlib import Path
from typing import Annotated, Any

import typer

from dashboard import following, job_commands
from dashboard.audit_claims import asked_of
from dashboard.audit_text import audit_text
from dashboard.deal_ids import named

Lang = Annotated[str, typer.Option("--lang", help="en or zh.")]


def audit(
    files: Annotated[list[Path], typer.Argument(help="Files of texts, or folders of them.")],
    *,
    text_column: Annotated[str | None, typer.Option(help="Column of the texts.")] = None,
    against: Annotated[
        list[Path] | None, typer.Option(help="A benchmark file to look for in the sample.")
    ] = None,
    tokenizer: Annotated[
        Path | None, typer.Option(help="A folder with a tokenizer.json, to count tokens.")
    ] = None,
    plan_tokens: Annotated[float | None, typer.Option(help="Tokens that are trained on.")] = None,
    raw_tokens: Annotated[
        float | None, typer.Option(help="Tokens of the corpus before deduplication.")
    ] = None,
    params: Annotated[float | None, typer.Option(help="Parameters of the model.")] = None,
    target_language: Annotated[
        list[str] | None, typer.Option(help="A language that is wanted: en, zh.")
    ] = None,
    threshold: Annotated[float, typer.Option(help="Jaccard index that counts as near.")] = 0.8,
    claimed_duplicates: Annotated[
        float | None, typer.Option(help="Share of near duplicates that was stated.")
    ] = None,
    claimed_unique_tokens: Annotated[
        float | None, typer.Option(help="Distinct tokens that were stated.")
    ] = None,
    deal: Annotated[
        Path | None, typer.Option(help="A deal, or a sample's id, with plan and claims.")
    ] = None,
    clean: Annotated[
        Path | None, typer.Option(help="Write a copy without duplicates: .jsonl or .txt.")
    ] = None,
    redact: Annotated[
        bool, typer.Option(help="Black out identifiers in examples and in the copy.")
    ] = True,
    lang: Lang = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """What is in a sample of training data: repeats, identifiers, languages, test items."""
    following.speak(lang)
    request: dict[str, Any] = asked_of(named(deal)) if deal else {}
    stated = {
        "near_duplicate_share": claimed_duplicates,
        "unique_tokens": claimed_unique_tokens,
    }
    claimed = request.get("claimed", {}) | {n: v for n, v in stated.items() if v is not None}
    given = {
        "text_column": text_column,
        "against": [str(path.absolute()) for path in against or ()],
        "tokenizer": None if tokenizer is None else str(tokenizer.absolute()),
        "plan_tokens": plan_tokens,
        "raw_tokens": raw_tokens,
        "params": params,
        "target_languages": target_language,
        "clean": None if clean is None else str(clean.absolute()),
        "claimed": claimed,
    }
    request |= {name: value for name, value in given.items() if value}
    request |= {
        "files": [str(path.absolute()) for path in files],
        "threshold": threshold,
        "redact": redact,
    }
    job_commands.run(
        "audit", request, as_json=as_json, text=lambda job: audit_text(job.result or {})
    )
