"""Data quality: options, columns, and what it cannot see."""

from typing import Final

from costmodel.messages import Message
from lab.experiments.about.common import HELD_OUT, SEED, SMALL, THREADS, Column, Experiment
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
            title=Message("The company's sample of text; otherwise a text with planted defects"),
        ),
        Option(name="text_column", kind="text", default=None, title=Message("Column of the text")),
        Option(
            name="threshold",
            kind="number",
            default=0.8,
            least=0.3,
            most=1.0,
            unit="fraction",
            title=Message("Likeness from which two texts count as one"),
        ),
        Option(
            name="rules",
            kind="switch",
            default=True,
            title=Message("Take out texts that fail a rule of quality"),
        ),
        Option(
            name="steps",
            kind="count",
            default=300,
            least=1,
            most=10**6,
            title=Message("Training steps"),
        ),
        Option(
            name="claimed_gain_sigma",
            kind="number",
            default=None,
            least=0.0,
            most=1e4,
            unit="ratio",
            title=Message("Claimed gain of filtering over the spread of seeds"),
        ),
        Option(
            name="seeds",
            kind="count",
            default=3,
            least=3,
            most=20,
            title=Message("Repeats with other seeds"),
        ),
        THREADS,
        SEED,
    ),
    columns=(
        Column(name="label", title=Message("Data")),
        Column(name="seed", title=Message("Seed")),
        Column(name="examples", title=Message("Texts")),
        Column(name="characters", title=Message("Characters")),
        Column(name="epochs", title=Message("Passes through the data")),
        Column(name="loss", title=Message("Loss on held-out texts"), unit="nat_per_token"),
    ),
    cannot_see=(SMALL, HELD_OUT),
    computed=(
        Message(
            "Both models take the same steps and are judged on the same held-out texts, which "
            "nothing else in the sample repeats."
        ),
    ),
)
