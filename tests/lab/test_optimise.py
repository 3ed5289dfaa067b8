"""Every training option does what its name says, beside torch's own or the textbook."""

import math
from itertools import pairwise
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from lab import config as configs
from lab.models.pictures import ClassifierLoss
from lab.optimise import Optimiser, learning_rate
from lab.task import Setting
from tests.lab.small import CPU, Line, linear


def steps_of(optimiser: Any, net: nn.Module, *, n: int, step: Any) -> list[Tensor]:
    """The weights after ``n`` steps on the same problem."""
    x = torch.linspace(-1, 1, 24).view(8, 3)
    y = x.sum(1, keepdim=True) ** 2
    for _ in range(n):
        ((net(x) - y) ** 2).mean().backward()
        step(optimiser)
    return [p.detach().clone() for p in net.parameters()]


def same_nets() -> tuple[nn.Module, nn.Module]:
    torch.manual_seed(3)
    a, b = (nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 1)) for _ in range(2))
    b.load_state_dict(a.state_dict())
    return a, b


def by_torch(optimiser: torch.optim.Optimizer) -> None:
    optimiser.step()
    optimiser.zero_grad()


@pytest.mark.parametrize("name", ["sgd", "momentum", "adam", "adamw"])
@pytest.mark.parametrize("workload", ["mlp", "gpt"])
def test_an_optimiser_takes_the_steps_of_torchs_own(name: str, workload: str) -> None:
    config = configs.make(
        workload, {"optimizer": name, "momentum": 0.8, "weight_decay": 0.3, "clip_norm": 1e9}
    )
    ours, theirs = same_nets()
    weights, spared = (
        [p for p in theirs.parameters() if (p.dim() > 1) == w] for w in (True, False)
    )
    betas = (0.8, 0.95 if workload == "gpt" else 0.999)
    reference: torch.optim.Optimizer
    if name == "sgd":
        reference = torch.optim.SGD(theirs.parameters(), lr=0.05)
    elif name == "momentum":
        reference = torch.optim.SGD(theirs.parameters(), lr=0.05, momentum=0.8)
    elif name == "adam":
        reference = torch.optim.Adam(theirs.parameters(), lr=0.05, betas=betas)
    else:
        groups = [{"params": weights, "weight_decay": 0.3}, {"params": spared, "weight_decay": 0.0}]
        reference = torch.optim.AdamW(groups, lr=0.05, betas=betas)
    found = steps_of(Optimiser(config, ours), ours, n=6, step=lambda o: o.step(0.05))
    wanted = steps_of(reference, theirs, n=6, step=by_torch)
    for a, b in zip(found, wanted, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-7)


def test_momentum_is_the_textbook_formula() -> None:
    """Polyak 1964: v <- m v + g, w <- w - r v."""
    weight = nn.Linear(1, 1, bias=False)
    nn.init.ones_(weight.weight)
    optimiser = Optimiser(linear(optimizer="momentum", momentum=0.5), weight)
    w, v = 1.0, 0.0
    for _ in range(4):
        optimiser.backward(3 * weight.weight.sum() ** 2)
        v = 0.5 * v + 6 * w
        w -= 0.01 * v
        optimiser.step(0.01)
        assert weight.weight.item() == pytest.approx(w)


def trained(**options: Any) -> Tensor:
    task = Line(linear(learning_rate=0.01, batch_size=16, **options))
    optimisers = task.optimisers()
    for step in range(500):
        task.update(task.net, optimisers, step, task.config.learning_rate)
    assert isinstance(task.model, nn.Linear)
    return task.model.weight.detach()


def test_l1_makes_weights_vanish_and_l2_makes_them_smaller() -> None:
    plain, l1, l2 = trained(), trained(l1=0.6), trained(l2=0.6)
    # The step is 0.01: a weight that L1 holds at zero swings by 0.01 x 0.6 about it.
    assert (plain.abs() > 0.1).sum() == 6
    assert (l1.abs() < 0.02).sum() == 2
    assert l2.norm() < 0.9 * plain.norm()
    assert (l2.abs() > 0.1).sum() == 6  # smaller, not sparser


def test_penalties_spare_vectors() -> None:
    layer = nn.Linear(2, 2)
    before = layer.bias.detach().clone()
    optimiser = Optimiser(linear(l1=1.0, l2=1.0), layer)
    optimiser.backward(layer.weight.sum() * 0 + layer.bias.sum() * 0)
    optimiser.step(0.1)
    assert torch.equal(layer.bias.detach(), before)


