"""An experiment on a page: its options, its rows as they come, what it found and how."""

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from costmodel.messages import InputError
from costmodel.uncertainty import Percentiles
from dashboard import experiment_charts
from dashboard.components import bench, charts, frame, jobs, notice, scenario, tables
from dashboard.components.evaluation import evaluate
from dashboard.components.text import money, plain
from dashboard.experiment_text import answer, baseline, machine, table
from dashboard.lab_levers import bill_lines, lever_lines
from dashboard.language import current, say, t
from lab.experiments.options import Option
from lab.experiments.registry import EXPERIMENTS, Experiment
from lab.jobs import Job
from lab.runs import message_from_json
from lab.workloads import WORKLOADS

#: Options that name a file of the machine: only where it is the reader's own.
_PATHS = frozenset({"data"})
#: Options that stand open; the others are folded away.
_CLAIMED = "claimed_"


def page(name: str) -> None:
    """The whole page of one experiment."""
    experiment = EXPERIMENTS[name]
    frame.follow_address(keep=("job",))
    left, right = st.columns([7, 3], gap="medium")
    with left:
        frame.title(say(experiment.title), say(experiment.about))
        bench.links()
    with right:
        _form(experiment)
    with left:
        jobs.panel("experiment", name, live=_live, ended=_ended)
        _limits(experiment)
    charts.draw_now()


def _form(experiment: Experiment) -> None:
    """The claim, the options, and the button."""
    with st.container(border=True, key=f"experiment_form_{experiment.name}"):
        st.markdown(f"#### {t('A new measurement')}")
        typed: dict[str, Any] = {}
        claims = [o for o in experiment.options if o.name.startswith(_CLAIMED)]
        others = [o for o in experiment.options if not o.name.startswith(_CLAIMED)]
        for option in claims:
            typed[option.name] = _input(experiment, option)
        with st.expander(t("Options")):
            for option in others:
                if option.name not in _PATHS or jobs.may_name_paths():
                    typed[option.name] = _input(experiment, option)
        if not st.button(t("Start"), key=f"experiment_start_{experiment.name}", width="stretch"):
            return
        try:
            chosen = experiment.read(typed)
        except InputError as error:
            titles = {option.name: say(option.title) for option in experiment.options}
            notice.refused(error, label=titles.get(error.field, ""))
        else:
            request = {"name": experiment.name, "options": chosen}
            jobs.start("experiment", request, name=experiment.name)


def _input(experiment: Experiment, option: Option) -> Any:
    """One option's widget; what is typed is read by the registry."""
    key = f"experiment:{experiment.name}:{option.name}:{current()}"
    label = say(option.title)
    if option.kind == "switch":
        return st.checkbox(label, value=bool(option.default), key=key)
    if option.choices and option.kind == "words":
        return st.multiselect(
            label, option.choices, default=option.default, format_func=_choice, key=key
        )
    if option.choices:
        place = option.choices.index(option.default)
        return st.selectbox(label, option.choices, index=place, format_func=_choice, key=key)
    return st.text_input(label, value=_typed(option.default), key=key, max_chars=400).strip()


def _choice(word: str) -> str:
    """A choice in words, where it is no number."""
    if word in WORKLOADS:
        return say(WORKLOADS[word].title)
    known = {**experiment_charts.KINDS, **experiment_charts.METHODS}
    return say(known[word]) if word in known else word


def _typed(default: Any) -> str:
    if default is None:
        return ""
    if isinstance(default, Sequence) and not isinstance(default, str):
        return ", ".join(f"{value:g}" for value in default)
    return f"{default:g}" if isinstance(default, float) else str(default)


def _live(job: Job) -> None:
    """The rows so far; a later word on a row takes the place of an earlier one."""
    rows = {row_id(event.payload): event.payload for event in job.found("row")}
    if rows:
        _rows(job, list(rows.values()))


def row_id(row: Mapping[str, Any]) -> str:
    """What tells a row from others: its id, else what was trained and with which seed."""
    return str(row.get("id") or f"{row.get('name')}-{row.get('seed')}")


def _ended(job: Job) -> None:
    result = job.result
    assert result is not None
    experiment = EXPERIMENTS[result["name"]]
    st.markdown(f"### {plain(answer(result))}")
    figure = experiment_charts.chart(experiment.name, result["rows"], result)
    if figure is not None:
        charts.show(figure, key=f"experiment_chart:{job.job_id}")
    _rows(job, result["rows"])
    lines = [line for line in (baseline(result), machine(result)) if line]
    st.caption("  \n".join(plain(line) for line in lines))
    jobs.findings(job)
    _levers(result)
    notice.notes([message_from_json(note) for note in result["notes"]])


def _levers(result: Mapping[str, Any]) -> None:
    """What the cost model could take, and what the deal's training run would cost with it."""
    lines = lever_lines(result)
    if not lines:
        return
    st.subheader(t("Levers of the cost model"), anchor=False)
    deal, refused = scenario.current_scenario().effective()
    usd = None
    if not refused:
        with contextlib.suppress(InputError):  # the deal does not say enough for a bill
            estimate = evaluate(deal).estimate
            usd = None if estimate.usd is None else Percentiles.of(estimate.usd)
    st.markdown("\n".join(f"- {plain(line)}" for line in lines))
    for line in bill_lines(result, deal.name, usd):
        st.markdown(money(line))
    st.caption(t("Measured here, with a small model: a lever moves no price until you pull it."))


def _rows(job: Job, rows: Sequence[Mapping[str, Any]]) -> None:
    experiment = EXPERIMENTS[str(job.request["name"])]
    heads, cells = table(experiment, rows)
    tables.show(heads, [[plain(cell) for cell in row] for row in cells])


def _limits(experiment: Experiment) -> None:
    st.subheader(t("What this cannot see"), anchor=False)
    notice.notes(experiment.cannot_see)
    with st.expander(t("How this was computed")):
        notice.notes(experiment.computed)
