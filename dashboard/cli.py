"""The ``assay`` command. Results go to standard output, everything else to standard error.

Exit status: 0 done, 1 a check failed, 2 bad input (one sentence, no traceback).
"""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from typer._click.exceptions import ClickException

from costmodel.facts import FactError
from costmodel.messages import InputError
from costmodel.workload import hf_config
from dashboard import (
    case_commands,
    deal_commands,
    lab_commands,
    report_commands,
    risk_commands,
    scenario_commands,
)
from dashboard import deal as deals
from dashboard.deal import Deal
from dashboard.findings import Evaluation, evaluate
from dashboard.language import normalise, say, t, use_language
from dashboard.quantities import parse_count, parse_number, parse_range
from lab.config import LabConfig

app = typer.Typer(
    name="assay",
    help="Due diligence for large-model startups: claims computed, measured or documented.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

app.add_typer(lab_commands.commands)
app.add_typer(risk_commands.commands)
app.add_typer(deal_commands.commands)
app.add_typer(case_commands.commands)
app.command(name="scenario")(scenario_commands.scenario)
app.command(name="report")(report_commands.report)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Lang = Annotated[
    str, typer.Option("--lang", help="en or zh; otherwise ASSAY_LANG or the system's language.")
]
Region = Annotated[str | None, typer.Option("--region", help="Where it runs, for example China.")]
Price = Annotated[
    str | None,
    typer.Option("--usd-per-gpu-hour", help="Price, or a 90% range such as 1.8-3.2."),
]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Seed of the draws.")]
TextOption = Annotated[str | None, typer.Option()]


def main() -> None:
    """Run the command line; every refusal is one sentence and exit status 2."""
    status: object = 0
    try:
        status = app(standalone_mode=False)
    except InputError as error:
        _refuse(f"{_option(error.field)}{say(error.message)}")
    except FactError as error:
        _refuse(say(error.message))
    except ClickException as error:
        _refuse(error.format_message())
    except BrokenPipeError:
        # The reader (head, less) has gone: not an error of ours.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(130)
    sys.exit(status if isinstance(status, int) else 0)


@app.callback()
def _language() -> None:
    """Due diligence for large-model startups: claims computed, measured or documented."""
    use_language(normalise(os.environ.get("ASSAY_LANG") or os.environ.get("LANG") or "en"))


@app.command()
def estimate(
    *,
    deal: Annotated[Path | None, typer.Option(help="A deal file, or the id of a sample.")] = None,
    params: Annotated[str | None, typer.Option(help="Parameters, for example 7B.")] = None,
    active_params: Annotated[str | None, typer.Option(help="Of a mixture of experts.")] = None,
    hf_config_file: Annotated[
        Path | None, typer.Option("--hf-config", help="A Hugging Face config.json.")
    ] = None,
    tokens: Annotated[str | None, typer.Option(help="Training tokens, for example 2T.")] = None,
    chip: Annotated[str | None, typer.Option(help="Accelerator, for example H100 SXM.")] = None,
    chips: Annotated[str | None, typer.Option(help="How many accelerators.")] = None,
    context: Annotated[str | None, typer.Option(help="Tokens of context.")] = None,
    precision: Annotated[
        str | None, typer.Option(help="bf16, fp16, fp8, mxfp8, fp4, nvfp4, tf32, fp32.")
    ] = None,
    region: Region = None,
    usd_per_gpu_hour: Price = None,
    seed: Seed = 0,
    lang: Lang = "",
    as_json: Json = False,
) -> None:
    """What one training run takes: hours, days, dollars, energy and carbon, with ranges."""
    if lang:
        use_language(normalise(lang))
    given = _one_model(deal=deal, params=params, hf_config_file=hf_config_file)
    planned = _with_options(
        given,
        active_params=active_params,
        tokens=tokens,
        chip=chip,
        chips=chips,
        context=context,
        precision=precision,
        region=region,
        usd_per_gpu_hour=usd_per_gpu_hour,
    )
    evaluation = _evaluate(planned, seed)
    from dashboard.output import estimate_json, estimate_text

    _report(evaluation, as_json=as_json, to_json=estimate_json, to_text=estimate_text)


@app.command()
def check(
    deal: Annotated[Path, typer.Argument(help="A deal file, or the id of a sample.")],
    *,
    seed: Seed = 0,
    lang: Lang = "",
    as_json: Json = False,
) -> None:
    """Every claim of a deal against the cost model; exit status 1 when one fails."""
    if lang:
        use_language(normalise(lang))
    evaluation = _evaluate(_named(deal), seed)
    from dashboard.output import check_json, check_text

    _report(evaluation, as_json=as_json, to_json=check_json, to_text=check_text)
    if any(finding.failed for finding in evaluation.findings):
        raise typer.Exit(1)


@app.command()
def plan(
    *,
    budget_usd: Annotated[str, typer.Option(help="Dollars for the final run, for example 2M.")],
    chip: Annotated[str | None, typer.Option(help="Accelerator, for example H100 SXM.")] = None,
    weeks: Annotated[str | None, typer.Option(help="Weeks until the run must be done.")] = None,
    precision: Annotated[str | None, typer.Option(help="bf16, fp8, mxfp8, nvfp4.")] = None,
    context: Annotated[str | None, typer.Option(help="Tokens of context.")] = None,
    unique_tokens: Annotated[
        str | None, typer.Option(help="Distinct tokens of data there are, for example 300B.")
    ] = None,
    served_tokens: Annotated[
        str | None, typer.Option(help="Output tokens to be served over the model's life.")
    ] = None,
    region: Region = None,
    usd_per_gpu_hour: Price = None,
    seed: Seed = 0,
    lang: Lang = "",
    as_json: Json = False,
) -> None:
    """The best model that a budget can buy by a deadline, and what would make it cheaper."""
    if lang:
        use_language(normalise(lang))
    from dashboard import planning

    ask = planning.from_text(
        budget_usd=budget_usd,
        chip=chip,
        weeks=weeks,
        precision=precision,
        context_tokens=context,
        unique_tokens=unique_tokens,
        served_tokens=served_tokens,
        region=region,
        usd_per_gpu_hour=usd_per_gpu_hour,
    )
    found = planning.answer(ask, seed=seed)
    _print(planning.plan_json(found) if as_json else planning.plan_text(found))
    for warning in found.plan.warnings:
        typer.echo(f"{t('Note')}: {say(warning)}", err=True)


@app.command()
def backtest(
    *,
    runs: Annotated[
        Path | None, typer.Option(help="Whole runs, in the columns of data/reference_runs.csv.")
    ] = None,
    steps: Annotated[
        Path | None, typer.Option(help="Step times, in the columns of data/step_time.csv.")
    ] = None,
    lang: Lang = "",
    as_json: Json = False,
) -> None:
    """Predictions against published figures: error, and how often the 80% interval held."""
    if lang:
        use_language(normalise(lang))
    from dashboard import backtesting

    found = backtesting.run(steps=steps, runs=runs)
    _print(backtesting.backtest_json(found) if as_json else backtesting.backtest_text(found))


@app.command()
def calibrate() -> None:
    """Fit the step-time model anew to the rows in data/, and store the fit there."""
    from costmodel import calibrate as fitting

    path = fitting.store()
    typer.echo(t("{n} rows fitted; stored in {path}", n=fitting.n_rows(), path=str(path)))


@app.command()
def dashboard(
    *,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to serve on.")] = 8501,
    address: Annotated[
        str, typer.Option(help="Address to serve on; 0.0.0.0 for every network of this machine.")
    ] = "localhost",
    auth: Annotated[
        Path | None,
        typer.Option(
            envvar="ASSAY_AUTH_FILE",
            help="TOML file with the OpenID Connect provider under [auth]: people sign in.",
        ),
    ] = None,
    without_sign_in: Annotated[
        bool, typer.Option(help="Serve a network although nobody is asked to sign in.")
    ] = False,
) -> None:
    """The web app: on this machine, or with sign-in for a team."""
    from dashboard.serve import serve

    serve(port=port, address=address, auth=auth, without_sign_in=without_sign_in)


def _one_model(*, deal: Path | None, params: str | None, hf_config_file: Path | None) -> Deal:
    given = [option for option in (deal, params, hf_config_file) if option is not None]
    if len(given) != 1:
        raise InputError("", "give exactly one of --deal, --params and --hf-config")
    if deal is not None:
        return _named(deal)
    if params is not None:
        size = parse_number(params, "--params")
        return deals.from_mapping(
            {"assay": deals.FORMAT, "name": params, "plan": {"model": {"params": size}}}
        )
    assert hf_config_file is not None
    try:
        with hf_config_file.open("rb") as handle:
            content = handle.read(hf_config.MAX_BYTES + 1)
    except OSError as error:
        raise InputError(
            "--hf-config",
            "{path} cannot be read ({reason}); give the path of a config.json",
            path=str(hf_config_file),
            reason=(error.strerror or "unknown").lower(),
        ) from None
    spec = hf_config.parse(content, name=hf_config_file.stem)
    empty = deals.from_mapping({"assay": deals.FORMAT, "name": hf_config_file.stem or "config"})
    return deals.with_model(empty, spec)


def _named(deal: Path) -> Deal:
    """The deal of a file, of a sample's id, or of a stored deal's."""
    from dashboard.deal_ids import named

    return named(deal)


def _with_options(given: Deal, *, active_params: str | None, **options: str | None) -> Deal:
    """The deal with what the options state in place of what it says."""
    plan: dict[str, Any] = {}
    cluster: dict[str, Any] = {}
    if active_params is not None:
        total = (given.plan.model or {}).get("params")
        if total is None:
            raise InputError("--active-params", "this goes with --params alone")
        active = parse_number(active_params, "--active-params")
        plan["model"] = {"params": total, "active_params": active}
    for name, value in options.items():
        if value is None:
            continue
        match name:
            case "tokens":
                plan["tokens"] = parse_number(value, "--tokens")
                plan["unique_tokens"] = deals.distinct_of(given.plan, plan["tokens"])
            case "context":
                plan["context_tokens"] = parse_count(value, "--context")
            case "chip":
                cluster["chip"] = value
            case "chips":
                cluster["n_accelerators"] = parse_count(value, "--chips")
            case "usd_per_gpu_hour":
                price = parse_range(value, "--usd-per-gpu-hour")
                cluster["usd_per_gpu_hour"] = (price.low, price.high)
            case _:
                plan[name] = value
    plan["cluster"] = given.plan.cluster.model_copy(update=cluster)
    changed = given.model_copy(update={"plan": given.plan.model_copy(update=plan)})
    deals.check_words(changed)
    if changed.plan.tokens is None:
        raise InputError("--tokens", "the number of training tokens is missing; add it")
    return changed


def _evaluate(deal: Deal, seed: int) -> Evaluation:
    from dashboard.language import current

    return evaluate(deal, language=current(), seed=seed)


def _report(
    evaluation: Evaluation,
    *,
    as_json: bool,
    to_json: Callable[[Evaluation], dict[str, Any]],
    to_text: Callable[[Evaluation], str],
) -> None:
    _print(to_json(evaluation) if as_json else to_text(evaluation))
    for warning in evaluation.warnings:
        typer.echo(f"{t('Note')}: {say(warning)}", err=True)


def _print(answer: dict[str, Any] | str) -> None:
    """One JSON object, or text."""
    if isinstance(answer, dict):
        answer = json.dumps(answer, ensure_ascii=False, allow_nan=False)
    typer.echo(answer)


_OPTIONS = {
    "plan.tokens": "--tokens",
    "tokens": "--tokens",
    "plan.cluster.chip": "--chip",
    "plan.cluster.n_accelerators": "--chips",
    "plan.cluster.usd_per_gpu_hour": "--usd-per-gpu-hour",
    "plan.context_tokens": "--context",
    "plan.precision": "--precision",
    "plan.region": "--region",
    "params": "--params",
    "active_params": "--active-params",
    "budget_usd": "--budget-usd",
    "weeks": "--weeks",
    "unique_tokens": "--unique-tokens",
    "served_tokens": "--served-tokens",
    "chip": "--chip",
    "precision": "--precision",
    "context_tokens": "--context",
    "usd_per_gpu_hour": "--usd-per-gpu-hour",
    "region": "--region",
}


def _option(field: str) -> str:
    """The field's path, as the option's name where the options were used."""
    by_option = any(word.startswith("--") and word != "--json" for word in sys.argv[2:])
    shown = _OPTIONS.get(field, field) if by_option else field
    if sys.argv[1:2] == ["lab"] and field in LabConfig.model_fields and field != "workload":
        shown = f"--{field.replace('_', '-')}"
    return f"{shown}: " if shown else ""


def _refuse(sentence: str) -> None:
    typer.echo(f"assay: {' '.join(sentence.split())}", err=True)
    sys.exit(2)