def test_clipping_bounds_the_norm_of_the_step() -> None:
    for clip, wanted in ((0.5, 0.5), (1e9, math.sqrt(4 * 100.0**2))):
        layer = nn.Linear(4, 1, bias=False)
        before = layer.weight.detach().clone()
        optimiser = Optimiser(linear(clip_norm=clip), layer)
        optimiser.backward(100 * layer.weight.sum())
        optimiser.step(1.0)
        assert (layer.weight.detach() - before).norm().item() == pytest.approx(wanted, rel=1e-4)


def rates(**options: Any) -> list[float]:
    config = linear(learning_rate=1.0, **options)
    return [learning_rate(config, step=step, progress=step / 100) for step in range(101)]


def test_schedules_have_their_shapes() -> None:
    assert set(rates(schedule="constant")) == {1.0}
    straight = rates(schedule="linear")
    assert (straight[0], straight[50], straight[100]) == pytest.approx((1.0, 0.55, 0.1))
    cosine = rates(schedule="cosine")
    assert (cosine[0], cosine[50], cosine[100]) == pytest.approx((1.0, 0.55, 0.1))
    assert cosine[25] > straight[25]  # flat at first
    assert all(a > b for a, b in pairwise(cosine))
    stairs = rates(schedule="step")
    assert sorted({round(r, 6) for r in stairs}) == [0.01, 0.1, 1.0]
    assert (stairs[33], stairs[34], stairs[66], stairs[67]) == pytest.approx((1, 0.1, 0.1, 0.01))


def test_warm_up_rises_to_the_rate_in_its_steps() -> None:
    warm = rates(schedule="constant", warmup_steps=10)
    assert warm[:10] == pytest.approx([n / 10 for n in range(1, 11)])
    assert set(warm[10:]) == {1.0}


def test_micro_batches_add_up_to_one_batch() -> None:
    after = []
    for accumulate, batch_size in ((1, 12), (4, 3)):
        task = Line(linear(accumulate=accumulate, batch_size=batch_size, optimizer="adam"))
        optimisers = task.optimisers()
        losses = [float(task.update(task.net, optimisers, step, 0.05)) for step in range(10)]
        after.append((losses, *(p.detach() for p in task.model.parameters())))
    assert after[0][0] == pytest.approx(after[1][0], rel=1e-5)
    torch.testing.assert_close(after[0][1:], after[1][1:])


def test_losses_are_those_of_torch() -> None:
    torch.manual_seed(0)
    model = nn.Linear(4, 3)
    x, labels = torch.randn(6, 4), torch.tensor([0, 1, 2, 2, 1, 0])
    cross = ClassifierLoss(model, loss="cross-entropy", label_smoothing=0.0)
    assert cross(x, labels).item() == pytest.approx(
        functional.cross_entropy(model(x), labels).item()
    )
    squared = ClassifierLoss(model, loss="mse", label_smoothing=0.0)
    wanted = functional.mse_loss(
        model(x).softmax(-1), functional.one_hot(labels).float(), reduction="sum"
    )
    assert squared(x, labels).item() == pytest.approx(wanted.item() / 6)


def test_smoothing_spreads_the_label_in_training_alone() -> None:
    model = nn.Identity()
    logits, labels = torch.tensor([[2.0, 0.0, -1.0]]), torch.tensor([0])
    smoothed = torch.tensor([[0.9 + 0.1 / 3, 0.1 / 3, 0.1 / 3]])
    loss = ClassifierLoss(model, loss="cross-entropy", label_smoothing=0.1)
    by_hand = -float((smoothed * logits.log_softmax(-1)).sum())
    assert float(loss(logits, labels)) == pytest.approx(by_hand)
    squared = ClassifierLoss(model, loss="mse", label_smoothing=0.1)
    by_hand = float(((logits.softmax(-1) - smoothed) ** 2).sum())
    assert float(squared(logits, labels)) == pytest.approx(by_hand)
    plain = ClassifierLoss(model, loss="cross-entropy", label_smoothing=0.0)
    assert float(loss.eval()(logits, labels)) == pytest.approx(float(plain(logits, labels)))
    assert float(loss(logits, labels)) < float(loss.train()(logits, labels))


def test_bf16_rounds_products_and_keeps_weights_and_losses_whole() -> None:
    bf16 = Setting(device=torch.device("cpu"), precision="bf16")
    layer, x = nn.Linear(64, 64), torch.randn(8, 64)
    with bf16.autocast():
        rounded = layer(x)
    with CPU.autocast():
        exact = layer(x)
    assert (rounded.dtype, exact.dtype, layer.weight.dtype) == (
        torch.bfloat16,
        torch.float32,
        torch.float32,
    )
    assert 0 < float((rounded.float() - exact).detach().abs().max()) < 0.1
