"""The frame around every page: language, the deal at hand, the address, and refusals."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from costmodel.facts import FactError
from costmodel.messages import InputError
from dashboard.components import (
    keeping,
    kept_whole,
    notice,
    opening,
    page_fields,
    saved,
    scenario,
    sign_in,
)
from dashboard.language import LANGUAGES, current, normalise, t, use_language

_log: Final = logging.getLogger(__name__)
_LANGUAGE: Final = "language"
_NAMES: Final = {"en": "English", "zh": "中文"}
_TABLES_FIT_A_PHONE: Final = (
    "@media(max-width:640px){[data-testid='stMarkdownContainer'] :is(td,th)"
    "{overflow-wrap:anywhere;font-size:0.78rem;padding:0.2rem}"
    # What a row is about keeps its words whole, and so do numbers: neither is read in pieces.
    "[data-testid='stMarkdownContainer'] :is(td,th):first-child{overflow-wrap:break-word}"
    "[data-testid='stMarkdownContainer'] td[style*='right']"
    "{overflow-wrap:normal;word-break:keep-all}}"
)
#: A text area gives its text away when the reader leaves it; this does after a pause, too, so
#: that a long note is kept while it is written. React hears of leaving by "focusout".
_KEEP_NOTES: Final = f"""<script>
if (!window.assayKeepsNotes) {{
  window.assayKeepsNotes = new WeakMap();
  document.addEventListener("input", (event) => {{
    const field = event.target;
    if (field.tagName !== "TEXTAREA") return;
    clearTimeout(window.assayKeepsNotes.get(field));
    window.assayKeepsNotes.set(field, setTimeout(
      () => field.dispatchEvent(new FocusEvent("focusout", {{bubbles: true}})),
      {keeping.PAUSE_S * 1000}));
  }}, true);
}}
</script>"""
_ICON: Final = Path(__file__).parents[1] / "static" / "icon.png"


def configure() -> None:
    """Title, icon and language of the page: the first call of the app."""
    kept_whole.keep_whole(speak)
    st.set_page_config(page_title="Assay", page_icon=_ICON, layout="wide")
    st.logo(_ICON, size="large")
    page_fields.remember_link()
    state = st.session_state
    if _LANGUAGE not in state:
        asked = st.query_params.get("lang") or st.context.locale or "en"
        state[_LANGUAGE] = normalise(asked)
    use_language(state[_LANGUAGE])
    sign_in.gate()
    st.html(f"<style>{_upload_in_words()}{_TABLES_FIT_A_PHONE}</style>")


def speak() -> None:
    """The page's language, for what runs without the app around it: fragments, callbacks."""
    use_language(st.session_state.get(_LANGUAGE, "en"))


def _upload_in_words() -> str:
    """Streamlit's upload button speaks English alone; this puts our word on it and drops
    its size limit, which is not the one that the app applies.
    """
    zone = '[data-testid="stFileUploaderDropzone"]'
    return (
        f"{zone} [data-testid='stFileUploaderDropzoneInstructions']{{display:none}}"
        f"{zone} button p{{font-size:0}}"
        f"{zone} button p::after{{content:'{t('Choose a file')}';font-size:0.875rem}}"
    )


def toolbar() -> None:
    """The deal at hand and the language, above every page."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        opening.choose_deal()
        key = f"language:{current()}"
        st.segmented_control(
            t("Language"),
            LANGUAGES,
            default=current(),
            format_func=lambda language: _NAMES[language],
            required=True,
            key=key,
            label_visibility="collapsed",
            on_change=_switch,
            args=(key,),
        )
        saved.status()
        sign_in.who()
    saved.panel()


def run(page: StreamlitPage) -> None:
    """Run a page; a refusal becomes a sentence on it."""
    scenario.show_link_refusal()
    try:
        page.run()
    except InputError as error:
        notice.refused(error)
    except FactError as error:
        notice.refused(InputError("", "{problem}", problem=error.message))
    except Exception:  # noqa: BLE001 -- the border: a reader gets a sentence, the log the rest
        _log.exception("a page failed")
        st.error(t("This page failed for a reason inside Assay; the server's log has the details."))


def keep() -> None:
    """At the end of every page: what was typed goes to the store."""
    scenario.autosave()
    st.html(_KEEP_NOTES, unsafe_allow_javascript=True)  # last: it takes a line of the page


def follow_address(keep: tuple[str, ...] = (), also: Mapping[str, str] | None = None) -> None:
    """Write the scenario into the address, so that copying it shares what is on screen.

    ``keep`` stays as the address has it; ``also`` is what a page adds of its own.
    """
    kept = {name: st.query_params[name] for name in keep if name in st.query_params}
    wanted = {**(also or {}), **scenario.link_parameters(scenario.current_scenario()), **kept}
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)


def title(text: str, purpose: str) -> None:
    """A page's heading and its purpose in one line."""
    st.title(text, anchor=False)
    st.caption(purpose)


def _switch(key: str) -> None:
    st.session_state[_LANGUAGE] = st.session_state[key]


def open_overview() -> None:
    """Go to the deal at hand."""
    st.switch_page("views/overview.py")
