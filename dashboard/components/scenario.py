"""The deal at hand: which one, what was typed over it, and its link.

The scenario lives in the session as text exactly as typed; the address bar follows it.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final, Literal
from urllib.parse import urlencode

import streamlit as st

from costmodel.hardware import accelerators
from costmodel.messages import InputError
from costmodel.money import energy
from costmodel.workload import hf_config
from costmodel.workload.model_spec import PRECISIONS
from dashboard import deal as deals
from dashboard import deal_ids
from dashboard import scenario as scenarios
from dashboard.architecture import spec_fields
from dashboard.components import keeping, notice
from dashboard.components.clock import clock
from dashboard.deal import Deal
from dashboard.language import N_, current, t, use_language
from dashboard.scenario import FIELDS, Scenario
from dashboard.store.records import Stored

_SCENARIO: Final = "scenario"
_REVISION: Final = "scenario_revision"
_REFUSAL: Final = "scenario_refusal"
_OWN_DEALS: Final = "own_deals"
_OWN: Final = "__own__:"
_NEW: Final = "__new__"
_PENDING: Final = "pending_change"
#: What is typed on a page beside the deal stands in the session under this and the page's name.
PAGE_TYPED: Final = "typed:"

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A change that the store has not taken: over ``base``, the reader's deal, and why not."""

    base: Deal
    mine: Deal
    why: str
    refusal: InputError


def current_scenario() -> Scenario:
    """The session's scenario; a new session starts from its link, else from a sample."""
    state = st.session_state
    if _SCENARIO not in state:
        try:
            state[_SCENARIO] = _of_link(st.query_params.to_dict())
        except InputError as error:
            state[_REFUSAL] = error
            state[_SCENARIO] = scenarios.from_query({})
        state[_REVISION] = 0
    scenario: Scenario = state[_SCENARIO]
    return scenario


def _of_link(query: Mapping[str, str]) -> Scenario:
    if deal_ids.is_stored(query.get("deal", "")):
        return _opened(keeping.load(query["deal"]), typed=scenarios.typed_in(query))
    return scenarios.from_query(query)


def _opened(found: Stored, *, typed: Mapping[str, str]) -> Scenario:
    return Scenario(
        deal_id=found.deal_id, own=found.deal, typed=typed, version=found.version.number
    )


def open_deal(scenario: Scenario, *, why: str = "") -> None:
    """Make ``scenario`` the one at hand; every input starts from it. An own deal that is not
    stored yet is: ``why`` says what it came from.
    """
    _put(_stored(scenario, why) if scenario.own and not scenario.is_stored else scenario)
    st.session_state.pop(_PENDING, None)
    st.session_state.pop(_REFUSAL, None)


def open_stored(deal_id: str, *, number: int | None = None) -> None:
    """Make a stored deal the one at hand; a refusal is shown on the page."""
    try:
        found = keeping.load(deal_id, number)
    except InputError as error:
        st.session_state[_REFUSAL] = error
    else:
        open_deal(_opened(found, typed={}))


def _put(scenario: Scenario) -> None:
    state = st.session_state
    state[_SCENARIO] = scenario
    state[_REVISION] = state.get(_REVISION, 0) + 1


def _stored(scenario: Scenario, why: str) -> Scenario:
    """The scenario with its deal in the store; as it is, and in the session, where that fails."""
    deal = scenario.base()
    try:
        found = keeping.create(deal, why=why)
    except InputError as error:
        keeping.trouble(error)
        unsaved_deals().append(deal)
        return scenario
    return _opened(found, typed=scenario.typed)


def revision() -> int:
    """How often another deal was opened: part of the key of a field that starts anew then."""
    number: int = st.session_state.get(_REVISION, 0)
    return number


def replace_deal(changed: Scenario, *, why: str = "") -> None:
    """Make an edited deal the one at hand, saved as a new version of the deal that it came from,
    or as a deal of its own. Where the store does not take it, it waits for the reader.
    """
    at_hand = current_scenario()
    if not at_hand.is_stored or changed.own is None:
        _forget_unsaved(at_hand.own)
        open_deal(changed, why=why)
        return
    save_over(at_hand.base(), changed.own, base=at_hand.version, why=why, typed=changed.typed)


