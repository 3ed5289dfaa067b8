"""Data quality: options, columns, and what it cannot see."""

from typing import Final

from costmodel.messages import Message
from lab.experiments.about.common import HELD_OUT, SEED, SMALL, THREADS, Column, Experiment, seeds
from lab.experiments.options import Option

EXPERIMENT: Final = Experiment(
    name="quality",
    title=Message("Data quality"),
    about=Message("The same model trained on the data as they are, and on the data cleaned."),
    options=(
        Option(
            name="data",
            kind="text",
            default=None,
            title=Message("A labelled table; otherwise the shipped reviews"),
        ),
        Option(name="text_column", kind="text", default=None, title=Message("Column of the text")),
        Option(
            name="label_column", kind="text", default=None, title=Message("Column of the label")
        ),
        Option(
            name="steps",
            kind="count",
            default=200,
            least=1,
            most=10**6,
            title=Message("Training steps"),
        ),
        seeds(2),
        THREADS,
        SEED,
    ),
    columns=(
        Column(name="label", title=Message("Data")),
        Column(name="examples", title=Message("Examples")),
        Column(name="accuracy", title=Message("Accuracy"), unit="fraction"),
        Column(name="auc", title=Message("AUC"), unit="ratio"),
    ),
    cannot_see=(SMALL, HELD_OUT),
    computed=(
        Message("Both models take the same steps and are judged on the same held-out examples."),
    ),
)
