"""What the page of serving asks, and the answer to it kept between clicks."""

from collections.abc import Mapping
from typing import Final

import streamlit as st

from costmodel import facts
from costmodel.hardware import accelerators
from costmodel.messages import InputError
from costmodel.workload.serving_load import WEIGHT_FORMATS
from dashboard import serving
from dashboard.components import scenario_inputs
from dashboard.components.page_fields import PageFields, pair
from dashboard.deal import Deal
from dashboard.language import N_, t
from dashboard.serving import Answer

FIELDS: Final = PageFields(
    "serving",
    labels={
        "requests_per_day": N_("Requests a day"),
        "input_tokens": N_("Input tokens of a request"),
        "output_tokens": N_("Output tokens of a request"),
        "token_ms": N_("Longest time per token, ms"),
        "weights": N_("Number format of the weights"),
        "replica": N_("Accelerators of a replica"),
        "other_chip": N_("Compare with"),
        "input_price": N_("Price of input, $ per million tokens"),
        "output_price": N_("Price of output, $ per million tokens"),
        "cached_price": N_("Price of cached input, $ per million tokens"),
        "paid_share": N_("Share of requests paid for"),
        "cached_input_share": N_("Input read before (prefix cache)"),
        "mean_over_peak": N_("Mean over peak traffic"),
        "headroom": N_("Capacity over peak traffic"),
        "overhead_share": N_("Overhead of the service over rent"),
    },
    helps={
        "requests_per_day": N_("On an average day, such as 1M or 100万."),
        "input_tokens": N_("Everything that is read before the answer: prompt, history, context."),
        "token_ms": N_("50 ms is twenty tokens a second for each user. A looser bound is cheaper."),
        "weights": N_("Fewer bits hold and read less; ask what they do to the quality."),
        "replica": N_("Empty: the size with the smallest fleet is chosen."),
        "other_chip": N_("At its own quoted rent. At first the fastest memory with prices known."),
        "input_price": N_("What customers pay: a number or a 90% range such as 0.4 - 0.6."),
        "output_price": N_("What customers pay: a number or a 90% range such as 1 - 2."),
        "cached_price": N_("Of input that was read before. Empty: the full price."),
        "paid_share": N_("100% where no request is free."),
        "cached_input_share": N_("Share of the input that an earlier request has read already."),
        "mean_over_peak": N_("Average traffic of a week over its busiest hour."),
        "headroom": N_("1.3 is 30% more than the busiest hour needs."),
        "overhead_share": N_("Gateways, safety models, storage and support over rent."),
    },
)
_ASSUMED: Final = ("cached_input_share", "mean_over_peak", "headroom", "overhead_share")


@st.cache_resource(max_entries=64, show_spinner=False)
def _computed(deal_json: str, typed: tuple[tuple[str, str], ...]) -> Answer | dict[str, InputError]:
    deal = Deal.model_validate_json(deal_json)
    question, refused = serving.read(deal, dict(typed))
    if question is None:
        return refused
    try:
        return serving.answer(question)
    except (InputError, facts.FactError) as error:
        reason = serving.refusal(error)
        return {serving.own_field(reason): reason}


def computed(deal: Deal, unread: Mapping[str, InputError]) -> Answer | dict[str, InputError]:
    """What serving the deal's model takes, or what was refused, by field; kept between clicks.

    ``unread`` are the scenario's fields that could not be read.
    """
    refused = {n: why for n, why in unread.items() if n in serving.SCENARIO_FIELDS}
    if refused:
        return refused
    return _computed(deal.model_dump_json(), tuple(sorted(FIELDS.typed().items())))


def inputs(deal: Deal, refused: dict[str, InputError]) -> None:
    """Everything that can be typed; a refused field says why underneath."""
    starts = serving.starts(deal)

    def text(name: str, placeholder: str = "") -> None:
        FIELDS.text(name, refused, start=starts[name], placeholder=placeholder)

    with st.container(border=True, key="inputs"):
        st.markdown(f"#### {t('Your numbers')}")
        st.caption(t("Change a number and everything follows."))
        text("requests_per_day")
        pair(text, "input_tokens", "output_tokens")
        text("token_ms")
        scenario_inputs.field("chip", refused)
        left, right = st.columns(2)
        with left:
            FIELDS.choice(
                "weights",
                WEIGHT_FORMATS,
                refused,
                start=starts["weights"],
                show=str.upper,
            )
        with right:
            scenario_inputs.field("usd_per_gpu_hour", refused)
        st.markdown(f"**{t('What customers pay')}**")
        pair(lambda name: text(name, t("not stated")), "input_price", "output_price")
        pair(lambda name: text(name, t("full price")), "cached_price")
        text("paid_share", "100%")
        with st.expander(t("Replica and comparison"), expanded="replica" in refused):
            text("replica", t("chosen"))
            FIELDS.choice(
                "other_chip",
                ["", *accelerators.names()],
                refused,
                start="",
                show=lambda name: name or t("fastest memory with prices"),
            )
        with st.expander(t("Assumptions"), expanded=any(n in refused for n in _ASSUMED)):
            for name in _ASSUMED:
                text(name, "0%" if name == "cached_input_share" else t("from the data"))
        scenario_inputs.size(refused)
        FIELDS.undo_button(serving.SCENARIO_FIELDS)
