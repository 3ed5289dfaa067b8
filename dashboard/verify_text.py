"""What a verification says, in rows for a page and in lines for the command line."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from dashboard.lab_text import finding_lines
from dashboard.language import N_, amount, interval, number, say, t
from lab.runs import message_from_json

_VERDICTS: Final = {
    "independent": N_("independent"),
    "derived": N_("derived"),
    "cannot tell": N_("cannot tell"),
}


class Row(NamedTuple):
    """A label and its value."""

    label: str
    value: str


def provenance_label(verdict: str) -> str:
    """A verdict on the origin in words."""
    return t(_VERDICTS[verdict])


def answer(result: Mapping[str, Any]) -> str:
    """The whole in one sentence: what it is and where it comes from."""
    size = amount(float(result["params"]), "parameter")
    what = t(
        "{size} parameters in {precision}, architecture {architecture}.",
        size=size,
        precision=result["precision"],
        architecture=result["architecture"],
    )
    found = result["provenance"]
    if "base" not in found:
        return what
    origin = {
        "independent": t("Nothing in its weights comes from {base}.", base=found["base"]),
        "derived": t("It shares its training with {base}.", base=found["base"]),
        "cannot tell": t("Whether it comes from {base} cannot be told.", base=found["base"]),
    }[found["verdict"]]
    return t("{what} {origin}", what=what, origin=origin)


def what_it_is(result: Mapping[str, Any]) -> list[Row]:
    """The counts, beside what the config says."""
    known = [k["model"] for k in result["known_shapes"] if k["same_vocabulary"]]
    near = [k["model"] for k in result["known_shapes"] if not k["same_vocabulary"]]
    rows = [
        Row(t("Parameters, counted from the weights"), _exact(result["params"])),
        Row(t("Parameters by its config"), _exact(result["config_params"])),
        Row(t("Active for one token"), _exact(result["active_params"])),
        Row(t("Architecture"), result["architecture"]),
        Row(t("Same shape as"), ", ".join(known[:4]) or "–"),
        Row(t("Same shape, other vocabulary"), ", ".join(near[:4]) or "–"),
        Row(
            t("Stored as"),
            ", ".join(
                f"{kind} {amount(share, 'fraction')}" for kind, share in result["stored_as"].items()
            ),
        ),
        Row(t("Tokens of the tokenizer"), _exact(result["tokenizer_tokens"])),
        Row(t("Rows of the embedding"), _exact(result["embedding_rows"])),
        Row(t("Size of the weights"), amount(result["weights_bytes"], "bytes")),
        *(
            Row(
                t(
                    "Memory to serve {batch} × {tokens} tokens",
                    batch=row["batch"],
                    tokens=f"{row['context_tokens']:,}",
                ),
                amount(row["bytes"], "bytes"),
            )
            for row in result["serving"]
            if row["bytes"] is not None
        ),
        Row(t("Numbers looked at"), amount(result["looked_at_share"], "fraction")),
        Row(t("Matrices that were trained"), _share(result["trained_share"])),
    ]
    return [row for row in rows if row.value != "–"]


def evidence(result: Mapping[str, Any]) -> list[str]:
    """What was looked at for the origin, a sentence each."""
    return [say(message_from_json(one["says"])) for one in result["provenance"]["evidence"]]


def error_rate(result: Mapping[str, Any]) -> str:
    """How often such a verdict erred on models of known origin."""
    found = result["provenance"]["measured"]
    return t(
        "Tried on {n} pairs of small models of known origin. Of {innocent} that were not derived "
        "{wrong} were called so (at 95% confidence at most {upper} of such pairs); of {derived} "
        "derived ones {found} were recognised, and for the others it could not be told. Small "
        "models are not large ones: how often it errs on those is not known.",
        n=found["n_pairs"],
        innocent=found["n_independent"] + found["n_shared_start"],
        wrong=found["n_accused_wrongly"],
        upper=amount(found["false_accusations_upper_95"], "fraction"),
        found=found["n_derived_found"],
        derived=found["n_derived"],
    )


def score_rows(result: Mapping[str, Any]) -> list[Row]:
    """The evaluation, if there was one."""
    found = result.get("evaluation")
    if not found:
        return []
    is_accuracy = found["metric"] == "accuracy"
    unit = "fraction" if is_accuracy else "ratio"
    rows = [
        Row(
            t("Accuracy on our questions") if is_accuracy else t("Bits per byte on our text"),
            f"{amount(found['value'], unit)} ({interval(found['low'], found['high'], unit)})",
        ),
        Row(t("Number of questions"), _exact(found["n"])),
    ]
    if found["chance"] is not None:
        rows.append(Row(t("By guessing"), amount(found["chance"], unit)))
    looked = found.get("contamination")
    if looked:
        rows.append(
            Row(
                t("Found in the training sample"),
                t("{n} of {all}", n=looked["items_found"], all=looked["items"]),
            )
        )
    return rows


def verify_text(result: Mapping[str, Any]) -> str:
    """All of it for the command line."""
    lines = [answer(result), ""]
    lines += _table(what_it_is(result))
    lines += [say(message_from_json(m)) for m in (*result["lies"], *result["notes"])]
    found = result["provenance"]
    lines += ["", t("Origin: {verdict}", verdict=provenance_label(found["verdict"]))]
    if found["score"] is not None:
        lines.append(
            t(
                "Score {score}, called derived from {threshold} on.",
                score=f"{found['score']:.3f}",
                threshold=f"{found['threshold']:.2f}",
            )
        )
    lines += [say(message_from_json(found["why"])), *(f"- {one}" for one in evidence(result))]
    if "base" in found:
        lines.append(error_rate(result))
    scores = score_rows(result)
    if scores:
        lines += ["", *_table(scores)]
    if result.get("speed"):
        lines += ["", *_speed(result["speed"])]
    lines += ["", *finding_lines(result)]
    lines += [t("What this cannot see:")]
    lines += [f"- {say(message_from_json(one))}" for one in result["cannot_see"]]
    return "\n".join(lines).strip()


def _speed(found: Mapping[str, Any]) -> list[str]:
    lines = [t("On {device}:", device=found["device"])]
    lines += [
        t(
            "batch {batch}: {latency} ms for {tokens} tokens each, {rate} tokens/s, {memory}",
            batch=row["batch"],
            latency=number(1000 * row["latency_s"]),
            tokens=row["prompt_tokens"],
            rate=number(row["tokens_per_s"]),
            memory=amount(row["memory_bytes"], "bytes"),
        )
        for row in found["rows"]
    ]
    return lines


def _table(rows: Sequence[Row]) -> list[str]:
    widest = max((len(row.label) for row in rows), default=0)
    return [f"{row.label:{widest}}  {row.value}" for row in rows]


def _exact(value: float | None) -> str:
    return "–" if value is None else f"{round(value):,}"


def _share(value: float | None) -> str:
    return "–" if value is None else amount(value, "fraction")
