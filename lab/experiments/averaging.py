"""Federated averaging: clients train from shared weights, and their mean is shared anew.

Sources: McMahan et al. 2017, arXiv:1602.05629 (FedAvg); Li et al. 2020, arXiv:1812.06127
(FedProx); Hsu et al. 2019, arXiv:1909.06335 (classes spread by a Dirichlet distribution).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lab.optimise import Optimiser

Rows = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How clients train: ``proximal`` is the pull towards the shared weights, 0 for FedAvg."""

    rounds: int
    local_steps: int
    batch_size: int
    learning_rate: float
    proximal: float = 0.0
    participation: float = 1.0


def spread(
    labels: NDArray[np.int64], n_clients: int, concentration: float | None, seed: int
) -> list[Rows]:
    """The rows of each client: at random without ``concentration``, else each class by shares
    drawn from a Dirichlet distribution. A client may be left without any.
    """
    rng = np.random.default_rng((seed, 3))
    if concentration is None:
        return [np.sort(part) for part in np.array_split(rng.permutation(len(labels)), n_clients)]
    parts: list[list[NDArray[np.intp]]] = [[] for _ in range(n_clients)]
    for label in np.unique(labels):
        rows = rng.permutation(np.flatnonzero(labels == label))
        shares = rng.dirichlet(np.full(n_clients, concentration))
        cuts = np.round(np.cumsum(shares)[:-1] * len(rows)).astype(int)
        for client, part in enumerate(np.split(rows, cuts)):
            parts[client].append(part)
    return [np.sort(np.concatenate(part)) for part in parts]


def batches(rows: Rows, *, size: int, seed: int, client: int, first: int, n: int) -> list[Rows]:
    """Batches ``first`` to ``first + n`` of a client's own endless shuffled epochs: which ones
    it sees does not depend on how its steps fall into rounds.
    """
    size = min(size, len(rows))
    per_epoch = len(rows) // size
    found: list[Rows] = []
    epoch, order = -1, rows
    for index in range(first, first + n):
        if index // per_epoch != epoch:
            epoch = index // per_epoch
            order = np.random.default_rng((seed, 4, client, epoch)).permutation(rows)
        place = index % per_epoch
        found.append(order[place * size : (place + 1) * size])
    return found


def mean(states: Sequence[Sequence[Tensor]], weights: Sequence[float]) -> list[Tensor]:
    """The mean of the clients' parameters, by their numbers of examples."""
    total = float(sum(weights))
    shares = [weight / total for weight in weights]
    found = []
    for parts in zip(*states, strict=True):
        of_part = torch.zeros_like(parts[0])
        for share, part in zip(shares, parts, strict=True):
            of_part.add_(part, alpha=share)
        found.append(of_part)
    return found


def local_steps(
    net: nn.Module,
    optimiser: Optimiser,
    inputs: tuple[Tensor, Tensor],
    chosen: Sequence[Rows],
    plan: Plan,
) -> None:
    """Steps of plain SGD on the batches ``chosen``, pulled towards where they began."""
    began = [p.detach().clone() for p in net.parameters()] if plan.proximal else []
    for rows in chosen:
        at = torch.from_numpy(rows)
        optimiser.backward(net(inputs[0][at], inputs[1][at]))
        if plan.proximal:
            with torch.no_grad():
                for parameter, before in zip(net.parameters(), began, strict=True):
                    assert parameter.grad is not None
                    parameter.grad.add_(parameter - before, alpha=plan.proximal)
        optimiser.step(plan.learning_rate)


def federated(
    net: nn.Module,
    optimiser: Optimiser,
    inputs: tuple[Tensor, Tensor],
    clients: Sequence[Rows],
    plan: Plan,
    *,
    seed: int,
    after_round: Callable[[int, int], None],
    check: Callable[[], None],
) -> None:
    """Train ``net`` in rounds over the clients that have data; it ends with the shared weights.

    ``after_round`` hears the round and how many clients took part in it; ``check`` is called
    after each client and may raise.
    """
    having = [client for client, rows in enumerate(clients) if len(rows)]
    rng = np.random.default_rng((seed, 5))
    n_chosen = max(1, round(plan.participation * len(having)))
    for number in range(plan.rounds):
        shared = [p.detach().clone() for p in net.parameters()]
        chosen = np.sort(rng.choice(having, n_chosen, replace=False)).tolist()
        states, weights = [], []
        for client in chosen:
            _set(net, shared)
            mine = batches(
                clients[client],
                size=plan.batch_size,
                seed=seed,
                client=client,
                first=number * plan.local_steps,
                n=plan.local_steps,
            )
            local_steps(net, optimiser, inputs, mine, plan)
            states.append([p.detach().clone() for p in net.parameters()])
            weights.append(float(len(clients[client])))
            check()
        _set(net, mean(states, weights))
        after_round(number, len(chosen))


def _set(net: nn.Module, values: Sequence[Tensor]) -> None:
    with torch.no_grad():
        for parameter, value in zip(net.parameters(), values, strict=True):
            parameter.copy_(value)
