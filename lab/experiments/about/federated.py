"""Federated learning: options, columns, and what it cannot see."""

from typing import Final

from costmodel.messages import Message
from lab.experiments.about.common import HELD_OUT, SEED, SMALL, THREADS, Column, Experiment, seeds
from lab.experiments.options import Option

EXPERIMENT: Final = Experiment(
    name="federated",
    title=Message("Federated learning"),
    about=Message(
        "What accuracy is lost when the data stay with many clients, and how many bytes travel."
    ),
    options=(
        Option(
            name="clients",
            kind="numbers",
            default=[2, 5, 10, 50],
            least=1,
            most=200,
            title=Message("Numbers of clients"),
        ),
        Option(
            name="skews",
            kind="words",
            default=["iid", "1", "0.1"],
            choices=("iid", "10", "1", "0.3", "0.1"),
            title=Message("How the classes are spread: iid, or Dirichlet's parameter"),
        ),
        Option(
            name="methods",
            kind="words",
            default=["fedavg", "fedprox"],
            choices=("fedavg", "fedprox"),
            title=Message("Methods"),
        ),
        Option(
            name="rounds", kind="count", default=30, least=1, most=1000, title=Message("Rounds")
        ),
        Option(
            name="local_steps",
            kind="count",
            default=10,
            least=1,
            most=1000,
            title=Message("Steps of each client in a round"),
        ),
        Option(
            name="participation",
            kind="number",
            default=1.0,
            least=0.01,
            most=1.0,
            unit="fraction",
            title=Message("Share of clients that take part in a round"),
        ),
        Option(
            name="proximal",
            kind="number",
            default=0.1,
            least=0.0,
            most=100,
            unit="ratio",
            title=Message("FedProx's pull towards the shared model"),
        ),
        Option(
            name="learning_rate",
            kind="number",
            default=0.3,
            least=1e-6,
            most=10,
            unit="ratio",
            title=Message("Learning rate"),
        ),
        Option(
            name="batch_size",
            kind="count",
            default=32,
            least=1,
            most=1024,
            title=Message("Rows of a batch"),
        ),
        Option(
            name="claimed_gap",
            kind="number",
            default=None,
            least=0.0,
            most=1.0,
            unit="fraction",
            title=Message("Claimed loss of accuracy against central training"),
        ),
        seeds(2),
        THREADS,
        SEED,
    ),
    columns=(
        Column(name="label", title=Message("Method")),
        Column(name="clients", title=Message("Clients")),
        Column(name="skew", title=Message("Data")),
        Column(name="accuracy", title=Message("Accuracy"), unit="fraction"),
        Column(name="gap", title=Message("Lost against central"), unit="fraction_change"),
        Column(name="rounds_to_central", title=Message("Rounds to within a point of central")),
        Column(name="bytes_up", title=Message("Sent up"), unit="bytes"),
        Column(name="bytes_down", title=Message("Sent down"), unit="bytes"),
    ),
    cannot_see=(
        Message(
            "Clients here are parts of one clean data set on one machine: stragglers, drop-outs, "
            "broken devices and attackers are not simulated."
        ),
        Message(
            "That data stay with their clients is no privacy by itself: updates can leak them, and "
            "the experiment does not measure how much."
        ),
        SMALL,
        HELD_OUT,
    ),
    computed=(
        Message(
            "Central training takes as many gradient steps as one client takes in all rounds, with "
            "the same optimiser, batch size and learning rate."
        ),
        Message(
            "Each round the clients start from the shared weights, and the new ones are their mean "
            "by number of examples (McMahan et al. 2017); FedProx adds a pull towards the shared "
            "weights (Li et al. 2020)."
        ),
        Message(
            "Bytes are the fp32 weights that each client receives and sends back, in all rounds "
            "together."
        ),
        Message(
            "The loss against central training is paired by test example, with its 90% interval by "
            "resampling seeds and examples."
        ),
    ),
)
