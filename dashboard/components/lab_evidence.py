"""A lab run as evidence of the deal at hand."""

import hashlib

import streamlit as st

from dashboard.components import scenario, tables
from dashboard.components.text import plain
from dashboard.deal import Deal
from dashboard.deal_lab import LabEvidence
from dashboard.lab_text import share
from dashboard.language import number, t
from dashboard.scenario import Scenario
from lab.runs import LabRun


def attach(run: LabRun) -> None:
    """The button that puts the run's figures and their hash into the deal."""
    deal = scenario.current_scenario().effective()[0]
    if any(one.run_id == run.run_id for one in deal.lab_runs):
        st.caption(t("This run is evidence of {deal}.", deal=deal.name))
        return
    if st.button(t("Attach to {deal} as evidence", deal=deal.name), key=f"attach:{run.run_id}"):
        evidence = of(run)
        at_hand = scenario.current_scenario()
        own = at_hand.base().model_copy(update={"lab_runs": [*deal.lab_runs, evidence]})
        changed = Scenario(deal_id="", own=own, typed=at_hand.typed)
        scenario.replace_deal(changed, why=t("lab run {run}", run=run.run_id))
        st.rerun()


def show(deal: Deal) -> None:
    """The lab runs of the deal, if it has any."""
    if not deal.lab_runs:
        return
    st.subheader(t("Measured in the lab"), anchor=False)
    tables.show(
        (t("Run"), t("Device"), t("Per second"), t("MFU"), t("SHA-256 of the result")),
        (
            [
                f"{plain(one.run_id)}, {plain(one.date)}",
                plain(one.device),
                _rate(one),
                share(one.mfu),
                f"`{one.sha256[:16]}…`",
            ]
            for one in deal.lab_runs
        ),
        left=(0, 1, 4),
    )


def _rate(one: LabEvidence) -> str:
    if one.tokens_per_s is not None:
        return t("{n} tokens", n=number(one.tokens_per_s))
    return "–" if one.samples_per_s is None else t("{n} samples", n=number(one.samples_per_s))


def of(run: LabRun) -> LabEvidence:
    """What the deal keeps of the run: its figures, and the hash of its result file."""
    assert run.result is not None
    content = (run.folder / "result.json").read_bytes()
    return LabEvidence(
        run_id=run.run_id,
        workload=run.config.workload,
        date=run.started_at.date().isoformat(),
        device=run.result["device"],
        sha256=hashlib.sha256(content).hexdigest(),
        tokens_per_s=run.result["tokens_per_s"],
        samples_per_s=run.result["samples_per_s"],
        mfu=run.result["mfu"],
        peak_source=run.result["peak_source"],
    )
