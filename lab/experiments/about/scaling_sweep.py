"""The scaling sweep: options, columns, and what it cannot see."""

from typing import Final

from costmodel.messages import Message
from lab.experiments.about.common import SEED, SMALL, THREADS, Column, Experiment
from lab.experiments.options import Option

EXPERIMENT: Final = Experiment(
    name="scaling_sweep",
    title=Message("Scaling sweep"),
    about=Message(
        "Whether loss falls with size by a law, and how well that law foretells a larger model."
    ),
    options=(
        Option(
            name="widths",
            kind="numbers",
            default=[16, 24, 32, 48, 64, 96],
            least=8,
            most=4096,
            fewest=5,
            title=Message("Widths; the largest is held out"),
        ),
        Option(name="n_layers", kind="count", default=2, least=1, most=64, title=Message("Layers")),
        Option(
            name="tokens",
            kind="count",
            default=500_000,
            least=10_000,
            most=10**10,
            title=Message("Tokens that each size trains on"),
        ),
        Option(
            name="learning_rates",
            kind="numbers",
            default=[0.006, 0.015],
            least=1e-6,
            most=1.0,
            unit="ratio",
            fewest=2,
            title=Message("Learning rates; the better is kept"),
        ),
        Option(
            name="batch_size",
            kind="count",
            default=16,
            least=1,
            most=4096,
            title=Message("Rows of a batch"),
        ),
        Option(
            name="context_tokens",
            kind="count",
            default=64,
            least=8,
            most=8192,
            title=Message("Tokens that the model sees at once"),
        ),
        Option(
            name="data",
            kind="text",
            default=None,
            title=Message("The company's text file; otherwise Shakespeare"),
        ),
        Option(
            name="claimed_loss",
            kind="number",
            default=None,
            least=0.01,
            most=100,
            unit="nat_per_token",
            title=Message("Claimed loss, in nats per token"),
        ),
        Option(
            name="claimed_params",
            kind="number",
            default=None,
            least=1,
            most=1e15,
            unit="parameter",
            title=Message("Parameters of the claimed model, embeddings left out"),
        ),
        Option(
            name="claimed_tokens",
            kind="number",
            default=None,
            least=1,
            most=1e16,
            unit="token",
            title=Message("Tokens that the claimed model trained on"),
        ),
        THREADS,
        SEED,
    ),
    columns=(
        Column(name="label", title=Message("Size")),
        Column(name="params", title=Message("Parameters"), unit="parameter"),
        Column(name="loss", title=Message("Loss, nats per token"), unit="ratio"),
        Column(name="learning_rate", title=Message("Learning rate"), unit="ratio"),
        Column(name="other_loss", title=Message("Loss at the other rate"), unit="ratio"),
        Column(name="predicted", title=Message("Predicted"), unit="ratio"),
        Column(name="error", title=Message("Error of the prediction"), unit="fraction"),
    ),
    cannot_see=(
        Message(
            "A loss compares only within one text and one tokenizer: a claimed loss on other data "
            "cannot be judged from here."
        ),
        Message(
            "The law is of this family of models at equal tokens. It says nothing of more data, of "
            "another architecture, or of sizes beyond ten times the largest trained."
        ),
        Message("Loss is not usefulness: abilities may come and go without a trace in it."),
        SMALL,
    ),
    computed=(
        Message(
            "Parameters are counted without embeddings (Kaplan et al. 2020); depth and tokens are "
            "the same for all sizes."
        ),
        Message(
            "The slope is of log loss over log parameters by least squares, with Student's 90% "
            "interval from what is left over."
        ),
        Message(
            "An irreducible loss is stated only where its profile-likelihood interval is bounded "
            "on both sides and leaves out zero; else the straight line stands."
        ),
        Message("The largest size is foretold from the smaller ones and only then compared."),
    ),
)