def save_over(before: Deal, mine: Deal, *, base: int, why: str, typed: Mapping[str, str]) -> None:
    """Save ``mine`` over version ``base`` of the deal at hand, which held ``before``."""
    deal_id = current_scenario().deal_id
    try:
        found = keeping.save(deal_id, mine, base=base, why=why)
    except InputError as error:
        st.session_state[_PENDING] = Pending(base=before, mine=mine, why=why, refusal=error)
        _put(Scenario(deal_id=deal_id, own=before, typed=typed, version=base))
    else:
        open_deal(_opened(found, typed=typed))


def pending() -> Pending | None:
    """The change that waits for the reader."""
    waiting: Pending | None = st.session_state.get(_PENDING)
    return waiting


def give_up_pending() -> None:
    """Let the waiting change go, and look at what the store has."""
    open_stored(current_scenario().deal_id)


def unsaved_deals() -> list[Deal]:
    """Own deals that live in the session alone: opened by a link, or refused by the store."""
    kept: list[Deal] = st.session_state.setdefault(_OWN_DEALS, [])
    scenario = current_scenario()
    if scenario.own is not None and not scenario.is_stored and scenario.own not in kept:
        kept.append(scenario.own)
    return kept


def _forget_unsaved(deal: Deal | None) -> None:
    st.session_state[_OWN_DEALS] = [one for one in unsaved_deals() if one != deal]


def about() -> str:
    """What a draft of the scenario at hand is about: a stored deal, a sample, or another's link."""
    return current_scenario().deal_id or "link"


def typed_here() -> dict[str, str]:
    """Everything that is typed and not saved: over the deal, and on the pages beside it."""
    found = dict(current_scenario().typed)
    for key, fields in st.session_state.items():
        if str(key).startswith(PAGE_TYPED):
            found |= {f"{key}:{name}": text for name, text in fields.items()}
    return found


def take_up(typed: Mapping[str, str]) -> None:
    """Type again what a draft has kept."""
    state = st.session_state
    _put(replace(current_scenario(), typed={n: v for n, v in typed.items() if n in FIELDS}))
    for key, text in typed.items():
        if key.startswith(PAGE_TYPED):
            page, _, name = key.removeprefix(PAGE_TYPED).partition(":")
            state.setdefault(f"{PAGE_TYPED}{page}", {})[name] = text
            state[f"revision:{page}"] = state.get(f"revision:{page}", 0) + 1


def autosave() -> None:
    """At the end of a page: keep what is typed."""
    scenario = current_scenario()
    keeping.autosave(about(), scenario.version, typed_here())


def link_parameters(scenario: Scenario) -> dict[str, str]:
    """What the address must say to restore the scenario; a deal too long for it is left out."""
    try:
        return scenario.to_query() | {"lang": current()}
    except InputError:
        return {"lang": current()}


def link_query() -> str:
    """The same as the end of an address."""
    return urlencode(link_parameters(current_scenario()))


def show_link_refusal() -> None:
    """Say once why a link or an upload could not be opened."""
    error = st.session_state.get(_REFUSAL)
    if error is not None:
        notice.refused(error)


def choose_deal() -> None:
    """The list of one's own deals and of the samples."""
    scenario = current_scenario()
    samples = deals.sample_names()
    unsaved = {f"{_OWN}{i}": deal for i, deal in enumerate(unsaved_deals())}
    found = {one.deal_id: one for one in keeping.listed()}
    stored = {deal_id: one.name for deal_id, one in found.items()}
    if scenario.is_stored:
        stored.setdefault(scenario.deal_id, scenario.base().name)
    own = {key: deal.name for key, deal in unsaved.items()} | stored
    names = {key: _own_name(name, samples.values()) for key, name in own.items()} | samples
    made = {key: clock(one.created_at) for key, one in found.items()}
    # Of two that read alike the browser could not say which was chosen.
    names = _told_apart(_told_apart(names, made), {key: key[1:5] for key in own})
    names[_NEW] = t("A new deal: type your own numbers")
    at_hand = next(
        (key for key, deal in unsaved.items() if not scenario.is_stored and deal == scenario.own),
        scenario.deal_id,
    )
    key = f"deal:{st.session_state[_REVISION]}:{current()}"

    def follow() -> None:
        picked = st.session_state[key]
        if picked == _NEW:
            own_one = scenarios.new_deal(t("My deal"))
            open_deal(Scenario(deal_id="", own=own_one, typed={}), why=t("a new deal"))
        elif picked in unsaved:
            _put(Scenario(deal_id="", own=unsaved[picked], typed={}))
        elif picked in stored:
            open_stored(picked)
        else:
            open_deal(Scenario(deal_id=picked, own=None, typed={}))

    st.selectbox(
        t("Deal"),
        list(names),
        index=list(names).index(at_hand),
        format_func=lambda deal_id: names.get(deal_id, deal_id),
        key=key,
        on_change=follow,
        width=320,
    )


