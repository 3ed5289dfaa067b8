"""What can be typed over the deal at hand: its fields, their names, and a model's file."""

from collections.abc import Callable
from contextlib import suppress
from typing import Final, Literal

import streamlit as st

from costmodel.hardware import accelerators
from costmodel.messages import InputError
from costmodel.money import energy
from costmodel.workload import hf_config
from costmodel.workload.model_spec import PRECISIONS
from dashboard import scenario as scenarios
from dashboard.architecture import spec_fields
from dashboard.components import keeping, notice, scenario
from dashboard.deal import Deal
from dashboard.language import N_, current, t, use_language
from dashboard.scenario import Scenario

_LABELS: Final = {
    "params": N_("Parameters"),
    "active_params": N_("Active parameters"),
    "tokens": N_("Training tokens"),
    "context_tokens": N_("Context, tokens"),
    "precision": N_("Precision"),
    "chip": N_("Accelerator"),
    "n_accelerators": N_("Number of accelerators"),
    "usd_per_gpu_hour": N_("Price, $ per GPU-hour"),
    "region": N_("Region"),
    "efficiency": N_("Efficiency in the step"),
    "goodput": N_("Goodput"),
    "pue": N_("PUE"),
    "claim_train_flop": N_("Training FLOP"),
    "claim_gpu_hours": N_("GPU-hours"),
    "claim_wall_days": N_("Days"),
    "claim_usd": N_("Cost, $"),
    "claim_usd_per_gpu_hour": N_("Price paid, $ per GPU-hour"),
    "claim_mfu": N_("MFU"),
    "claim_energy_kwh": N_("Energy, kWh"),
    "claim_kg_co2e": N_("CO₂e, kg"),
}
_ASSUMED: Final = frozenset({"context_tokens", "chip", "n_accelerators", "precision", "region"})
_HELP: Final = {
    "params": N_(
        "Leave empty to count them from the architecture. A number here, such as 7B or 70亿, "
        "takes the architecture's place."
    ),
    "active_params": N_("Of a mixture of experts: what one token passes through."),
    "tokens": N_("All tokens seen in training, repeats included: 14.8T, 2e12 or 2万亿."),
    "context_tokens": N_("Length of a training sequence."),
    "precision": N_("The number format of most matrix products."),
    "chip": N_("Type to search; any accelerator of the data works."),
    "n_accelerators": N_("Empty: as many as finish within 90 days."),
    "usd_per_gpu_hour": N_(
        "One number, or a 90% range such as 1.8 - 3.2. Empty: dated rental quotes."
    ),
    "region": N_("Whose grid the carbon is counted with."),
    "efficiency": N_(
        "Share of the dense 16-bit peak inside the step, such as 35% or 0.3 - 0.4. Empty: "
        "learnt from published runs."
    ),
    "goodput": N_("Share of billed time that ends in steps kept, such as 90%."),
    "pue": N_("Energy of the site over energy of its servers, such as 1.2."),
}
_CLAIMS: Final = tuple(name for name in scenarios.FIELDS if name.startswith(scenarios.CLAIM))


def changes() -> list[tuple[str, str, str]]:
    """What was typed over the deal: (label, the deal's own text, the typed one)."""
    at_hand = scenario.current_scenario()
    base = at_hand.base()
    return [
        (t(_LABELS[name]), scenarios.shown(base, name), at_hand.typed[name])
        for name in scenarios.FIELDS
        if name in at_hand.typed
    ]


def label(name: str) -> str:
    """What an input is called; empty for a field of the deal file that has none."""
    return t(_LABELS[name]) if name in _LABELS else ""


def inputs(refused: dict[str, InputError]) -> None:
    """Everything that can be typed over the deal; a refused field says why underneath."""
    with st.container(border=True, key="inputs"):
        st.markdown(f"#### {t('Your numbers')}")
        st.caption(t("Change a number and everything follows."))
        _text("tokens", refused)
        field("chip", refused)
        left, right = st.columns(2)
        with left:
            _text("n_accelerators", refused)
        with right:
            _text("usd_per_gpu_hour", refused)
        left, right = st.columns(2)
        with left:
            _choice("precision", list(PRECISIONS), refused, show=str.upper)
        with right:
            _text("context_tokens", refused)
        _region(refused)
        size(refused)
        with st.expander(t("What is claimed"), expanded=_any(refused, *_CLAIMS)):
            st.caption(t("Numbers of the pitch, to be held against the estimate."))
            for name in _CLAIMS:
                _text(name, refused)
        with st.expander(t("Assumptions"), expanded=_any(refused, "efficiency", "goodput", "pue")):
            for name in ("efficiency", "goodput", "pue"):
                _text(name, refused)
        st.button(
            t("Undo my changes"),
            on_click=scenario.undo,
            disabled=not scenario.current_scenario().typed,
        )


