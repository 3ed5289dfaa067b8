"""Metrics of regulation: export status, training compute against thresholds in law."""

from collections.abc import Mapping
from functools import cache
from typing import Final

from costmodel import facts
from costmodel.hardware.export_control import ExportReading, export_reading
from costmodel.messages import InputError, Message
from costmodel.money import energy
from dashboard.risk.metrics.compute import chip_of
from dashboard.risk.metrics.reading import Formula, Found, Reading, share_of


def export_status(read: Reading) -> Found:
    """Export status of the named accelerator where it stands, for this parent."""
    reading = export_of(read)
    return None if reading is None else reading.status


def export_of(read: Reading) -> ExportReading | None:
    """The export table for the deal's accelerator, its place and its ultimate parent.

    The place is that of ``operations.chips_in``, else the plan's region, else the
    company's country; the parent ``operations.parent_in``, else the company's country.
    """
    chip = chip_of(read)
    deal = read.basis.deal
    destination = _country(read, "operations.chips_in", deal.plan.region or deal.company.country)
    parent = _country(read, "operations.parent_in", deal.company.country)
    if destination is None:
        read.lacks("operations.chips_in")
    if chip is None or destination is None:
        return None
    found = export_reading(chip, destination=destination, parent=parent)
    for fact in found.facts:
        read.fact(fact)
    if found.missing is not None:
        read.lacking(found.missing)
    return found


def _country(read: Reading, path: str, otherwise: str | None) -> str | None:
    """The country stated at ``path``, else that of the plan, as a code of two letters."""
    stated = read.words(path)
    name = stated or otherwise
    if not name:
        return None
    code = country_code(name)
    if code is None:
        read.lacking(
            Message(
                "{name} is no country on record; write {field} as a code of two letters.",
                {"name": name, "field": path},
            )
        )
    elif stated is None:
        read.planned("region" if path.endswith("chips_in") else "company.country", code, "")
    return code


def country_code(name: str) -> str | None:
    """The code of two letters of a country, of a code, or of the country of a region."""
    text = name.strip()
    if len(text) == 2 and text.isalpha():
        return text.upper()
    try:
        region = energy.find_region(text)
    except InputError:
        return None
    return region.iso2 or _by_iso().get(region.iso)


@cache
def _by_iso() -> dict[str, str]:
    return {region.iso: region.iso2 for region in energy.regions() if region.iso2}


def cum_train_flop(read: Reading) -> Found:
    """Cumulative training compute: six per active parameter and token of pre-training, and
    what is stated of post-training and of making synthetic data.

    Source: the convention of the European Commission's guidelines of July 2025.
    """
    estimate = read.basis.estimate
    if estimate is None:
        read.lacking(read.basis.refusal)
        return None
    read.modelled("train_flop", estimate.flop.parameter, "flop")
    stated = (
        read.optional("operations.post_training_flop"),
        read.optional("operations.synthetic_data_flop"),
    )
    return estimate.flop.parameter + sum(flop for flop in stated if flop is not None)


@cache
def flop_threshold(law_id: str) -> float:
    """Training compute at which a law of ``data/regulatory_thresholds.csv`` begins to apply.

    Raises ``FactError`` for a law that is not on record or has no single number.
    """
    law = next((law for law in facts.regulations() if law.id == law_id), None)
    if law is None:
        raise facts.FactError(f"regulatory_thresholds.csv has no row {law_id!r}")
    return facts.number(law.threshold_value, f"regulatory_thresholds.csv, {law_id}")


def annual_revenue(read: Reading) -> Found:
    """Revenue of the group in twelve months; of the company where no group is stated."""
    group = read.optional("finance.group_revenue_usd")
    return group if group is not None else read.number("finance.revenue_usd")


def has_safety_framework(read: Reading) -> Found:
    """Whether a safety and security framework is published or shared."""
    return read.yes_or_no("documents.has_safety_framework")


METRICS: Final[Mapping[str, Formula]] = {
    "export_status": export_status,
    "cum_train_flop": cum_train_flop,
    "modifier_share": share_of("operations.finetune_flop", "operations.base_model_flop"),
    "annual_revenue": annual_revenue,
    "has_safety_framework": has_safety_framework,
}
