"""``assay scenario``: cash, runway and returns of a deal on the command line."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from costmodel.facts import FactError
from costmodel.messages import InputError, check_known, check_within
from costmodel.venture.stress import CARDS
from dashboard import deal as deals
from dashboard.deal import Deal
from dashboard.deal_scenarios import MOST_SCENARIOS, ScenarioEntry
from dashboard.language import current, normalise, say, t, use_language

if TYPE_CHECKING:
    from dashboard.venture.answering import Answer

#: Worlds that may be asked for.
_LEAST_DRAWS: Final = 100
_MOST_DRAWS: Final = 100_000


def scenario(
    deal: Annotated[Path, typer.Argument(help="A deal file, or the id of a sample.")],
    *,
    stress: Annotated[
        list[str] | None,
        typer.Option("--stress", help="A stress card, for example compute_rise; repeatable."),
    ] = None,
    named: Annotated[
        list[str] | None,
        typer.Option("--scenario", help="A scenario of the deal file by name; repeatable."),
    ] = None,
    beside: Annotated[
        list[Path] | None,
        typer.Option("--beside", help="Another deal, in a column of its own; repeatable."),
    ] = None,
    draws: Annotated[int, typer.Option("--draws", help="Worlds drawn.")] = 5_000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the draws.")] = 0,
    lang: Annotated[str, typer.Option("--lang", help="en or zh.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Cash by month, runway, odds of lasting to the next proof, and returns."""
    if lang:
        use_language(normalise(lang))
    check_within("--draws", draws, _LEAST_DRAWS, _MOST_DRAWS)
    given = deals.named(deal)
    others = [deals.named(path) for path in beside or ()]
    cards = list(dict.fromkeys(stress or ()))
    for card in cards:
        check_known("--stress", card, CARDS)
    entries = [_with(entry, cards) for entry in _entries(given, named or [])]
    if len(entries) + len(others) > MOST_SCENARIOS:
        raise InputError(
            "--beside",
            "{n} columns are asked for; at most {most} stand side by side",
            n=len(entries) + len(others),
            most=MOST_SCENARIOS,
        )
    from dashboard.findings import Evaluation, evaluate
    from dashboard.scenario_output import scenario_json, scenario_text, warnings
    from dashboard.venture.answering import answer, explained, sources_of

    unread: list[tuple[Deal, InputError | FactError]] = []

    def answered(one: Deal, chosen: list[ScenarioEntry | None]) -> "list[Answer]":
        evaluation: Evaluation | None = None
        try:
            evaluation = evaluate(one, language=current(), seed=seed, n_draws=draws)
        except (InputError, FactError) as error:
            unread.append((one, error))
        sources = sources_of(one, evaluation, seed=seed)
        return [answer(sources, entry, seed=seed, n_draws=draws) for entry in chosen]

    columns = answered(given, entries)
    for other in others:
        try:
            columns += answered(other, [_with(None, cards)])
        except InputError as error:
            raise InputError(
                error.field, "{deal}: {problem}", deal=other.name, problem=error.message
            ) from None
    found = explained(columns)
    if as_json:
        _print(scenario_json(found))
    else:
        typer.echo(scenario_text(found))
    for one, problem in unread:
        said = t("The training run cannot be estimated: {problem}", problem=problem.message)
        typer.echo(f"{t('Note')}: {one.name}: {said}", err=True)
    for warning in warnings(found[0].answer):
        typer.echo(f"{t('Note')}: {say(warning)}", err=True)


def _entries(deal: Deal, names: list[str]) -> list[ScenarioEntry | None]:
    """The scenarios asked for; the deal as it states itself where none is named."""
    known = {entry.name: entry for entry in deal.scenarios}
    chosen = list(dict.fromkeys(names))
    if len(chosen) > MOST_SCENARIOS:
        raise InputError(
            "--scenario",
            "{n} scenarios are named; at most {most} stand side by side",
            n=len(chosen),
            most=MOST_SCENARIOS,
        )
    for name in chosen:
        if not known:
            raise InputError(
                "--scenario", "the deal has no scenarios; add some under scenarios: in its file"
            )
        check_known("--scenario", name, known)
    return [known[name] for name in chosen] or [None]


def _with(entry: ScenarioEntry | None, cards: list[str]) -> ScenarioEntry | None:
    """The scenario with the stresses of the command line beside its own."""
    if not cards:
        return entry
    if entry is None:
        return ScenarioEntry(name=t("Stressed"), stress=cards)
    return entry.model_copy(update={"stress": list(dict.fromkeys((*entry.stress, *cards)))})


def _print(found: Mapping[str, Any]) -> None:
    typer.echo(json.dumps(found, ensure_ascii=False, allow_nan=False))
