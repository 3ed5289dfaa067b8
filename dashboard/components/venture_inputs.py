"""Everything that can be typed over a scenario, beside its answer."""

from collections.abc import Mapping, Sequence
from typing import Final

import streamlit as st

from costmodel.messages import InputError
from costmodel.uncertainty import Range
from costmodel.venture.inputs import INPUTS
from dashboard.components import venture
from dashboard.components.page_fields import pair
from dashboard.language import N_, t
from dashboard.venture import typed as texts
from dashboard.venture.gathering import Base
from dashboard.venture_names import SWITCH_VALUES

#: What stands open; the rest is folded by its part of the company.
_FIRST: Final = (
    ("cash_usd", "raise_usd"),
    ("people_usd_per_month", "other_usd_per_month"),
    ("months_to_proof", "past_slip"),
    ("paid_tokens_per_month", "price_usd_per_million_tokens"),
    ("growth_per_month", "price_fall_per_year"),
    ("investment_usd", "post_money_usd"),
)
_GROUPS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "money": (N_("Rounds and credits"), ("money",)),
    "costs": (N_("Costs and currency"), ("costs",)),
    "research": (N_("Research and go-to-market"), ("research",)),
    "market": (N_("Revenue and cost of serving"), ("market", "proof")),
    "deal": (N_("Dilution and preferences"), ("deal",)),
    "exit": (N_("Exit"), ("exit",)),
}
#: Moved by the split and by stresses alone.
_HIDDEN: Final = frozenset({"research_scale", "market_scale"})


def show(base: Base | None, refused: Mapping[str, InputError]) -> None:
    """The form. ``base`` is the scenario as far as it is gathered, ``None`` where it is not."""
    spans = {} if base is None else dict(base.inputs.spans())
    for name in refused:
        spans.pop(name, None)
    with st.container(border=True, key="venture_inputs"):
        st.markdown(f"#### {t('Your numbers')}")
        st.caption(
            t("A number, or a 90% range such as 1.8 - 3.2; dollars as 40M. Empty: as shown.")
        )
        for both in _FIRST:
            pair(lambda name: _text(name, spans, refused), *both)
        first = {name for both in _FIRST for name in both}
        typed = venture.FIELDS.typed()
        for title, groups in _GROUPS.values():
            names = [
                name
                for name, spec in INPUTS.items()
                if spec.group in groups and name not in first and name not in _HIDDEN
            ]
            opened = any(n in typed or n in refused for n in names)
            with st.expander(t(title), expanded=opened):
                for name in names:
                    _text(name, spans, refused)
        opened = any(n.startswith(texts.SWITCH) for n in typed)
        with st.expander(t("Switches"), expanded=opened):
            _switches(base, refused)
        venture.FIELDS.undo_button()


def _text(name: str, spans: Mapping[str, Range], refused: Mapping[str, InputError]) -> None:
    shown = texts.text_of(spans[name]) if name in spans else t("missing")
    venture.FIELDS.text(name, refused, placeholder=shown)


def _switches(base: Base | None, refused: Mapping[str, InputError]) -> None:
    for name, values in texts.SWITCHES.items():
        at: object = values[0] if base is None else getattr(base.inputs.switches, name)
        start = {True: texts.YES, False: texts.NO}.get(at, at) if isinstance(at, bool) else at
        _switch(name, values, str(start), refused)


def _switch(
    name: str, values: Sequence[str], start: str, refused: Mapping[str, InputError]
) -> None:
    venture.FIELDS.choice(
        f"{texts.SWITCH}{name}",
        values,
        refused,
        start=start,
        show=lambda value: t(SWITCH_VALUES[value]),
    )
