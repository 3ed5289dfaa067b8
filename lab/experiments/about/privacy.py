"""Differential privacy: options, columns, and what it cannot see."""

from typing import Final

from costmodel.messages import Message
from lab.experiments.about.common import SEED, SMALL, THREADS, Column, Experiment, seeds
from lab.experiments.options import Option

EXPERIMENT: Final = Experiment(
    name="privacy",
    title=Message("Differential privacy"),
    about=Message("What a promise of privacy (epsilon) costs in accuracy and time."),
    options=(
        Option(
            name="models",
            kind="words",
            default=["mlp", "cnn"],
            choices=("mlp", "cnn"),
            title=Message("Models"),
        ),
        Option(
            name="noise",
            kind="numbers",
            default=[0.5, 1.2, 2.0, 4.0],
            least=0.2,
            most=100,
            unit="ratio",
            title=Message("Noise over the clipping norm"),
        ),
        Option(
            name="epochs",
            kind="count",
            default=20,
            least=1,
            most=10_000,
            title=Message("Passes through the data"),
        ),
        Option(
            name="batch_size",
            kind="count",
            default=128,
            least=1,
            most=10_000,
            title=Message("Rows of a batch, on average"),
        ),
        Option(
            name="clip_norm",
            kind="number",
            default=1.0,
            least=1e-3,
            most=1e3,
            unit="ratio",
            title=Message("Largest norm of one example's gradient"),
        ),
        Option(
            name="learning_rate",
            kind="number",
            default=1e-2,
            least=1e-6,
            most=10,
            unit="ratio",
            title=Message("Learning rate"),
        ),
        Option(
            name="claimed_epsilon",
            kind="number",
            default=None,
            least=0.01,
            most=1e4,
            unit="ratio",
            title=Message("Claimed epsilon"),
        ),
        Option(
            name="claimed_gap",
            kind="number",
            default=None,
            least=0.0,
            most=1.0,
            unit="fraction",
            title=Message("Claimed loss of accuracy at that epsilon"),
        ),
        seeds(2),
        THREADS,
        SEED,
    ),
    columns=(
        Column(name="label", title=Message("Model")),
        Column(name="noise", title=Message("Noise"), unit="ratio"),
        Column(name="epsilon", title=Message("Epsilon"), unit="ratio"),
        Column(name="accuracy", title=Message("Accuracy"), unit="fraction"),
        Column(name="gap", title=Message("Lost against no privacy"), unit="fraction_change"),
        Column(name="slowdown", title=Message("Times slower a step"), unit="ratio"),
    ),
    cannot_see=(
        Message(
            "Epsilon bounds what any attacker could learn of one example; whether an attack on "
            "this model succeeds is another experiment."
        ),
        Message(
            "It protects one row of the data: a person with many rows is protected less, and "
            "choosing settings by looking at the data is not counted."
        ),
        Message(
            "Noise comes from a seeded generator so that runs repeat; a product needs a "
            "cryptographic one."
        ),
        SMALL,
    ),
    computed=(
        Message(
            "DP-SGD (Abadi et al. 2016): batches drawn at random row by row, each example's "
            "gradient clipped, noise added to their sum. Each step is counted."
        ),
        Message(
            "Epsilon is by Opacus' PRV accountant at the fixed delta below, which is smaller than "
            "one over the number of training examples."
        ),
        Message(
            "Without privacy the same model takes the same steps with the same optimiser, batches "
            "drawn in the same way."
        ),
        Message(
            "Accuracy is the mean over seeds; the loss is paired by seed and test example, with "
            "its 90% interval by resampling both."
        ),
    ),
)
