"""What an audit says, in rows for a page and in lines for the command line."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from babel import Locale

from dashboard.lab_text import finding_lines
from dashboard.language import N_, amount, current, enumerated, interval, number, say, t
from lab.runs import message_from_json

KINDS: Final = {
    "email": N_("E-mail addresses"),
    "phone": N_("Telephone numbers"),
    "id_number": N_("Identity numbers"),
    "bank_card": N_("Bank cards"),
    "bank_account": N_("Bank accounts (IBAN)"),
    "ip": N_("Internet addresses"),
    "key": N_("Keys and tokens"),
}
#: What ``lab.audit.languages`` calls text without letters.
_NO_LETTERS: Final = "und"
_UNITS: Final = {"row": N_("rows"), "paragraph": N_("paragraphs"), "line": N_("lines")}
_MARKERS: Final = {
    "all rights reserved": N_("all rights reserved"),
    "copyright notice": N_("a copyright notice"),
    "no reproduction": N_("no reproduction allowed"),
}
#: Languages that are named; the rest are one.
_NAMED_LANGUAGES: Final = 8


class Row(NamedTuple):
    """A label and its value."""

    label: str
    value: str


def answer(result: Mapping[str, Any]) -> str:
    """The whole in one sentence."""
    near = result["near_duplicate"]
    parts = [
        t(
            "{share} of {n} texts repeat an earlier one ({range} at 90%).",
            share=amount(near["value"], "fraction"),
            n=f"{result['documents']:,}",
            range=interval(near["low"], near["high"], "fraction"),
        ),
        t(
            "{n} identifiers in a thousand texts.",
            n=number(result["pii_per_1k"]),
        ),
    ]
    if result["contamination"] is not None:
        looked = result["contamination"]
        parts.append(
            t(
                "{found} of {items} test items stand in it.",
                found=f"{looked['items_found']:,}",
                items=f"{looked['items']:,}",
            )
        )
    if result["epochs_effective"] is not None:
        parts.append(
            t(
                "The plan reads each distinct token {epochs} times.",
                epochs=number(result["epochs_effective"]),
            )
        )
    return " ".join(parts)


def what_it_is(result: Mapping[str, Any]) -> list[Row]:
    """Size, unit, tokens, speed."""
    counted = result["token_count"]
    units = enumerated(t(_UNITS[unit]) for unit in result["document_units"])
    by = counted["tokenizer"] or t("an estimate")
    return [
        Row(
            t("Number of texts"),
            f"{result['documents']:,} ({units})",
        ),
        Row(t("Size of the text"), amount(result["bytes"], "bytes")),
        Row(t("Tokens"), f"{amount(result['tokens'], 'token')} ({by})"),
        Row(t("Bytes for a token"), number(counted["bytes_per_token"])),
        Row(t("Equal to an earlier text"), _share(result["exact_duplicate"])),
        Row(
            t("Near an earlier text (Jaccard {threshold})", threshold=result["threshold"]),
            _share(result["near_duplicate"]),
        ),
        Row(t("The same by bytes"), amount(result["near_duplicate_byte_share"], "fraction")),
        Row(
            t("Read and judged"),
            t(
                "{seconds} s, {rate} MB/s",
                seconds=number(result["seconds"]),
                rate=number(result["mb_per_s"]),
            ),
        ),
    ]


def identifiers(result: Mapping[str, Any]) -> list[Row]:
    """How many identifiers of each kind, and how many texts have any."""
    rows = [Row(t(KINDS[kind]), f"{n:,}") for kind, n in result["pii"].items() if n]
    rows.append(Row(t("Identifiers in a thousand texts"), number(result["pii_per_1k"])))
    rows.append(Row(t("Texts with any"), _share(result["documents_with_pii"])))
    return rows


def languages(result: Mapping[str, Any]) -> list[tuple[str, float]]:
    """Shares of the bytes by language, the largest first, the small ones together."""
    found = list(result["languages"].items())
    named = [(language_label(code), share) for code, share in found[:_NAMED_LANGUAGES]]
    rest = sum(share for _, share in found[_NAMED_LANGUAGES:])
    return [*named, (t("others"), rest)] if rest > 0 else named


def language_label(code: str) -> str:
    """A language's name, its code where none is on record."""
    if code == _NO_LETTERS:
        return t("no letters")
    return str(Locale(current()).languages.get(code, code))


