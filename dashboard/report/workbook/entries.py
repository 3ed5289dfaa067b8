"""Fields of a deal by their path, as the sheet of inputs shows them and takes them back."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from dashboard.deal import Deal
from dashboard.deal_facts import Stated
from dashboard.deal_sections import SECTIONS
from dashboard.findings import given_of
from dashboard.report.workbook.cells import clean

#: Numbers that LibreOffice or Excel write back differ by less.
_SAME: Final = 1e-12
_PATH: Final = re.compile(r"name|[a-z]+(\.\w+){1,2}")
_TEXTS: Final = frozenset({"name", "company.name", "company.country", "company.stage",
                           "company.sector"})  # fmt: skip
_WHOLE: Final = frozenset({"plan.cluster.n_accelerators"})
_PLAN: Final = frozenset(
    {"plan.tokens", "plan.cluster.n_accelerators", "plan.cluster.usd_per_gpu_hour"}
)
_ASSUMPTION: Final = "plan.assumptions."


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A field as the sheet shows it: its value, and for a figure its status and source."""

    value: str | float | bool | None
    status: str = ""
    source: str = ""
    has_evidence: bool = False


def is_path(text: str) -> bool:
    """Whether a text has the shape of a field of the sheet of inputs."""
    return _PATH.fullmatch(text) is not None


def is_known(path: str) -> bool:
    """Whether the sheet of inputs writes such a field."""
    section, _, name = path.partition(".")
    if path in _TEXTS or path in _PLAN or path.startswith(_ASSUMPTION) or section == "profile":
        return True
    return section in SECTIONS and name in SECTIONS[section].model_fields


def is_text(deal: Deal, path: str) -> bool:
    """Whether the field holds words."""
    if path in _TEXTS:
        return True
    return isinstance(shown_at(deal, path).value, str) or path in (
        "operations.chips_in",
        "operations.parent_in",
    )


def is_yes_no(deal: Deal, path: str) -> bool:
    """Whether the field holds yes or no."""
    if path.startswith("profile."):
        return not is_text(deal, path)
    section, _, name = path.partition(".")
    if section not in SECTIONS:
        return False
    return "bool" in str(SECTIONS[section].model_fields[name].annotation)


def is_whole(path: str) -> bool:
    """Whether the field holds a whole number."""
    return path in _WHOLE


def shown_at(deal: Deal, path: str) -> Shown:
    """The field as the sheet shows it today; a stated range as its middle."""
    section, _, name = path.partition(".")
    if path == "name":
        return Shown(value=deal.name)
    if section == "company":
        return Shown(value=getattr(deal.company, name) or None)
    if section == "profile":
        return Shown(value=deal.profile.get(name))
    if path == "plan.tokens":
        return Shown(value=deal.plan.tokens)
    if path == "plan.cluster.n_accelerators":
        return Shown(value=deal.plan.cluster.n_accelerators)
    if section == "plan":
        span = given_of(deal).get(path.rpartition(".")[2])
        return Shown(value=None if span is None else float(span.mid))
    entry = getattr(getattr(deal, section), name)
    if not isinstance(entry, Stated):
        return Shown(value=None, has_evidence=True)
    return Shown(
        value=entry.value,
        status=entry.status or "",
        source=clean(entry.source),
        has_evidence=True,
    )


def same(one: object, other: object) -> bool:
    """Whether two values of a field are the same but for what a spreadsheet rounds."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other or (one is not None and other is not None and bool(one) is bool(other))
    if isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=_SAME, abs_tol=0.0)
    if isinstance(one, str) and isinstance(other, str):
        return clean(one).strip() == clean(other).strip()
    return (one or None) == (other or None)


def put(state: dict[str, Any], path: str, new: Mapping[str, Any]) -> None:
    """Write what changed of a field into the plain state of a deal: ``value``, and of a figure
    ``status`` and ``source``. A value of ``None`` takes the field out.
    """
    section, _, name = path.partition(".")
    if section in SECTIONS:
        _put_figure(state.setdefault(section, {}), name, new)
    elif path == "name":
        state["name"] = new["value"] or ""
    else:
        parts = path.split(".")
        at = state
        for part in parts[:-1]:
            at = at.setdefault(part, {})
        if new["value"] is None:
            at.pop(parts[-1], None)
        else:
            at[parts[-1]] = new["value"]


def _put_figure(section: dict[str, Any], name: str, new: Mapping[str, Any]) -> None:
    before = section.get(name)
    entry: dict[str, Any] = dict(before) if isinstance(before, Mapping) else {}
    if before is not None and not isinstance(before, Mapping):
        entry["value"] = before
    for key, value in new.items():
        if value in (None, "") and key != "value":
            entry.pop(key, None)
        else:
            entry[key] = value
    if entry.get("value") is None:
        section.pop(name, None)
    else:
        section[name] = entry
