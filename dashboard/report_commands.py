"""``assay report``: the committee memo as files."""

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from costmodel.messages import InputError, check_known
from dashboard import deal_ids
from dashboard.day import parse_day, today
from dashboard.language import normalise, use_language

if TYPE_CHECKING:
    from dashboard.deal import Deal
    from dashboard.report.edition import Edition
    from dashboard.report.formats import Format


def report(
    deal: Annotated[
        list[Path],
        typer.Argument(
            help="A deal file, the id of a sample, or of a stored deal; several make a portfolio."
        ),
    ],
    *,
    out: Annotated[Path, typer.Option("--out", help="The folder to write into.")],
    formats: Annotated[
        str, typer.Option("--format", help="pdf, docx, xlsx, html, json, zip; with commas.")
    ] = "pdf",
    version: Annotated[
        int | None, typer.Option("--version", min=1, help="Of a stored deal; else the latest.")
    ] = None,
    as_of: Annotated[
        str,
        typer.Option(
            "--as-of",
            help="The day, as 2026-11-27 (evidence ages); else that of the version, or today.",
        ),
    ] = "",
    parameters: Annotated[
        Path | None,
        typer.Option("--parameters", help="A fund's own values, as the Risk page writes them."),
    ] = None,
    bilingual: Annotated[
        bool,
        typer.Option("--bilingual", help="Decision and risk register in both languages."),
    ] = False,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the draws.")] = 0,
    user: Annotated[
        str, typer.Option("--user", help="Act as the person of this e-mail address.")
    ] = "",
    lang: Annotated[str, typer.Option("--lang", help="en or zh.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """The investment committee memo of a deal, or of several with a comparison."""
    if lang:
        use_language(normalise(lang))
    forms = _forms(formats)
    from dashboard.report import formats as report_formats
    from dashboard.report.case import case_of, in_other_language
    from dashboard.report.portfolio import MOST_DEALS
    from dashboard.risk.bank import own_values
    from dashboard.risk.bank.loading import bank

    report_formats.check_folder(out)
    day = parse_day(as_of, field="--as-of") if as_of else None
    own = () if parameters is None else own_values.read(parameters, field="--parameters")
    numbers = bank().parameters(own)
    if len(deal) > MOST_DEALS:
        raise InputError(
            "DEAL", "{n} deals are given; at most {most} fit", n=len(deal), most=MOST_DEALS
        )
    if bilingual and len(deal) > 1:
        raise InputError("--bilingual", "goes with one deal; a portfolio is in one language")
    editions = [_edition(path, version, day, user) for path in deal]
    cases = [case_of(one, edition, seed=seed, parameters=numbers) for one, edition in editions]
    beside = in_other_language(cases[0], numbers) if bilingual else None
    made = (
        report_formats.write(cases[0], forms, out, beside=beside)
        if len(cases) == 1
        else report_formats.write_portfolio(cases, forms, out, as_of=day or today())
    )
    written = []
    for one in made:
        written.append(one.as_json())
        if not as_json:
            typer.echo(str(one.path))
    if as_json:
        typer.echo(json.dumps({"files": written}, ensure_ascii=False, indent=2))


def _forms(text: str) -> "list[Format]":
    from dashboard.report.formats import FORMATS

    wanted = list(dict.fromkeys(part.strip().lower() for part in text.split(",") if part.strip()))
    for one in wanted:
        check_known("--format", one, FORMATS)
    if not wanted:
        raise InputError("--format", "no format is named; write for example pdf,docx")
    return [form for form in FORMATS if form in wanted]


def _edition(
    path: Path, version: int | None, day: date | None, user: str
) -> "tuple[Deal, Edition]":
    from dashboard.report import edition

    if deal_ids.is_stored(str(path)) and not path.exists():
        from dashboard.store.access import LOCAL
        from dashboard.store.store import open_store

        store = open_store()
        person = store.person(user) if user else LOCAL
        stored = store.load(str(path), user=person, number=version)
        trail = tuple(reversed(store.audit(str(path), user=person)))
        return stored.deal, edition.of_stored(stored, as_of=day, trail=trail)
    if version is not None:
        raise InputError("--version", "goes with a stored deal; a file has no versions")
    given = deal_ids.named(path)
    return given, edition.of_file(given, as_of=day or today())
