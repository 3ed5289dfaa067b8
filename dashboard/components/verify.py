"""A checkpoint on the bench: what is asked, and what was found."""

from pathlib import Path
from typing import Any, Final

import streamlit as st

from costmodel.messages import InputError
from dashboard.components import jobs, notice, scenario, tables
from dashboard.components.text import plain
from dashboard.lab_claims import claimed_by
from dashboard.language import amount, current, number, say, t
from dashboard.quantities import parse_count, parse_number
from dashboard.verify_text import (
    Row,
    answer,
    error_rate,
    evidence,
    provenance_label,
    score_rows,
    what_it_is,
)
from lab import uploads
from lab.jobs import Job
from lab.runs import message_from_json

_ORIGIN_COLOURS: Final = {"independent": "green", "derived": "red", "cannot tell": "gray"}
_OF_MODEL: Final = ["json", "safetensors", "txt"]


class _Uploads:
    """Where the files of one verification are kept until it ends; made when the first comes."""

    def __init__(self) -> None:
        self._folder: Path | None = None

    @property
    def name(self) -> str:
        """What the job is told; empty where nothing was uploaded."""
        return "" if self._folder is None else self._folder.name

    def keep(self, files: list[Any], kind: str) -> list[str]:
        """The uploads as files. Raises ``InputError`` where there is no room for them."""
        try:
            self._folder = self._folder or uploads.folder()
            return [str(uploads.keep(one, self._folder, kind, one.name)) for one in files]
        except OSError as error:
            raise InputError(
                "files", "the upload cannot be kept ({reason})", reason=str(error.strerror)
            ) from None


def form() -> None:
    """What to verify, and the button."""
    deal = scenario.current_scenario().effective()[0]
    claims = claimed_by(deal)
    with st.container(border=True, key="verify_form"):
        st.markdown(f"#### {t('A checkpoint')}")
        folder = _folder("folder", t("Folder of the checkpoint"))
        against = _folder("against", t("A base that it may come from"))
        typed = {
            "claimed_params": st.text_input(
                t("Parameters that were stated"),
                value=_shown(claims.get("claimed_params")),
                key=f"verify_params:{deal.name}:{current()}",
                max_chars=40,
            ),
        }
        from_scratch = st.checkbox(
            t("Said to be trained from scratch"),
            value=bool(claims.get("from_scratch")),
            key=f"verify_scratch:{deal.name}:{current()}",
        )
        with st.expander(t("What it can do")):
            questions = st.file_uploader(
                t("Your own questions, JSONL"),
                type=["jsonl", "json"],
                key=f"verify_questions:{current()}",
                help=t(
                    "One question a line: text and label, prompt with choices and answer, prompt "
                    "and answer, or text alone for the loss."
                ),
            )
            typed["claimed_score"] = st.text_input(
                t("Score that was stated"),
                key=f"verify_score:{current()}",
                max_chars=20,
                help=t("A share from 0 to 1; for texts alone, bits per byte."),
            )
            sample = st.file_uploader(
                t("Training text in which to look for the questions"),
                accept_multiple_files=True,
                key=f"verify_sample:{current()}",
            )
            speed = st.checkbox(
                t("Measure latency and throughput here"), key=f"verify_speed:{current()}"
            )
        if not st.button(t("Verify"), key="verify_start", width="stretch"):
            return
        try:
            place = _Uploads()
            request: dict[str, Any] = {
                "folder": folder(place),
                "from_scratch": from_scratch,
                "speed": speed,
                **_numbers(typed),
            }
            if base := against(place, missing_is_bad=False):
                request["against"] = base
            if questions is not None:
                request["evaluate"] = place.keep([questions], "questions")[0]
            if sample:
                request["training_sample"] = place.keep(list(sample), "sample")
            if place.name:
                request["uploads"] = place.name
        except InputError as error:
            notice.refused(error)
        else:
            jobs.start("verify", request)