def field(name: str, refused: dict[str, InputError]) -> None:
    """One of the inputs, for a page that asks for a few of them alone."""
    if name == "chip":
        _choice("chip", accelerators.names(), refused, accept_new=True)
    else:
        _text(name, refused)


def size(refused: dict[str, InputError]) -> None:
    """The model's size, or its architecture from a file."""
    with st.expander(t("Model size"), expanded=_any(refused, "params", "active_params")):
        _text("params", refused)
        _text("active_params", refused)
        _config_upload()


def _any(refused: dict[str, InputError], *names: str) -> bool:
    typed = scenario.current_scenario().typed
    return any(name in refused or name in typed for name in names)


def _follow(name: str) -> Callable[[], None]:
    def follow() -> None:
        scenario.type_over(name, st.session_state[scenario.field_key(name)] or "")

    return follow


def _text(name: str, refused: dict[str, InputError]) -> None:
    st.text_input(
        t(_LABELS[name]),
        value=scenario.current_scenario().text(name),
        key=scenario.field_key(name),
        help=t(_HELP[name]) if name in _HELP else None,
        placeholder=_placeholder(name),
        max_chars=120,
        on_change=_follow(name),
        live=f"{keeping.PAUSE_S}s",
    )
    _why_refused(name, refused)


def _choice(
    name: str,
    options: list[str],
    refused: dict[str, InputError],
    *,
    accept_new: bool = False,
    show: Callable[[str], str] = str,
) -> None:
    text = scenario.current_scenario().text(name)
    if name == "chip" and text:
        with suppress(InputError):  # else shown as typed, with the reason underneath
            text = accelerators.find(text).name
    if text and text not in options:
        options = [text, *options]
    st.selectbox(
        t(_LABELS[name]),
        options,
        index=options.index(text) if text else None,
        key=scenario.field_key(name),
        help=t(_HELP[name]),
        placeholder=_placeholder(name),
        accept_new_options=accept_new,
        format_func=show,
        on_change=_follow(name),
    )
    _why_refused(name, refused)


def _placeholder(name: str) -> str:
    """What stands for an empty input."""
    if name in ("params", "active_params"):
        return t("from the architecture")
    if name in _CLAIMS:
        return t("not stated")
    return t("assumed") if name in _ASSUMED else t("from the data")


def _region(refused: dict[str, InputError]) -> None:
    order, show = regions()
    _choice("region", order, refused, show=show)


def regions() -> tuple[list[str], Callable[[str], str]]:
    """Regions by name; in Chinese with China first and the rest as a Chinese index has them."""
    names = {region.name: region.name_zh for region in energy.regions()}
    order = list(names)
    show: Callable[[str], str] = str
    if current() == "zh":
        order.sort(key=lambda name: (name != "China", names[name].encode("gb18030")))

        def show(name: str) -> str:
            return names.get(name, name)

    return order, show


def _why_refused(name: str, refused: dict[str, InputError]) -> None:
    if name in refused:
        notice.under_field(refused[name])


def _config_upload() -> None:
    key = scenario.field_key("config")

    def follow() -> None:
        uploaded = st.session_state[key]
        if uploaded is None:
            return
        base = scenario.current_scenario().effective()[0]
        try:
            spec = hf_config.parse(uploaded.getvalue(), name=uploaded.name.removesuffix(".json"))
        except InputError as error:
            scenario.refuse(error)
            return
        own = scenarios.own_deal(spec.name, spec_fields(spec), base, about=_about(base))
        made = Scenario(deal_id="", own=own, typed={})
        scenario.open_deal(made, why=t("from {file}", file=uploaded.name[:100]))

    st.file_uploader(
        t("Or a Hugging Face config.json"),
        key=key,
        on_change=follow,
        help=t("Read as data: nothing in it is executed, nothing leaves this machine."),
    )


def _about(base: Deal) -> dict[Literal["en", "zh"], str]:
    """What a deal made of an uploaded config.json takes from where, in both languages."""
    said: dict[Literal["en", "zh"], str] = {}
    for language in ("en", "zh"):
        with use_language(language):
            said[language] = t(
                "The architecture is from the uploaded file; tokens, accelerators and the rest "
                "are those of {deal}.",
                deal=base.name,
            )
    return said
