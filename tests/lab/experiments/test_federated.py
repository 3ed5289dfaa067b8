"""Federated averaging against plain training, and against Flower's own arithmetic."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from lab.experiments import averaging, federated, training
from lab.experiments.averaging import Plan
from lab.experiments.registry import EXPERIMENTS
from lab.models.pictures import ClassifierLoss
from lab.optimise import Optimiser
from tests.lab.experiments.reports import reporting

ROWS = 120


def setup() -> tuple[nn.Module, Optimiser, tuple[torch.Tensor, torch.Tensor]]:
    torch.manual_seed(0)
    inputs = torch.randn(ROWS, 6), torch.randint(0, 3, (ROWS,))
    net = ClassifierLoss(
        nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 3)),
        loss="cross-entropy",
        label_smoothing=0.0,
    )
    config = training.config("mlp", {"steps": 1, "optimizer": "sgd", "learning_rate": 0.1})
    return net, Optimiser(config, net), inputs


def trained(clients: list[averaging.Rows], plan: Plan) -> list[torch.Tensor]:
    net, optimiser, inputs = setup()
    averaging.federated(
        net,
        optimiser,
        inputs,
        clients,
        plan,
        seed=3,
        after_round=lambda number, n: None,
        check=lambda: None,
    )
    return [p.detach() for p in net.parameters()]


def plan(**values: Any) -> Plan:
    usual = {"rounds": 4, "local_steps": 5, "batch_size": 16, "learning_rate": 0.1}
    return Plan(**{**usual, **values})


def test_one_client_is_central_training_to_the_bit() -> None:
    everything = np.arange(ROWS)
    found = trained([everything], plan())
    net, _, (x, y) = setup()
    plain = torch.optim.SGD(net.parameters(), lr=0.1)
    for rows in averaging.batches(everything, size=16, seed=3, client=0, first=0, n=20):
        plain.zero_grad()
        net(x[torch.from_numpy(rows)], y[torch.from_numpy(rows)]).backward()
        plain.step()
    for mine, theirs in zip(found, net.parameters(), strict=True):
        assert torch.equal(mine, theirs)


def test_rounds_do_not_change_what_one_client_sees() -> None:
    everything = np.arange(ROWS)
    one, many = plan(rounds=1, local_steps=20), plan(rounds=20, local_steps=1)
    for mine, theirs in zip(trained([everything], one), trained([everything], many), strict=True):
        assert torch.equal(mine, theirs)


def test_fedprox_without_a_pull_is_fedavg_and_with_one_stays_nearer() -> None:
    clients = averaging.spread(np.arange(ROWS) % 3, 4, 0.1, 0)
    free, also = trained(clients, plan()), trained(clients, plan(proximal=0.0))
    assert all(torch.equal(a, b) for a, b in zip(free, also, strict=True))
    began = [p.detach() for p in setup()[0].parameters()]

    def moved(ends: list[torch.Tensor]) -> float:
        return sum(float((a - b).norm()) for a, b in zip(ends, began, strict=True))

    one_round = plan(rounds=1, local_steps=20)
    pulled = plan(rounds=1, local_steps=20, proximal=3.0)
    assert moved(trained(clients, pulled)) < moved(trained(clients, one_round))


def test_the_mean_goes_by_numbers_of_examples() -> None:
    states = [[torch.tensor([0.0, 4.0])], [torch.tensor([4.0, 0.0])]]
    assert averaging.mean(states, [3.0, 1.0])[0].tolist() == [1.0, 3.0]


@pytest.mark.parametrize("concentration", [None, 1.0, 0.1])
def test_every_row_has_exactly_one_client(concentration: float | None) -> None:
    labels = np.repeat(np.arange(10), 40)
    clients = averaging.spread(labels, 25, concentration, seed=1)
    assert len(clients) == 25
    assert np.array_equal(np.sort(np.concatenate(clients)), np.arange(400))


def test_a_smaller_parameter_is_more_skew() -> None:
    labels = np.repeat(np.arange(10), 100)

    def largest_share(concentration: float | None) -> float:
        clients = averaging.spread(labels, 10, concentration, seed=2)
        shares = [np.bincount(labels[rows]).max() / len(rows) for rows in clients if len(rows)]
        return float(np.mean(shares))

    assert largest_share(None) < largest_share(1.0) < largest_share(0.1)


def test_clients_without_rows_take_no_part() -> None:
    halves = [np.arange(60), np.array([], np.intp), np.arange(60, ROWS)]
    without = [np.arange(60), np.arange(60, ROWS)]
    took: list[int] = []
    net, optimiser, inputs = setup()
    averaging.federated(
        net,
        optimiser,
        inputs,
        halves,
        plan(rounds=1),
        seed=3,
        after_round=lambda number, n: took.append(n),
        check=lambda: None,
    )
    assert took == [2]
    assert len(without) == 2


def test_a_short_experiment_counts_its_bytes() -> None:
    options = EXPERIMENTS["federated"].read(
        {
            "clients": [2, 4],
            "skews": ["iid"],
            "methods": ["fedavg"],
            "rounds": 3,
            "local_steps": 4,
            "seeds": 2,
            "claimed_gap": 0.5,
        }
    )
    with reporting("federated") as report:
        result = federated.run(options, report)
    rows = {row["id"]: row for row in result["rows"]}
    assert rows["fedavg-iid-4"]["bytes_up"] == 2 * rows["fedavg-iid-2"]["bytes_up"]
    weights = 64 * 64 + 64 + 64 * 64 + 64 + 64 * 10 + 10
    assert rows["fedavg-iid-2"]["bytes_up"] == 3 * 2 * weights * 4
    assert len(rows["fedavg-iid-2"]["course"]) == 3
    assert result["findings"][0]["verdict"] in ("consistent", "stretched")


def test_the_mean_is_that_of_flower() -> None:
    pytest.importorskip("flwr")
    from flwr.common import Code, FitRes, Status, ndarrays_to_parameters, parameters_to_ndarrays
    from flwr.server.strategy import FedAvg

    rng = np.random.default_rng(0)
    states = [[rng.normal(size=(4, 3)).astype(np.float32)] for _ in range(3)]
    weights = [10, 20, 5]
    results: list[Any] = [
        (
            None,
            FitRes(
                status=Status(code=Code.OK, message=""),
                parameters=ndarrays_to_parameters(state),
                num_examples=n,
                metrics={},
            ),
        )
        for state, n in zip(states, weights, strict=True)
    ]
    parameters, _ = FedAvg().aggregate_fit(1, results, [])
    assert parameters is not None
    ours = averaging.mean([[torch.from_numpy(s) for s in state] for state in states], weights)
    theirs = parameters_to_ndarrays(parameters)
    np.testing.assert_allclose(ours[0].numpy(), theirs[0], rtol=1e-5)
