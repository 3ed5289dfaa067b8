"""Starting a lab run: the workload, its budget, and its options."""

import types
import typing
from typing import Any, Final, Literal, Union

import streamlit as st

from costmodel.messages import InputError
from dashboard.components import notice
from dashboard.lab_terms import on_the_page, option_label
from dashboard.language import current, say, t
from dashboard.quantities import parse_number
from lab import config as configs
from lab import launch
from lab.config import COMMON, LabConfig
from lab.workloads import WORKLOADS

_FIRST: Final = ("minutes", "data")


def form() -> str | None:
    """The inputs and the button; the id of the run that was just started."""
    with st.container(border=True, key="lab_form"):
        st.markdown(f"#### {t('A new run')}")
        workload = st.selectbox(
            t("Workload"),
            list(WORKLOADS),
            format_func=lambda name: say(WORKLOADS[name].title),
            key=f"lab_workload:{current()}",
        )
        chosen = WORKLOADS[workload]
        st.caption(say(chosen.about))
        typed: dict[str, Any] = {}
        for name in _FIRST:
            typed[name] = _input(workload, name)
        with st.expander(t("Options")):
            for name in on_the_page({**chosen.defaults, **COMMON}):
                if name not in _FIRST:
                    typed[name] = _input(workload, name)
        refused: InputError | None = None
        if st.button(t("Start"), key="lab_start", width="stretch"):
            try:
                folder = launch.start(configs.make(workload, _parsed(typed)))
            except InputError as error:
                refused = error
            else:
                return folder.name
        if refused is not None:
            known = refused.field in LabConfig.model_fields
            label = option_label(refused.field) if known else ""
            notice.refused(refused, label=label)
    return None


def _input(workload: str, name: str) -> Any:
    """One option's widget; ``None`` where it is left at its default."""
    default = {**COMMON, **WORKLOADS[workload].defaults}.get(name)
    kind = _kind(name)
    key = f"lab:{workload}:{name}:{current()}"
    label = option_label(name)
    if typing.get_origin(kind) is Literal:
        words = list(typing.get_args(kind))
        picked = st.selectbox(label, words, index=words.index(default), key=key)
        return None if picked == default else picked
    if kind is bool:
        ticked = st.checkbox(label, value=bool(default), key=key)
        return None if ticked == default else ticked
    shown = "" if default is None else f"{default:g}" if isinstance(default, float) else default
    text = st.text_input(label, value=str(shown), key=key, max_chars=400)
    return None if text.strip() == str(shown) else text.strip()


def _parsed(typed: dict[str, Any]) -> dict[str, Any]:
    """Numbers out of texts. Raises ``InputError`` that names the option."""
    found: dict[str, Any] = {}
    for name, value in typed.items():
        kind = _kind(name)
        if value is None or value == "":
            continue
        if kind in (int, float) and isinstance(value, str):
            number = parse_number(value, name)
            found[name] = int(number) if kind is int and number == int(number) else number
        else:
            found[name] = value
    return found


def _kind(name: str) -> Any:
    annotation = LabConfig.model_fields[name].annotation
    if typing.get_origin(annotation) in (Union, types.UnionType):
        return next(a for a in typing.get_args(annotation) if a is not type(None))
    return annotation