def _folder(name: str, label: str) -> Any:
    """A folder by its path where this machine is the reader's own, else by its files."""
    if jobs.may_name_paths():
        path = st.text_input(
            label, key=f"verify_{name}:{current()}", max_chars=4000, placeholder="/models/…"
        )

        def named(_: _Uploads, *, missing_is_bad: bool = True) -> str | None:
            if not path.strip():
                if missing_is_bad:
                    raise InputError("", "name the folder of the checkpoint")
                return None
            return str(Path(path.strip()).expanduser())

        return named
    files = st.file_uploader(
        label,
        accept_multiple_files=True,
        type=_OF_MODEL,
        key=f"verify_{name}_files:{current()}",
        help=t("config.json, the safetensors files and tokenizer.json"),
    )

    def uploaded(place: _Uploads, *, missing_is_bad: bool = True) -> str | None:
        if not files:
            if missing_is_bad:
                raise InputError("", "choose the files of the checkpoint")
            return None
        return str(Path(place.keep(list(files), name)[0]).parent)

    return uploaded


def _numbers(typed: dict[str, str]) -> dict[str, float]:
    found: dict[str, float] = {}
    if typed["claimed_params"].strip():
        found["claimed_params"] = parse_count(typed["claimed_params"], "claimed_params")
    if typed["claimed_score"].strip():
        found["claimed_score"] = parse_number(typed["claimed_score"], "claimed_score")
    return found


def _shown(value: float | None) -> str:
    return "" if value is None else number(value)


def results() -> None:
    """The verification at hand, live or ended."""
    jobs.panel(
        "verify",
        live=_live,
        ended=_ended,
        empty=t(
            "Name a model on the right. It is opened as data: no pickle is loaded, no code of it "
            "runs, and nothing leaves this machine."
        ),
    )


def _live(job: Job) -> None:
    """Nothing is shown before a part is whole."""


def _ended(job: Job) -> None:
    result = job.result
    assert result is not None
    st.markdown(f"### {plain(answer(result))}")
    jobs.findings(job)
    _origin(result)
    left, right = st.columns(2, gap="medium")
    with left:
        st.subheader(t("What it is"), anchor=False)
        _rows(what_it_is(result))
        notice.notes([message_from_json(one) for one in result["notes"]])
    with right:
        scores = score_rows(result)
        if scores:
            st.subheader(t("What it can do"), anchor=False)
            _rows(scores)
        if result.get("speed"):
            _speed(result["speed"])
        st.subheader(t("What this cannot see"), anchor=False)
        notice.notes([message_from_json(one) for one in result["cannot_see"]])


def _origin(result: dict[str, Any] | Any) -> None:
    found = result["provenance"]
    verdict = found["verdict"]
    st.subheader(t("Where it comes from"), anchor=False)
    colour = _ORIGIN_COLOURS[verdict]
    score = ""
    if found["score"] is not None:
        score = " · " + t(
            "Score {score}, called derived from {threshold} on.",
            score=f"{found['score']:.3f}",
            threshold=f"{found['threshold']:.2f}",
        )
    st.markdown(f":{colour}-badge[{provenance_label(verdict)}]{plain(score)}")
    st.markdown(plain(say(message_from_json(found["why"]))))
    said = evidence(result)
    if said:
        with st.expander(t("What was looked at"), expanded="base" in found):
            st.markdown("\n".join(f"- {plain(one)}" for one in said))
    if "base" in found:
        st.caption(plain(error_rate(result)))


def _rows(rows: list[Row]) -> None:
    tables.show(("", ""), ([plain(row.label), plain(row.value)] for row in rows), left=(0,))


def _speed(found: Any) -> None:
    st.subheader(t("How fast it answers here"), anchor=False)
    tables.show(
        (t("Batch"), t("Latency, ms"), t("Tokens/s"), t("Memory of the process")),
        (
            [
                str(row["batch"]),
                number(1000 * row["latency_s"]),
                number(row["tokens_per_s"]),
                amount(row["memory_bytes"], "bytes"),
            ]
            for row in found["rows"]
        ),
    )
    st.caption(plain(found["device"]))