def _told_apart(names: Mapping[str, str], more: Mapping[str, str]) -> dict[str, str]:
    """The names; those that occur twice with ``more`` behind them."""
    n = Counter(names.values())
    return {
        key: f"{name} · {more[key]}" if n[name] > 1 and key in more else name
        for key, name in names.items()
    }


def _own_name(name: str, samples: Collection[str]) -> str:
    """The name of an own deal; one that came from a sample says that it is another."""
    return t("{deal} (yours)", deal=name) if name in samples else name


def changes() -> list[tuple[str, str, str]]:
    """What was typed over the deal: (label, the deal's own text, the typed one)."""
    scenario = current_scenario()
    base = scenario.base()
    return [
        (t(_LABELS[name]), scenarios.shown(base, name), scenario.typed[name])
        for name in scenarios.FIELDS
        if name in scenario.typed
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
        st.button(t("Undo my changes"), on_click=undo, disabled=not current_scenario().typed)


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
    typed = current_scenario().typed
    return any(name in refused or name in typed for name in names)


def is_typed(names: Collection[str]) -> bool:
    """Whether something was typed over one of these fields of the deal."""
    return any(name in current_scenario().typed for name in names)


def undo(names: Collection[str] = scenarios.FIELDS) -> None:
    """Give these fields back to the deal."""
    scenario = current_scenario()
    kept = {name: text for name, text in scenario.typed.items() if name not in names}
    if len(kept) < len(scenario.typed):
        _put(replace(scenario, typed=kept))


def _key(name: str) -> str:
    # The language is part of the key: a choice is shown in the words it was drawn with.
    return f"{name}:{st.session_state[_REVISION]}:{current()}"


def _follow(name: str) -> Callable[[], None]:
    def follow() -> None:
        typed = st.session_state[_key(name)]
        scenario = current_scenario().with_typed(name, typed or "")
        st.session_state[_SCENARIO] = scenario
        st.session_state.pop(_REFUSAL, None)

    return follow


def _text(name: str, refused: dict[str, InputError]) -> None:
    st.text_input(
        t(_LABELS[name]),
        value=current_scenario().text(name),
        key=_key(name),
        help=t(_HELP[name]) if name in _HELP else None,
        placeholder=_placeholder(name),
        max_chars=120,
        on_change=_follow(name),
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
    text = current_scenario().text(name)
    if name == "chip" and text:
        with suppress(InputError):  # else shown as typed, with the reason underneath
            text = accelerators.find(text).name
    if text and text not in options:
        options = [text, *options]
    st.selectbox(
        t(_LABELS[name]),
        options,
        index=options.index(text) if text else None,
        key=_key(name),
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
    key = _key("config")

    def follow() -> None:
        uploaded = st.session_state[key]
        if uploaded is None:
            return
        base = current_scenario().effective()[0]
        try:
            spec = hf_config.parse(uploaded.getvalue(), name=uploaded.name.removesuffix(".json"))
        except InputError as error:
            st.session_state[_REFUSAL] = error
            return
        own = scenarios.own_deal(spec.name, spec_fields(spec), base, about=_about(base))
        made = Scenario(deal_id="", own=own, typed={})
        open_deal(made, why=t("from {file}", file=uploaded.name[:100]))

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


def deal_upload() -> None:
    """Open somebody's own deal file, with its config.json when it names one."""
    key = _key("deal_file")

    def follow() -> None:
        files = {file.name: file.getvalue() for file in st.session_state[key] or ()}
        configs = {name: content for name, content in files.items() if name.endswith(".json")}
        wanted = [name for name in files if name not in configs] or list(files)
        if not wanted:
            return
        try:
            deal = deals.loads(files[wanted[0]])
            own = deals.with_config(deal, beside=None, uploaded=configs)
        except InputError as error:
            st.session_state[_REFUSAL] = error
            return
        made = Scenario(deal_id="", own=own, typed={})
        open_deal(made, why=t("from {file}", file=wanted[0][:100]))

    st.file_uploader(
        t("Open a deal file (YAML), with its config.json if it names one"),
        key=key,
        accept_multiple_files=True,
        on_change=follow,
        help=t("Checked strictly: an unknown field is refused with the nearest known one."),
    )
