"""What is typed on one page beside the deal: kept as typed, in the session and the address."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import streamlit as st

from costmodel.messages import InputError
from dashboard.components import keeping, notice, scenario, scenario_inputs
from dashboard.components.text import money
from dashboard.language import current, t

_LINK: Final = "opened_with"
_MOST_TYPED: Final = 120


def remember_link() -> None:
    """Keep what the session's link said, for a page that is opened later."""
    if _LINK not in st.session_state:
        st.session_state[_LINK] = st.query_params.to_dict()


class PageFields:
    """The fields of one page.

    ``labels`` and ``helps`` are English, by name; ``named`` calls the fields that are in
    neither ``labels`` nor the scenario. ``read`` takes the page's part of a link, by default
    the fields of ``labels``; ``prefix`` stands before their names in the address. What only
    says how the page is looked at (``is_view``) is not kept as a draft.
    """

    def __init__(
        self,
        page: str,
        *,
        labels: Mapping[str, str],
        helps: Mapping[str, str] | None = None,
        named: Callable[[str], str] = lambda _: "",
        read: Callable[[Mapping[str, str]], dict[str, str]] | None = None,
        prefix: str = "",
        is_view: bool = False,
    ) -> None:
        self._page = page
        self._held = f"view:{page}" if is_view else f"{scenario.PAGE_TYPED}{page}"
        self._labels = labels
        self._helps = helps or {}
        self._named = named
        self._read = read or self._of_labels
        self._prefix = prefix

    def typed(self) -> dict[str, str]:
        """Every field that holds something, as typed."""
        state = st.session_state
        if self._held not in state:
            link: Mapping[str, str] = state.get(_LINK, {})
            start = len(self._prefix)
            own = {k[start:]: text for k, text in link.items() if k.startswith(self._prefix)}
            state[self._held] = self._read(own)
        typed: dict[str, str] = state[self._held]
        return typed

    def in_address(self) -> dict[str, str]:
        """What the address says for these fields."""
        return {self._prefix + name: text for name, text in self.typed().items()}

    def put(self, name: str, text: str | None) -> None:
        """Type ``text`` into a field; ``None`` gives the field back to its default."""
        rest = {key: value for key, value in self.typed().items() if key != name}
        st.session_state[self._held] = rest if text is None else {**rest, name: text}

    def key(self, name: str) -> str:
        """The key of a field; the language is part of it, as its words are."""
        return f"{self._page}:{name}:{self._revision()}:{current()}"

    def label(self, name: str) -> str:
        """What a field of this page, or of the scenario, is called; empty for neither."""
        if name in self._labels:
            return t(self._labels[name])
        return scenario_inputs.label(name) or self._named(name)

    def refusals(self, refused: Mapping[str, InputError]) -> None:
        """In the answer's place: every refused field by its label, and what to do."""
        notice.refusals(refused, label=self.label)

    def text(
        self,
        name: str,
        refused: Mapping[str, InputError],
        *,
        start: str = "",
        placeholder: str = "",
        help_text: str | None = None,
    ) -> None:
        """A text field; emptied, it returns to ``start``. A refusal stands underneath."""
        # Streamlit keeps what a key holds: where the start moves, the field is another one.
        key = f"{self.key(name)}:{start}"
        st.text_input(
            money(self.label(name)),
            value=self.typed().get(name, start),
            key=key,
            help=self._help(name, help_text),
            placeholder=placeholder or start or None,
            max_chars=_MOST_TYPED,
            on_change=self._follow,
            args=(name, key, start),
            live=f"{keeping.PAUSE_S}s",
        )
        why(name, refused)

    def choice(
        self,
        name: str,
        options: Sequence[str],
        refused: Mapping[str, InputError],
        *,
        start: str,
        show: Callable[[str], str] = str,
        help_text: str | None = None,
        accept_new: bool = False,
    ) -> None:
        """A choice, ``start`` until another is made; it holds what a link says as well."""
        key = f"{self.key(name)}:{start}"
        at_hand = self.typed().get(name, start)
        known = list(options) if at_hand in options else [at_hand, *options]
        # Streamlit asks for the words later, when the language is no longer set.
        labels = {option: show(option) if option in options else option for option in known}
        st.selectbox(
            money(self.label(name)),
            known,
            index=known.index(at_hand),
            key=key,
            help=self._help(name, help_text),
            format_func=lambda option: labels.get(option, option),
            accept_new_options=accept_new,
            on_change=self._follow,
            args=(name, key, start),
        )
        why(name, refused)

    def undo_button(self, of_the_deal: Sequence[str] = ()) -> None:
        """A button that gives every field of the page back to its default, and the fields
        of the deal that stand among them.
        """
        st.button(
            t("Undo my changes"),
            key=f"{self._page}:undo",
            on_click=self._undo,
            args=(of_the_deal,),
            disabled=not self.typed() and not scenario.is_typed(of_the_deal),
        )

    def _undo(self, of_the_deal: Sequence[str]) -> None:
        st.session_state[self._held] = {}
        st.session_state[f"revision:{self._page}"] = self._revision() + 1
        scenario.undo(of_the_deal)

    def _revision(self) -> int:
        """How often everything was undone: part of a key that starts anew then."""
        number: int = st.session_state.get(f"revision:{self._page}", 0)
        return number

    def _of_labels(self, query: Mapping[str, str]) -> dict[str, str]:
        return {name: query[name][:_MOST_TYPED] for name in self._labels if name in query}

    def _help(self, name: str, help_text: str | None) -> str | None:
        said = help_text or (t(self._helps[name]) if name in self._helps else None)
        return money(said) if said else None

    def _follow(self, name: str, key: str, start: str) -> None:
        text = (st.session_state[key] or "").strip()
        self.put(name, None if text in ("", start) else text)


def pair(show: Callable[[str], None], *names: str) -> None:
    """Fields side by side."""
    for column, name in zip(st.columns(len(names)), names, strict=True):
        with column:
            show(name)


def why(name: str, refused: Mapping[str, InputError]) -> None:
    """The reason under a field that is refused."""
    if name in refused:
        notice.under_field(refused[name])
