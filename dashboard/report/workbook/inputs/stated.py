"""Lines of what the deal itself states: the company, its profile, figures with a status."""

from collections.abc import Collection, Iterator
from typing import Final

from costmodel.messages import InputError
from dashboard.change_terms import entry_label
from dashboard.deal import Deal
from dashboard.deal_facts import Stated
from dashboard.deal_sections import SECTIONS, label_and_unit
from dashboard.language import read, t
from dashboard.report.workbook.cells import Value
from dashboard.report.workbook.inputs.line import Group, Line
from dashboard.risk.bank.loading import bank

#: Figures of the deal that inputs of the scenario are worked out from.
FEEDS: Final = (
    "finance.headcount",
    "finance.loaded_usd_per_person_year",
    "finance.compute_usd_per_month",
    "finance.net_burn_usd_per_month",
    "finance.gross_burn_usd_per_month",
    "finance.noncancellable_compute_24m_usd",
    "finance.revenue_usd",
    "finance.recurring_revenue_usd",
    "finance.usage_revenue_usd",
    "finance.largest_customer_revenue_usd",
    "finance.inference_usd",
    "finance.hosting_usd",
    "finance.licences_usd",
    "finance.support_usd",
    "finance.cost_of_revenue_usd",
    "market.tokens_served_per_month",
)
#: Figures that may lie below zero.
_SIGNED: Final = frozenset(
    {
        "finance.net_burn_usd_per_month",
        "finance.reported_gross_margin",
        "market.price_fall_per_year",
        "market.cost_fall_per_year",
        "market.growth_per_month",
        "market.lead_gap",
        "market.lead_closing_per_month",
        "measurements.filter_gain_sigma",
        "measurements.blind_lead_low",
        "measurements.rerun_gap",
    }
)
_MOST: Final = 1e40
_COMPANY: Final = ("name", "country", "stage", "sector")


def entry_of(deal: Deal, path: str) -> Stated[float] | Stated[bool] | Stated[str] | None:
    """The entry at ``section.name``, where the deal states it."""
    section, name = path.split(".")
    found = getattr(getattr(deal, section), name, None)
    return found if isinstance(found, Stated) else None


def number_at(deal: Deal, path: str) -> float | None:
    """The number at ``section.name``, where the deal states one."""
    entry = entry_of(deal, path)
    if entry is None or isinstance(entry.value, bool | str):
        return None
    return float(entry.value)


def status_name(status: str | None) -> str:
    """A status in the current language; empty for none."""
    if not status:
        return ""
    return next((read(row.name) for row in bank().frame.statuses if row.id == status), status)


def evidence_of(deal: Deal, path: str) -> tuple[str, str]:
    """How a figure is known and where it stands, as the deal says."""
    entry = entry_of(deal, path)
    if entry is None:
        return "", ""
    return status_name(entry.status), entry.source


def bounds(path: str) -> tuple[float, float]:
    """Between what a figure of the deal lies."""
    if path in _SIGNED:
        return -_MOST, _MOST
    section, name = path.split(".")
    shares = str(SECTIONS[section].model_fields[name].annotation)
    return (0.0, 1.0) if "le=1" in shares else (0.0, _MOST)


def line_of(deal: Deal, path: str, name: str) -> Line:
    """A figure of the deal as a line of its own; it holds as it is stated."""
    entry = entry_of(deal, path)
    label, unit = label_and_unit(path)
    status, source = evidence_of(deal, path)
    value: Value = None if entry is None else entry.value
    flag = isinstance(value, bool)
    least, most = bounds(path)
    is_number = isinstance(value, int | float) and not flag
    return Line(
        name=name,
        label=t(label),
        unit="yes_no" if flag else "text" if isinstance(value, str) else unit,
        value=value,
        stated=value,
        path=path,
        evidence=True,
        status=status,
        source=source,
        options=("TRUE", "FALSE") if flag else (),
        least=least if is_number else None,
        most=most if is_number else None,
    )


def company(deal: Deal) -> Group:
    """Who the deal is about."""
    lines = [
        Line(name="", label=entry_label(("name",)), unit="text", stated=deal.name, path="name")
    ]
    lines += [
        Line(
            name="",
            label=entry_label(("company", field)),
            unit="text",
            stated=getattr(deal.company, field) or None,
            path=f"company.{field}",
        )
        for field in _COMPANY
    ]
    return Group(title=t("The company"), lines=tuple(lines))


def profile(deal: Deal) -> Group:
    """What the company does, which says which questions apply."""
    names = {row.id: row.name for row in bank().frame.profile}
    return Group(
        title=t("Profile"),
        note=t("Which questions apply follows in Assay, once this is read back."),
        lines=tuple(
            Line(
                name="",
                label=read(names[fact]) if fact in names else fact,
                unit="yes_no" if isinstance(held, bool) else "text",
                stated=held,
                path=f"profile.{fact}",
                options=("TRUE", "FALSE") if isinstance(held, bool) else (),
            )
            for fact, held in deal.profile.items()
        ),
    )


def feeds(deal: Deal) -> Group:
    """Figures that inputs of the scenario are worked out from, those that are stated."""
    return Group(
        title=t("What the company states of its money and traffic"),
        note=t("Inputs of the scenario further down are worked out from these."),
        lines=tuple(
            line_of(deal, path, path.split(".")[1])
            for path in FEEDS
            if number_at(deal, path) is not None
        ),
    )


def others(deal: Deal, taken: Collection[str]) -> Group:
    """Every other figure that the deal states: read back, and followed by no sheet."""
    return Group(
        title=t("Other figures of the deal"),
        note=t("No sheet follows these. Assay reads them back and judges them."),
        lines=tuple(line_of(deal, path, "") for path in _stated_paths(deal) if path not in taken),
    )


def _stated_paths(deal: Deal) -> Iterator[str]:
    for section, model in SECTIONS.items():
        for name in model.model_fields:
            if isinstance(getattr(getattr(deal, section), name), Stated):
                yield f"{section}.{name}"


def refuse_unknown(path: str) -> InputError:
    """A path that the sheet of inputs does not write."""
    return InputError(
        path,
        "the sheet names a field that Assay did not write there; restore the column of fields",
    )
