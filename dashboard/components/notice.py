"""Refusals and warnings: one sentence each, in the reader's language."""

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from costmodel.messages import InputError, Message
from dashboard.components.text import money, plain
from dashboard.language import say, t


def refused(error: InputError, *, label: str = "") -> None:
    """A refusal that stands for the whole page, by the input's label or the field's path."""
    where = f"**{money(label)}**: " if label else f"`{error.field}`: " if error.field else ""
    st.error(where + plain(say(error.message)))


def refusals(reasons: Mapping[str, InputError], *, label: Callable[[str], str]) -> None:
    """In the answer's place: every refused field by its label, and what to do."""
    for name, reason in reasons.items():
        refused(reason, label=label(name))
    st.caption(t("Correct the field and the answer returns."))


def under_field(error: InputError) -> None:
    """A refusal under the field that it is about."""
    st.markdown(f":red[{plain(say(error.message))}]")


def notes(messages: Sequence[Message]) -> None:
    """What had to be assumed, and what narrows the answer."""
    if messages:
        st.caption("\n".join(f"- {plain(say(message))}" for message in messages))
