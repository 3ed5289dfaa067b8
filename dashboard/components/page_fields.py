"""What is typed on one page beside the deal: kept as typed, in the session and the address."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import streamlit as st

from costmodel.messages import InputError
from dashboard.components import notice
from dashboard.language import current, t

_LINK: Final = "opened_with"


def remember_link() -> None:
    """Keep what the session's link said, for a page that is opened later."""
    if _LINK not in st.session_state:
        st.session_state[_LINK] = st.query_params.to_dict()


class PageFields:
    """The fields of one page; ``read`` takes its part of a link."""

    def __init__(self, page: str, read: Callable[[Mapping[str, str]], dict[str, str]]) -> None:
        self._page = page
        self._read = read

    def typed(self) -> dict[str, str]:
        """Every field that holds something, as typed."""
        state = st.session_state
        name = f"typed:{self._page}"
        if name not in state:
            state[name] = self._read(state.get(_LINK, {}))
        typed: dict[str, str] = state[name]
        return typed

    def put(self, name: str, text: str | None) -> None:
        """Type ``text`` into a field; ``None`` gives the field back to its default."""
        rest = {key: value for key, value in self.typed().items() if key != name}
        st.session_state[f"typed:{self._page}"] = rest if text is None else {**rest, name: text}

    def undo(self) -> None:
        """Give every field back to its default."""
        st.session_state[f"typed:{self._page}"] = {}
        st.session_state[self._revision] = self.revision() + 1

    def revision(self) -> int:
        """How often everything was undone: part of a key that starts anew then."""
        number: int = st.session_state.get(self._revision, 0)
        return number

    @property
    def _revision(self) -> str:
        return f"revision:{self._page}"

    def key(self, name: str) -> str:
        """The key of a field; the language is part of it, as its words are."""
        return f"{self._page}:{name}:{self.revision()}:{current()}"

    def text(
        self,
        name: str,
        label: str,
        refused: Mapping[str, InputError],
        *,
        help_text: str | None = None,
        placeholder: str = "",
    ) -> None:
        """A text field, with the reason underneath when what stands in it is refused."""
        st.text_input(
            label,
            value=self.typed().get(name, ""),
            key=self.key(name),
            help=help_text,
            placeholder=placeholder,
            max_chars=120,
            on_change=self._follow,
            args=(name,),
        )
        why(name, refused)

    def choice(
        self,
        name: str,
        label: str,
        options: Sequence[str],
        refused: Mapping[str, InputError],
        *,
        show: Callable[[str], str],
        help_text: str | None = None,
    ) -> None:
        """A choice, the first option unless another was made."""
        at_hand = self.typed().get(name, options[0])
        if at_hand not in options:
            options = [at_hand, *options]
        labels = {option: show(option) for option in options}
        st.selectbox(
            label,
            options,
            index=list(options).index(at_hand),
            key=self.key(name),
            help=help_text,
            format_func=labels.__getitem__,
            on_change=self._follow,
            args=(name,),
        )
        why(name, refused)

    def undo_button(self) -> None:
        """A button that gives every field of the page back to its default."""
        st.button(
            t("Undo my changes"),
            key=f"{self._page}:undo",
            on_click=self.undo,
            disabled=not self.typed(),
        )

    def _follow(self, name: str) -> None:
        typed = (st.session_state[self.key(name)] or "").strip()
        self.put(name, typed or None)


def why(name: str, refused: Mapping[str, InputError]) -> None:
    """The reason under a field that is refused."""
    if name in refused:
        notice.under_field(refused[name])
