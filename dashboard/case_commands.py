"""``assay cases``: the case library on the command line."""

import json
from pathlib import Path
from typing import Annotated

import typer

from costmodel.messages import check_known
from dashboard import deal as deals
from dashboard.language import normalise, use_language

commands = typer.Typer(rich_markup_mode=None)


@commands.command()
def cases(
    *,
    like: Annotated[
        Path | None, typer.Option(help="The cases most like a deal: its file, or a sample's id.")
    ] = None,
    outcome: Annotated[
        str, typer.Option(help="fail, acquihire, base, good, outlier or open.")
    ] = "",
    kind: Annotated[str, typer.Option(help="company or run.")] = "",
    lang: Annotated[str, typer.Option("--lang", help="en or zh.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Real startups and published runs: what became of them, and those most like a deal."""
    if lang:
        use_language(normalise(lang))
    from dashboard.case_output import cases_json, cases_text
    from dashboard.cases.base_rates import base_rates
    from dashboard.cases.comparables import comparables
    from dashboard.cases.library import KINDS, OUTCOMES, chosen
    from dashboard.cases.library import cases as every_case

    if outcome:
        check_known("--outcome", outcome, OUTCOMES)
    if kind:
        check_known("--kind", kind, KINDS)
    shown = chosen(every_case(), kind=kind, outcome=outcome)
    near = None if like is None else comparables(deals.named(like), shown)
    # Rates of one outcome alone would be nonsense: they are of the whole library.
    rates = base_rates(every_case())
    if as_json:
        found = cases_json(shown, rates, near)
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2, allow_nan=False))
    else:
        typer.echo(cases_text(shown, rates, near))
