"""What is typed into an answer and not saved yet: kept for each question, as one types."""

from dataclasses import dataclass
from typing import Final

import streamlit as st

from dashboard.components import keeping, scenario
from dashboard.language import current

_MOST: Final = 500
_YES: Final = "yes"


@dataclass(frozen=True, slots=True)
class AnswerDraft:
    """The fields of one question's form: each starts from what was typed, else from ``stored``."""

    question: str

    def key(self, part: str) -> str:
        """The key of a field; another deal or a draft taken up makes it another field."""
        state = f"{scenario.revision()}:{scenario.answers_revision()}:{current()}"
        return f"risk_answer:{self.question}:{state}:{part}"

    def start(self, part: str, stored: str) -> str:
        """What a field holds when it is drawn first."""
        return scenario.typed_answers().get(self._name(part), stored)

    def keep(self, part: str, now: str, stored: str) -> None:
        """Remember what a field holds, unless that is what is stored."""
        held = scenario.typed_answers()
        if now == stored:
            held.pop(self._name(part), None)
        else:
            held[self._name(part)] = now

    def now(self, part: str, stored: str = "") -> str:
        """What a field holds as a callback finds it; ``stored`` where it is not on the page."""
        value = st.session_state.get(self.key(part))
        return stored if value is None else str(value).strip()

    def ticked(self, part: str, *, stored: bool = False) -> bool:
        """The same of a box."""
        return bool(st.session_state.get(self.key(part), stored))

    def forget(self) -> None:
        """Let go of all of it: it is saved."""
        held = scenario.typed_answers()
        for name in [n for n in held if n.startswith(self._name(""))]:
            del held[name]

    def line(self, part: str, label: str, stored: str = "") -> str:
        """A line of text."""
        typed = st.text_input(
            label,
            value=self.start(part, stored),
            key=self.key(part),
            max_chars=_MOST,
            live=f"{keeping.PAUSE_S}s",
        ).strip()
        self.keep(part, typed, stored)
        return typed

    def note(self, part: str, label: str, stored: str, *, most: int) -> str:
        """Text of several lines."""
        typed = st.text_area(
            label,
            value=self.start(part, stored),
            key=self.key(part),
            max_chars=most,
            height=80,
        ).strip()
        self.keep(part, typed, stored)
        return typed

    def tick(self, part: str, label: str, *, stored: bool = False) -> bool:
        """A box to tick."""
        was = _YES if stored else ""
        ticked = st.checkbox(label, value=bool(self.start(part, was)), key=self.key(part))
        self.keep(part, _YES if ticked else "", was)
        return ticked

    def option(
        self, part: str, label: str, labels: dict[str, str], stored: str, *, help_text: str = ""
    ) -> str:
        """One of a list."""
        start = self.start(part, stored)
        picked: str = st.selectbox(
            label,
            list(labels),
            index=list(labels).index(start if start in labels else stored),
            format_func=lambda name: labels.get(name, name),
            key=self.key(part),
            help=help_text or None,
        )
        self.keep(part, picked, stored)
        return picked

    def _name(self, part: str) -> str:
        return f"{self.question}.{part}"
