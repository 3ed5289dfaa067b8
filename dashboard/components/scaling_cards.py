"""The figures of size and data on cards, and the rows that stand behind each."""

from typing import Final

from costmodel.workload.scaling_data import REPETITION_LAW
from dashboard import scaling
from dashboard.components import cards, provenance
from dashboard.components.provenance import Row
from dashboard.components.scaling_inputs import FIELDS
from dashboard.components.text import plain
from dashboard.language import N_, amount, interval, number, t
from dashboard.scaling import Answer, ByLaw

#: Figure -> (label, meaning, formula).
_FIGURES: Final = {
    "best_params": (
        N_("Best size"),
        N_(
            "The number of parameters with the least loss for this compute, by each law. From "
            "the least of the laws to the largest."
        ),
        N_("G × (C ÷ 6)^(β ÷ (α + β)), with G = (α A ÷ (β B))^(1 ÷ (α + β))"),
    ),
    "best_tokens": (
        N_("Best number of tokens"),
        N_("The training tokens that go with the best size, by each law."),
        N_("C ÷ (6 × best size)"),
    ),
    "ratio": (
        N_("Tokens per parameter"),
        N_("Training tokens over parameters at the least loss; serving is not counted in it."),
        N_("best number of tokens ÷ best size"),
    ),
    "epochs": (
        N_("Data passes"),
        N_("How often each token is seen (epochs): training tokens over different tokens."),
        N_("training tokens ÷ different tokens"),
    ),
    "effective": (
        N_("Effective tokens"),
        N_(
            "How many different tokens the repeated ones are worth. A repeated token teaches "
            "less each time it comes back."
        ),
        N_("U × (1 + R × (1 − e^(−(passes − 1) ÷ R))), U different tokens, R worth of repeats"),
    ),
    "lost": (
        N_("Lost to repeats"),
        N_("Nats per token above what as many different tokens would reach."),
        N_("loss with repeats − loss if no token were repeated"),
    ),
    "limited_size": (
        N_("Data-limited size"),
        N_("The size with the least loss for this compute when no more different tokens exist."),
        N_("the size N with the least loss at C ÷ (6 N) tokens, repeats discounted"),
    ),
    "served_params": (
        N_("Cheapest size"),
        N_(
            "The size that reaches the loss of the compute-optimal model at the least FLOP of "
            "training and serving together: smaller, and trained longer."
        ),
        N_("the N with the least 6 N D + 2 N served on the curve L(N, D) = loss"),
    ),
    "served_tokens": (
        N_("Its training tokens"),
        N_("The training tokens with which the cheapest size reaches that loss."),
        N_("(B ÷ (loss − E − A ÷ N^α))^(1 ÷ β)"),
    ),
    "saved": (
        N_("Saved by a smaller model"),
        N_(
            "Share of training and serving FLOP that the cheapest size saves against the "
            "compute-optimal one of the same loss."
        ),
        N_("1 − (6 N D + 2 N served) of the cheapest ÷ the same of the compute-optimal one"),
    ),
}


def label(figure: str) -> str:
    """What a figure is called."""
    return t(_FIGURES[figure][0])


def span(figure: str, ends: tuple[float, float], unit: str, answer: Answer) -> None:
    """A card for the least and the most of the laws."""
    below = t("least and most of {n} laws", n=len(answer.by_law))
    _figure(figure, interval(*ends, unit), below, answer)


def by_repetition(figure: str, value: float, unit: str, answer: Answer) -> None:
    """A card for what the law of repeated data says."""
    if unit == "nat_per_token":
        _figure(figure, number(value), t("nats per token"), answer)
    else:
        _figure(figure, amount(value, unit), plain(REPETITION_LAW), answer)


def _figure(figure: str, value: str, below: str, answer: Answer) -> None:
    said, meaning, formula = _FIGURES[figure]
    cards.explained(
        figure,
        t(said),
        value,
        below,
        meaning=t(meaning),
        formula=plain(t(formula)),
        rows=_behind(figure, answer),
    )


def _behind(figure: str, answer: Answer) -> list[Row]:
    """What a figure is made of."""
    q = answer.question
    rows: list[Row] = [
        (t("Training compute, FLOP"), amount(q.flop, "flop"), _said("flop", t("the deal"))),
    ]
    if figure in ("epochs", "effective", "lost", "limited_size"):
        rows += [
            (t("Training tokens"), amount(q.tokens, "token"), plain(q.name)),
            (t("Active parameters"), amount(q.params, "parameter"), plain(q.name)),
            (
                t("Different tokens at hand"),
                amount(q.unique_tokens, "token"),
                _said("unique_tokens", t("the deal")),
            ),
            _repetition_row(),
            *_law_rows([each for each in answer.by_law if each.law.name == REPETITION_LAW]),
        ]
    else:
        if figure in ("saved", "served_params", "served_tokens"):
            rows.append(
                (
                    t("Tokens to be served"),
                    amount(q.served_tokens, "token"),
                    _said("served_tokens", t("a start, until you type")),
                )
            )
        rows += _law_rows(list(answer.by_law))
    return rows


def _law_rows(found: list[ByLaw]) -> list[Row]:
    rows: list[Row] = []
    for each in found:
        law = each.law
        values = ", ".join(
            f"{name} = {float(value):.4g}"
            for name, value in (
                ("E", law.floor),
                ("A", law.params_scale),
                ("α", law.params_exponent),
                ("B", law.tokens_scale),
                ("β", law.tokens_exponent),
            )
        )
        rows.append((law.name, values, provenance.fact_link(law.facts[0])))
    return rows


def _repetition_row() -> Row:
    fact = scaling.repetition_fact()
    return t("Worth of repeats, R"), number(fact.value), provenance.fact_link(fact)


def _said(name: str, otherwise: str) -> str:
    return plain(t("typed by you") if name in FIELDS.typed() else otherwise)
