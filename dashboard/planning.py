"""What a budget can buy: the request from text, and the answer as JSON and as text."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from costmodel.hardware import accelerators
from costmodel.messages import InputError
from costmodel.money import levers as saving
from costmodel.money import plan as plans
from costmodel.money import prices
from costmodel.money.levers import Lever
from costmodel.money.plan import FrontierPoint, Plan, Request
from costmodel.uncertainty import Percentiles
from costmodel.workload.model_spec import PRECISIONS, check_count
from dashboard.language import amount, exact, interval, ranged, say, t
from dashboard.output import aligned_table
from dashboard.quantities import parse_count, parse_number, parse_range
from dashboard.terms import of_what_label

#: Budgets of the frontier, as multiples of the one asked for.
FRONTIER: Final = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request, and the tokens that the model is to serve."""

    request: Request
    served_tokens: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answer:
    """The plan, its frontier and its levers."""

    plan: Plan
    frontier: tuple[FrontierPoint, ...]
    levers: tuple[Lever, ...]


def from_text(**fields: str | None) -> Asked:
    """A request from what somebody typed, by field. Raises ``InputError`` at the field."""
    given = {name: text.strip() for name, text in fields.items() if text and text.strip()}
    if "budget_usd" not in given:
        raise InputError("budget_usd", "the budget is missing; write dollars, for example 2M")
    chip = accelerators.find(given.get("chip") or prices.most_quoted_chip())
    precision = given.get("precision", "bf16").lower()
    if precision not in PRECISIONS:
        raise InputError(
            "precision",
            "{value} is not a number format that Assay knows; write one of {known}",
            value=precision[:40],
            known=", ".join(PRECISIONS),
        )
    if not chip.has_peak(precision):
        raise InputError(
            "precision",
            "{chip} has no cited peak at {precision}; choose another precision or accelerator",
            chip=chip.name,
            precision=precision,
        )
    context = parse_count(given.get("context_tokens", "4096"), "context_tokens")
    check_count("context_tokens", context)
    price = given.get("usd_per_gpu_hour")
    request = Request(
        budget_usd=parse_number(given["budget_usd"], "budget_usd"),
        chip=chip,
        weeks=_number(given, "weeks"),
        precision=precision,
        context_tokens=context,
        region=given.get("region"),
        unique_tokens=_number(given, "unique_tokens"),
        given={"usd_per_gpu_hour": parse_range(price, "usd_per_gpu_hour")} if price else None,
    )
    return Asked(request=request, served_tokens=_number(given, "served_tokens") or 0.0)


def answer(asked: Asked, *, seed: int = 0) -> Answer:
    """The best plan with its frontier and levers."""
    plan = plans.best_plan(asked.request, seed=seed)
    return Answer(
        plan=plan,
        frontier=plans.frontier(plan, FRONTIER),
        levers=saving.levers(plan, served_tokens=asked.served_tokens, seed=seed),
    )


def plan_json(found: Answer) -> dict[str, Any]:
    """The object that ``assay plan --json`` prints; P objects are 5th, 50th, 95th."""
    best, request = found.plan.best, found.plan.request
    return {
        "budget_usd": request.budget_usd,
        "deadline_days": request.days,
        "chip": request.chip.name,
        "n_accelerators": best.cluster.n_accelerators,
        "precision": request.precision,
        "params": best.params,
        "tokens": _p(best.tokens),
        "tokens_per_param": best.tokens_per_param,
        "loss": _p(best.loss),
        "loss_law": request.law_name,
        "gpu_hours": _p(best.gpu_hours),
        "wall_days": _p(best.wall_days),
        "sizes": [
            {"params": s.params, "tokens": _p(s.tokens), "loss": _p(s.loss)}
            for s in found.plan.sizes
        ],
        "frontier": [
            {
                "usd": point.usd,
                "params": point.params,
                "tokens": point.tokens.as_json(),
                "loss": point.loss.as_json(),
            }
            for point in found.frontier
        ],
        "levers": [
            {
                "name": lever.name,
                "detail": say(lever.detail),
                "saved_usd": lever.saved_usd.as_json(),
                "of": lever.of_what,
            }
            for lever in found.levers
        ],
        "warnings": [say(warning) for warning in found.plan.warnings],
    }


def plan_text(found: Answer) -> str:
    """The plan as lines for a terminal."""
    best, request = found.plan.best, found.plan.request
    lines = aligned_table(
        [
            (t("Budget of the final run"), amount(request.budget_usd, "usd")),
            (t("Parameters"), exact(best.params)),
            (t("Training tokens"), ranged(Percentiles.of(best.tokens), "token")),
            (t("Loss by {law}", law=request.law_name), _loss(Percentiles.of(best.loss))),
            (t("Accelerators"), f"{best.cluster.n_accelerators:,} {request.chip.name}"),
            (t("GPU-hours"), ranged(Percentiles.of(best.gpu_hours), "gpu_hour")),
            (t("Days"), ranged(Percentiles.of(best.wall_days), "day")),
        ]
    )
    lines += ["", t("Loss against dollars")]
    lines += aligned_table(
        [(t("Budget"), t("Parameters"), t("Training tokens"), t("Loss"))]
        + [
            (amount(p.usd, "usd"), exact(p.params), amount(p.tokens.p50, "token"), _loss(p.loss))
            for p in found.frontier
        ]
    )
    lines += ["", t("What would save the most at the same loss")]
    for lever in found.levers:
        saved = lever.saved_usd
        span = interval(saved.p05, saved.p95, "usd")
        lines.append(
            f"  {say(lever.detail)}: {amount(saved.p50, 'usd')} ({span}), "
            f"{of_what_label(lever.of_what)}"
        )
    return "\n".join(lines)


def _loss(spread: Percentiles) -> str:
    return f"{spread.p50:.3f} ({spread.p05:.3f} – {spread.p95:.3f})"


def _number(given: Mapping[str, str], name: str) -> float | None:
    return parse_number(given[name], name) if name in given else None


def _p(value: Any) -> dict[str, float]:
    return Percentiles.of(value).as_json()
