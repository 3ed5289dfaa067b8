"""Scenarios side by side: figures in columns, what makes the difference, and keeping one."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import streamlit as st

from costmodel.messages import InputError
from costmodel.uncertainty import Range
from costmodel.venture.explore.drivers import Outcome
from costmodel.venture.inputs import INPUTS
from costmodel.venture.scenario import MONTHS
from dashboard import deal as deals
from dashboard.charts import fan
from dashboard.charts.fan import Fan
from dashboard.charts.labels import short
from dashboard.components import charts, keeping, notice, scenario, tables, venture
from dashboard.components.text import plain
from dashboard.deal import Deal
from dashboard.deal_scenarios import MOST_SCENARIOS, ScenarioEntry
from dashboard.language import amount, current, interval, t
from dashboard.scenario import Scenario
from dashboard.scenario_output import part_label, shown
from dashboard.venture.answering import Named, column_names
from dashboard.venture.figures import LABELS, figures

_COLOURS: Final = ("#2f7fb8", "#c77700", "#0b8a6f", "#8f3f97")
_OUTCOMES: Final[Mapping[Outcome, tuple[str, str]]] = {
    "runway_months": ("runway_months", "month"),
    "moic": ("moic", "ratio"),
    "year_3_margin": ("year_3_margin", "fraction"),
}
_MOST_PARTS: Final = 6
_AT_HAND: Final = "__at_hand__"
_LONGEST_NAME: Final = 60
_NOTHING: Final = 1e-6
#: Letters of a name that a legend has room for.
_LETTERS: Final = 28


def show(deal: Deal, entry: ScenarioEntry) -> None:
    """Up to four scenarios in columns, and what their inputs explain of the difference."""
    _keep(deal, entry)
    columns: list[tuple[Deal, ScenarioEntry | None]] = [(deal, e) for e in _chosen(deal, entry)]
    columns += [(other, None) for other in _other_deals(deal, MOST_SCENARIOS - len(columns))]
    if len(columns) < 2:
        st.caption(
            t(
                "Type numbers or choose stresses, and the scenario at hand stands beside the "
                "deal's own. Keep it under a name, and it stays with the deal: up to four of them."
            )
        )
    found = venture.side_by_side(columns)
    names = column_names(found)
    _table(found, names)
    _fans(found, names)
    for one, name in zip(found[1:], names[1:], strict=True):
        _explained(one, name, names[0])


def _chosen(deal: Deal, entry: ScenarioEntry) -> list[ScenarioEntry | None]:
    """The scenarios that stand side by side, the deal's own first unless it is left out."""
    options = ["", *(e.name for e in deal.scenarios)]
    if venture.is_changed():
        options.append(_AT_HAND)
    default = options[-MOST_SCENARIOS:] if len(options) > MOST_SCENARIOS else options
    if len(options) > MOST_SCENARIOS:
        default = ["", *options[-(MOST_SCENARIOS - 1) :]]
    labels = {name: plain(name) or t("As the deal states it") for name in options}
    labels[_AT_HAND] = t("At hand")
    chosen = st.pills(
        t("Side by side, up to four"),
        options,
        selection_mode="multi",
        wrap=True,
        default=default,
        format_func=lambda name: labels.get(name, plain(name)),
        key=f"{venture.FIELDS.key('beside')}:{'|'.join(options)}",
    )
    if len(chosen) > MOST_SCENARIOS:
        st.caption(t("The first four are shown."))
    by_name: dict[str, ScenarioEntry | None] = {e.name: e for e in deal.scenarios}
    by_name |= {"": None, _AT_HAND: entry}
    return [by_name[name] for name in options if name in chosen][:MOST_SCENARIOS] or [None]


def _other_deals(deal: Deal, room: int) -> list[Deal]:
    """Other deals, as they state themselves; one whose scenario is refused says why instead."""
    own = {one.deal_id: one.name for one in keeping.listed()}
    names = own | deals.sample_names()
    names.pop(scenario.current_scenario().deal_id, None)
    chosen = st.multiselect(
        t("Beside them, other deals"),
        list(names),
        format_func=lambda deal_id: names.get(deal_id, deal_id),
        max_selections=max(room, 1),
        key=f"venture_deals:{current()}",
        placeholder=t("choose deals"),
        disabled=room < 1,
    )
    found = []
    for deal_id in chosen[: max(room, 0)]:
        try:
            other = keeping.load(deal_id).deal if deal_id in own else deals.sample(deal_id)
            venture.answered(other, None)
        except InputError as error:
            notice.under_field(
                InputError("", "{deal}: {problem}", deal=names[deal_id], problem=error.message)
            )
        else:
            found.append(other)
    return found