def quality(result: Mapping[str, Any]) -> list[Row]:
    """The share of texts that fail each rule."""
    found = result["quality"]
    rows = [
        Row(say(message_from_json(result["quality_rules"][rule])), amount(share, "fraction"))
        for rule, share in found["rules"].items()
        if share
    ]
    return [Row(t("Fails a rule or more"), amount(found["failing_share"], "fraction")), *rows]


def licences(result: Mapping[str, Any]) -> list[Row]:
    """How many texts carry each marker."""
    return [
        Row(t(_MARKERS[name]) if name in _MARKERS else name, f"{n:,}")
        for name, n in result["licences"]["markers"].items()
    ]


def contamination(result: Mapping[str, Any]) -> list[Row]:
    """Items found, by benchmark."""
    looked = result["contamination"]
    if looked is None:
        return []
    return [
        Row(
            one["name"],
            t(
                "{found} of {items} found, {short} too short to tell",
                found=f"{one['found']:,}",
                items=f"{one['items']:,}",
                short=f"{one['too_short']:,}",
            ),
        )
        for one in looked["benchmarks"]
    ]


def plan(result: Mapping[str, Any]) -> list[Row]:
    """Distinct tokens, passes and loss, as far as they are known."""
    found = result["unique"]
    rows = (
        (t("Distinct tokens of the corpus"), found["unique_tokens"], "token"),
        (t("Passes over them as planned"), found["epochs"], "ratio"),
        (t("The planned tokens are worth, all distinct"), found["worth_tokens"], "token"),
        (t("Loss as planned"), found["loss"], "nat_per_token"),
        (t("Loss if no token repeated"), found["loss_if_unique"], "nat_per_token"),
    )
    return [Row(label, amount(value, unit)) for label, value, unit in rows if value is not None]


def notes(result: Mapping[str, Any]) -> list[str]:
    """What a reader must know, a sentence each."""
    return [
        say(message_from_json(note)) for note in (*result["notes"], *result["unique"]["warnings"])
    ]


def audit_text(result: Mapping[str, Any]) -> str:
    """All of it, for the command line."""
    sections: list[tuple[str, Sequence[Row]]] = [
        (t("The sample"), what_it_is(result)),
        (t("Identifiers"), identifiers(result)),
        (
            t("Languages, by bytes"),
            [Row(name, amount(share, "fraction")) for name, share in languages(result)],
        ),
        (t("Quality"), quality(result)),
        (t("Words about rights"), licences(result)),
        (t("Test items in the sample"), contamination(result)),
        (t("Against the plan"), plan(result)),
    ]
    lines = [answer(result)]
    for title, rows in sections:
        if rows:
            lines += ["", title, *(f"  {row.label}: {row.value}" for row in rows)]
    lines += _examples(result)
    if result["cleaned"] is not None:
        cleaned = result["cleaned"]
        lines += [
            "",
            t(
                "Cleaned copy: {path}, {n} texts, {size}",
                path=cleaned["path"],
                n=f"{cleaned['documents']:,}",
                size=amount(cleaned["bytes"], "bytes"),
            ),
        ]
    lines += ["", *finding_lines(result)]
    return "\n".join([*lines, "", *notes(result)])


def _examples(result: Mapping[str, Any]) -> list[str]:
    found = result["duplicates"][:3]
    if not found:
        return []
    lines = ["", t("Examples of duplicates")]
    for pair in found:
        said = t(
            "text {later} and text {earlier}, Jaccard {jaccard}",
            later=pair["document"],
            earlier=pair["of_document"],
            jaccard=number(pair["jaccard"]),
        )
        lines += [f"  {said}", f"    {pair['text'][:100]}", f"    {pair['of_text'][:100]}"]
    return lines


def _share(found: Mapping[str, Any]) -> str:
    """A share with its interval and its count."""
    spread = interval(found["low"], found["high"], "fraction")
    return f"{amount(found['value'], 'fraction')} ({spread}; {found['hits']:,} / {found['n']:,})"
