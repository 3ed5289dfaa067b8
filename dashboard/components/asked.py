"""Inputs that one page asks for beside the scenario: kept as typed, and in its address."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from costmodel.messages import InputError
from dashboard.components import frame, notice, scenario
from dashboard.language import current, t

#: Longest text of a link that is taken over into a field.
_MOST_TYPED = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The fields of one page: their labels and helps in English, by name."""

    page: str
    labels: Mapping[str, str]
    helps: Mapping[str, str]

    def typed(self) -> dict[str, str]:
        """What was typed, by field; a new session starts from its link."""
        key = f"asked:{self.page}"
        if key not in st.session_state:
            query = st.query_params
            st.session_state[key] = {
                name: query[name][:_MOST_TYPED] for name in self.labels if name in query
            }
        typed: dict[str, str] = st.session_state[key]
        return typed

    def follow_address(self) -> None:
        """Write the scenario and what was typed into the address."""
        frame.follow_address(also=self.typed())

    def label(self, name: str) -> str:
        """What a field of this page, or of the scenario, is called; empty for neither."""
        return t(self.labels[name]) if name in self.labels else scenario.label(name)

    def refusals(self, refused: Mapping[str, InputError]) -> None:
        """In the answer's place: every refused field by its label, and what to do."""
        for name, reason in refused.items():
            notice.refused(reason, label=self.label(name))
        st.caption(t("Correct the field and the answer returns."))

    def text(
        self,
        name: str,
        *,
        start: str,
        refused: Mapping[str, InputError],
        placeholder: str = "",
    ) -> None:
        """A field for text; emptied, it returns to ``start``."""
        st.text_input(
            self.label(name),
            value=self.typed().get(name, start),
            key=self._key(name),
            help=t(self.helps[name]) if name in self.helps else None,
            placeholder=placeholder or start or None,
            max_chars=_MOST_TYPED,
            on_change=self._follow(name, start),
        )
        self._why(name, refused)

    def choice(
        self,
        name: str,
        options: Sequence[str],
        *,
        start: str,
        refused: Mapping[str, InputError],
        show: Callable[[str], str] = str,
    ) -> None:
        """A field to choose from a list, which holds what a link says as well."""
        chosen = self.typed().get(name, start)
        known = list(options) if chosen in options else [chosen, *options]
        st.selectbox(
            self.label(name),
            known,
            index=known.index(chosen),
            key=self._key(name),
            help=t(self.helps[name]) if name in self.helps else None,
            format_func=show,
            on_change=self._follow(name, start),
        )
        self._why(name, refused)

    def _follow(self, name: str, start: str) -> Callable[[], None]:
        def follow() -> None:
            text = (st.session_state[self._key(name)] or "").strip()
            typed = {key: value for key, value in self.typed().items() if key != name}
            if text and text != start:
                typed[name] = text
            st.session_state[f"asked:{self.page}"] = typed

        return follow

    def _key(self, name: str) -> str:
        # The language is part of the key: a choice is shown in the words it was drawn with.
        return f"{self.page}:{name}:{current()}"

    @staticmethod
    def _why(name: str, refused: Mapping[str, InputError]) -> None:
        if name in refused:
            notice.under_field(refused[name])
