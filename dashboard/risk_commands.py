"""``assay risk``: the checklist on the command line."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from costmodel.messages import check_known
from dashboard.day import parse_day, today
from dashboard.deal_ids import named
from dashboard.language import normalise, use_language

commands = typer.Typer(
    name="risk",
    help="The risk checklist: questions, and what the rules make of a deal's answers.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Lang = Annotated[str, typer.Option("--lang", help="en or zh.")]


@commands.command()
def questions(
    *,
    area: Annotated[str, typer.Option(help="One area alone, for example compute.")] = "",
    sector: Annotated[str, typer.Option(help="With those of a sector, for example health.")] = "",
    lang: Lang = "",
    as_json: Json = False,
) -> None:
    """Every question with its levels, and the numbers that answer it."""
    _speak(lang)
    from dashboard.risk.bank import sectors
    from dashboard.risk.bank.loading import bank
    from dashboard.risk_output import questions_json, questions_text

    known = [row.id for row in bank().frame.areas]
    if area:
        check_known("--area", area, known)
    found = sectors.find(sector, bank().sectors)
    if found is None:
        check_known("--sector", sector, list(bank().sectors))
    asked = bank().of_sector(None if found is None else found.id)
    chosen = [area] if area else known
    _print(questions_json(asked, chosen) if as_json else questions_text(asked, chosen))


@commands.command()
def score(
    deal: Annotated[Path, typer.Argument(help="A deal file, or the id of a sample.")],
    *,
    as_of: Annotated[
        str,
        typer.Option("--as-of", help="The day, as 2026-11-27 (evidence ages); else today."),
    ] = "",
    parameters: Annotated[
        Path | None,
        typer.Option("--parameters", help="A fund's own values, as the Risk page writes them."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the draws.")] = 0,
    lang: Lang = "",
    as_json: Json = False,
) -> None:
    """Scores, red flags and the verdict of the rules, with what would reverse it."""
    _speak(lang)
    from dashboard.risk.answers import files
    from dashboard.risk.assessment import assess
    from dashboard.risk.bank import own_values
    from dashboard.risk.bank.loading import bank
    from dashboard.risk.cross_checks import cross_checks
    from dashboard.risk.metrics import basis_of, compute_metrics
    from dashboard.risk_output import score_json, score_text

    given = named(deal)
    own = () if parameters is None else own_values.read(parameters, field="--parameters")
    numbers = bank().parameters(own)
    basis = basis_of(given, seed=seed, parameters=numbers)
    found = assess(
        given,
        metrics=compute_metrics(basis),
        checks=cross_checks(basis),
        as_of=parse_day(as_of, field="--as-of") if as_of else today(),
        parameters=numbers,
        files=files.states(files.evidence_dir(), given.answers.values()),
    )
    _print(score_json(found) if as_json else score_text(found))


def _speak(lang: str) -> None:
    if lang:
        use_language(normalise(lang))


def _print(found: str | Mapping[str, Any]) -> None:
    if isinstance(found, str):
        typer.echo(found)
    else:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2, allow_nan=False))