def _table(found: Sequence[Named], names: Sequence[str]) -> None:
    by_answer = [figures(one.answer.inputs, one.answer.result) for one in found]
    shown_names = [n for n in LABELS if any(n in f for f in by_answer)]
    rows = [(t(LABELS[n]), *(shown(f.get(n)) for f in by_answer)) for n in shown_names]
    tables.show((t("Figure"), *(plain(name) for name in names)), rows)


def _fans(found: Sequence[Named], names: Sequence[str]) -> None:
    fans = [
        Fan(
            label=short(name, _LETTERS),
            draws=np.atleast_2d(one.answer.result.worlds.flow.cash_usd)[:, : MONTHS + 1],
            colour=colour,
        )
        for one, name, colour in zip(found, names, _COLOURS, strict=False)
    ]
    st.subheader(t("Cash of each"), anchor=False)
    charts.show(fan.figure(fans, "usd"), key="venture_fans")


def _explained(one: Named, name: str, first: str) -> None:
    """What the differing inputs explain, for each outcome that differs."""
    heading = t("{scenario} against {first}", scenario=plain(name), first=plain(first))
    st.subheader(heading, anchor=False)
    by_input: dict[str, list[str]] = {}
    heads, spans = [], {}
    for outcome, (label, unit) in _OUTCOMES.items():
        explained = one.explained.get(outcome)
        if explained is None or abs(explained.after - explained.before) < 1e-9:
            continue
        before, after = amount(explained.before, unit), amount(explained.after, unit)
        heads.append(f"{t(LABELS[label])}: {before} → {after}")
        for part in explained.parts:
            if abs(part.part) < _NOTHING:
                continue
            spans[part.name] = (part.before, part.after)
            cells = by_input.setdefault(part.name, ["–"] * (len(heads) - 1))
            cells.append(_signed(part.part, unit))
        for row in by_input.values():
            row.extend(["–"] * (len(heads) - len(row)))
    if not heads:
        st.caption(t("In the middle of all inputs nothing differs."))
        return
    rows = [
        (f"{plain(part_label(n))}{_moved(n, *spans[n])}", *cells)
        for n, cells in list(by_input.items())[:_MOST_PARTS]
    ]
    tables.show((t("What differs"), *heads), rows)
    st.caption(
        t(
            "In the middle of all inputs. Each difference has the mean of what it changes over "
            "every order in which they can be swapped in, so that the parts sum to the whole."
        )
    )


def _signed(part: float, unit: str) -> str:
    if abs(part) < _NOTHING:
        return "–"
    return amount(part, unit) if part < 0 else f"+{amount(part, unit)}"


def _moved(name: str, before: Range | None, after: Range | None) -> str:
    if before is None or after is None or name not in INPUTS:
        return ""
    unit = INPUTS[name].unit
    texts = [
        amount(s.low, unit) if s.low == s.high else interval(s.low, s.high, unit)
        for s in (before, after)
    ]
    return f": {plain(texts[0])} → {plain(texts[1])}"


def _keep(deal: Deal, entry: ScenarioEntry) -> None:
    """Keep the scenario at hand in the deal under a name, or take the one at hand out of it."""
    start = venture.start_of(deal)
    key = f"{venture.FIELDS.key('keep')}:{scenario.revision()}:{venture.revision()}"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            t("Keep the scenario at hand as"),
            value=start.name if start else "",
            key=key,
            max_chars=_LONGEST_NAME,
            width=280,
            placeholder=t("a name"),
        )
        name = (st.session_state.get(key) or "").strip()
        known = {e.name for e in deal.scenarios}
        full = name not in known and len(known) >= MOST_SCENARIOS
        st.button(
            t("Keep it in the deal"),
            key="venture_keep",
            disabled=not name or full or not (venture.is_changed() or start),
            on_click=_save,
            args=(deal, entry.model_copy(update={"name": name})),
        )
        if start is not None:
            st.button(
                t("Take it out of the deal"),
                key="venture_drop",
                on_click=_drop,
                args=(deal, start.name),
            )
    if full:
        st.caption(t("The deal holds four scenarios; take one out, or use its name again."))


def _save(deal: Deal, entry: ScenarioEntry) -> None:
    others = list(deal.scenarios)
    at = next((i for i, e in enumerate(others) if e.name == entry.name), None)
    if at is None:
        others.append(entry)
    else:
        others[at] = entry
    _put(deal, others)
    _open(entry.name)


def _drop(deal: Deal, name: str) -> None:
    _put(deal, [e for e in deal.scenarios if e.name != name])
    _open(None)


def _put(deal: Deal, entries: list[ScenarioEntry]) -> None:
    changed = deal.model_copy(update={"scenarios": entries})
    scenario.replace_deal(Scenario(deal_id="", own=changed, typed={}))


def _open(name: str | None) -> None:
    venture.start_from(name)
