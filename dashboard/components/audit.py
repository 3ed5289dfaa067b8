"""The audit of a data sample on a page: its form, and what it found."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from costmodel.messages import InputError
from dashboard.audit_claims import asked_of
from dashboard.audit_text import (
    Row,
    answer,
    contamination,
    identifiers,
    languages,
    licences,
    notes,
    plan,
    quality,
    what_it_is,
)
from dashboard.charts import bars
from dashboard.charts.bars import Bar
from dashboard.components import charts, jobs, notice, scenario, tables
from dashboard.components.cards import card
from dashboard.components.text import plain
from dashboard.language import amount, current, interval, number, t
from lab import jobs as lab_jobs
from lab import uploads
from lab.jobs import Job

_MOST_EXAMPLES: Final = 12
#: A copy up to so many bytes is offered by the page.
_MOST_DOWNLOAD: Final = 200_000_000


def any_yet() -> bool:
    """Whether an audit was ever started here."""
    return bool(lab_jobs.every("audit"))


def form() -> None:
    """What is audited, and against which plan; the button starts it."""
    language = current()
    deal = scenario.current_scenario().effective()[0]
    asked = asked_of(deal)
    with st.container(border=True):
        st.subheader(t("The sample"), anchor=False)
        paths = ""
        if jobs.may_name_paths():
            paths = st.text_area(
                t("Files or folders on this machine, one a line"),
                key=f"audit_paths:{language}",
                max_chars=4000,
                height=80,
            )
        given = st.file_uploader(
            t("Files: text, JSONL, CSV or Parquet, also packed"),
            accept_multiple_files=True,
            key=f"audit_files:{language}",
        )
        bench = st.file_uploader(
            t("Benchmarks to look for in it"),
            accept_multiple_files=True,
            key=f"audit_bench:{language}",
            help=t("An item counts as found where 13 of its words in a row stand in the sample."),
        )
        column = st.text_input(
            t("Column of the texts"), key=f"audit_column:{language}", max_chars=200
        )
        target = st.text_input(
            t("Target languages"),
            key=f"audit_target:{language}",
            placeholder="en, zh",
            max_chars=100,
        )
        threshold = st.number_input(
            t("Jaccard index that counts as near"), 0.5, 1.0, 0.8, 0.05, key="audit_threshold"
        )
        redact = st.checkbox(t("Black out identifiers"), value=True, key="audit_redact")
        clean = st.checkbox(t("Write a cleaned copy"), key="audit_clean")
        against_plan = st.checkbox(
            t("Against the plan of {deal}", deal=deal.name), value=True, key="audit_plan"
        )
        if st.button(t("Start the audit"), key="audit_start", width="stretch"):
            options = {
                "text_column": column.strip() or None,
                "target_languages": target.replace(",", " ").split(),
                "threshold": threshold,
                "redact": redact,
                "clean": clean,
                **(asked if against_plan else {}),
            }
            _start(paths.splitlines(), given, bench, options)


def _start(
    paths: Sequence[str],
    given: Sequence[UploadedFile],
    bench: Sequence[UploadedFile],
    options: Mapping[str, Any],
) -> None:
    named = [str(Path(line.strip()).expanduser()) for line in paths if line.strip()]
    if not named and not given:
        notice.refused(InputError("files", "no file is named; give at least one"))
        return
    request: dict[str, Any] = {**options}
    try:
        folder = uploads.folder() if given or bench else None
        if folder is not None:
            request["uploads"] = folder.name
            named += [str(uploads.keep(one, folder, "sample", one.name)) for one in given]
            request["against"] = [
                str(uploads.keep(one, folder, "benchmark", one.name)) for one in bench
            ]
    except OSError as error:
        notice.refused(
            InputError("files", "the upload cannot be kept ({reason})", reason=str(error.strerror))
        )
        return
    jobs.start("audit", {**request, "files": named})


def live(job: Job) -> None:
    """Nothing is known before all is read."""


def ended(job: Job) -> None:
    """What was found: the answer, the figures, the examples, and how it was computed."""
    result = job.result
    assert result is not None
    st.markdown(f"**{plain(answer(result))}**")
    _cards(result)
    jobs.findings(job)
    _section(t("The sample"), what_it_is(result))
    _duplicates(result)
    _section(t("Identifiers by kind"), identifiers(result))
    if shares := languages(result):
        st.subheader(t("Languages, by bytes"), anchor=False)
        charts.show(
            bars.figure([Bar(label=name, value=share) for name, share in shares], "fraction"),
            key=f"audit_languages:{job.job_id}",
        )
    _section(t("Test items in the sample"), contamination(result))
    _section(t("Against the plan"), plan(result))
    _section(t("Quality"), quality(result))
    _section(t("Words about rights"), licences(result))
    _cleaned(result)
    with st.expander(t("What to know of these figures")):
        st.markdown("\n".join(f"- {plain(note)}" for note in notes(result)))


def _cards(result: Mapping[str, Any]) -> None:
    near = result["near_duplicate"]
    columns = st.columns(4)
    with columns[0]:
        card(
            t("Near duplicates"),
            amount(near["value"], "fraction"),
            interval(near["low"], near["high"], "fraction"),
        )
    with columns[1]:
        card(
            t("Identifiers per 1,000"),
            number(result["pii_per_1k"]),
            t(
                "{share} of the texts have any",
                share=amount(result["documents_with_pii"]["value"], "fraction"),
            ),
        )
    with columns[2]:
        looked = result["contamination"]
        share = result["contamination_share"]
        card(
            t("Test items found"),
            "–" if share is None else amount(share, "fraction"),
            t("no benchmark was given")
            if looked is None
            else f"{looked['items_found']:,} / {looked['items']:,}",
        )
    with columns[3]:
        card(
            t("Passes"),
            number(result["epochs_effective"]),
            amount(result["unique"]["unique_tokens"], "token")
            if result["unique"]["unique_tokens"] is not None
            else t("needs the raw tokens of the corpus"),
        )


def _section(title: str, rows: Sequence[Row]) -> None:
    if rows:
        st.subheader(title, anchor=False)
        tables.show(
            (t("Figure"), t("Value")), ((plain(row.label), plain(row.value)) for row in rows)
        )


def _duplicates(result: Mapping[str, Any]) -> None:
    found = result["duplicates"][:_MOST_EXAMPLES]
    if not found:
        return
    with st.expander(t("Examples of duplicates")):
        tables.show(
            (t("Text"), t("of earlier text"), t("Jaccard")),
            (
                (
                    f"{pair['document']:,}: {plain(pair['text'])}",
                    f"{pair['of_document']:,}: {plain(pair['of_text'])}",
                    number(pair["jaccard"]),
                )
                for pair in found
            ),
            left=(0, 1),
        )


def _cleaned(result: Mapping[str, Any]) -> None:
    cleaned = result["cleaned"]
    if cleaned is None:
        return
    st.subheader(t("Cleaned copy"), anchor=False)
    st.markdown(
        t(
            "{n} texts, {size}; {redacted} of them had identifiers blacked out.",
            n=f"{cleaned['documents']:,}",
            size=amount(cleaned["bytes"], "bytes"),
            redacted=f"{cleaned['redacted']:,}",
        )
    )
    path = Path(cleaned["path"])
    if path.is_file() and path.stat().st_size <= _MOST_DOWNLOAD:
        st.download_button(
            t("Download the cleaned copy"),
            path.read_bytes,
            file_name="cleaned.jsonl",
            mime="application/jsonl",
            key=f"audit_download:{path.parent.name}",
        )


def method() -> None:
    """How it is computed, and what it cannot see."""
    with st.expander(t("How this is computed")):
        st.markdown(
            t(
                "Texts are cut into words, Chinese into characters; two texts are near where their "
                "sequences of five words have a Jaccard index at the threshold or above. MinHash "
                "brings candidates together, and each pair is then compared in full. Identifiers "
                "count where their form and their check digit fit. Languages are told by script "
                "and by langid. Quality follows the rules of Gopher, test items are looked for by "
                "13 words in a row as for GPT-3, and the loss of repeated data follows Muennighoff "
                "2023."
            )
        )
    with st.expander(t("What it cannot see")):
        st.markdown(
            t(
                "A sample shows the least that the corpus repeats: a twin outside of it is not "
                "seen. A paraphrase or a translation is no near duplicate. Names and addresses of "
                "persons are not looked for. A licence marker is no licence, and most texts have "
                "rights without one. Whoever chose the sample chose the result."
            )
        )
