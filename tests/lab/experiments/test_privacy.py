"""DP-SGD: epsilon's order, per-example gradients by two ways, and position ids."""

import warnings
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional

from lab import config as configs
from lab import shapes
from lab.experiments import private
from lab.models import decoder as decoders
from lab.models.bert import Bert, hf_config

pytest.importorskip("opacus")

RATE, STEPS, DELTA = 128 / 1528, 240, 6.5e-5


def test_more_noise_is_a_smaller_epsilon_and_more_steps_a_larger_one() -> None:
    spent = [
        private.epsilon(noise=noise, sample_rate=RATE, steps=STEPS, delta=DELTA)
        for noise in (0.8, 1.2, 2.0, 4.0)
    ]
    assert spent == sorted(spent, reverse=True)
    assert len(set(spent)) == len(spent)
    longer = private.epsilon(noise=2.0, sample_rate=RATE, steps=2 * STEPS, delta=DELTA)
    assert longer > spent[2]


def test_epsilon_is_near_the_measured_one() -> None:
    """LAB: 1,347 examples, batch 128, 20 epochs, delta 7.4e-5: PRV 6.0 at noise 1.2."""
    steps = round(20 * 1347 / 128)
    found = private.epsilon(noise=1.2, sample_rate=128 / 1347, steps=steps, delta=7.4e-5)
    assert found == pytest.approx(6.01, rel=0.05)


def test_the_noise_for_an_epsilon_keeps_to_it() -> None:
    noise = private.noise_for(epsilon=3.0, sample_rate=RATE, steps=STEPS, delta=DELTA)
    spent = private.epsilon(noise=noise, sample_rate=RATE, steps=STEPS, delta=DELTA)
    assert 2.9 <= spent <= 3.01


def gpt() -> decoders.Decoder:
    torch.manual_seed(0)
    hf = shapes.decoder_config(
        "gpt2", vocab_size=20, n_layers=2, d_model=16, n_heads=2, context_tokens=8, dropout=0.0
    )
    return decoders.make(hf, dropout=0.0, checkpointing=False)


def language_loss(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    return functional.cross_entropy(logits.flatten(0, 1), targets.flatten())


def test_example_gradients_of_our_decoder_are_those_of_single_batches() -> None:
    """Tied embeddings and rows that are not examples included."""
    model = gpt()
    ids = torch.randint(0, 20, (3, 8), generator=torch.Generator().manual_seed(0))
    targets = ids.roll(-1, 1)
    found = private.example_gradients(model, language_loss, (ids, targets))
    for row in range(3):
        model.zero_grad()
        loss: Any = language_loss(model(ids[row : row + 1]), targets[row : row + 1])
        loss.backward()
        for name, parameter in model.named_parameters():
            assert parameter.grad is not None
            torch.testing.assert_close(found[name][row], parameter.grad, atol=1e-6, rtol=1e-4)


def test_a_private_step_of_our_decoder_moves_every_weight_by_no_more_than_it_may() -> None:
    model = gpt()
    before = [p.detach().clone() for p in model.parameters()]
    inner = torch.optim.SGD(model.parameters(), lr=1.0)
    optimiser = private.dp_optimiser(inner, noise=0.0, clip_norm=0.5, batch_size=4, seed=0)
    ids = torch.randint(0, 20, (4, 8), generator=torch.Generator().manual_seed(0))
    private.private_step(model, language_loss, (ids, ids.roll(-1, 1)), optimiser)
    moved = [a.detach() - b for a, b in zip(model.parameters(), before, strict=True)]
    assert all(bool(part.abs().sum() > 0) for part in moved)
    # Four examples clipped at a half, their sum over four: at most a half, with rate one.
    assert float(torch.stack([part.norm() for part in moved]).norm()) <= 0.5 + 1e-5


def test_a_private_step_of_our_encoder_works() -> None:
    torch.manual_seed(0)
    config = configs.make("bert-sentiment", {"d_model": 16, "n_heads": 2, "n_layers": 1})
    model = Bert(
        hf_config(config, vocab_size=30, labels=["a", "b"]), dropout=0.0, checkpointing=False
    )
    inner = torch.optim.SGD(model.parameters(), lr=0.1)
    optimiser = private.dp_optimiser(inner, noise=1.0, clip_norm=1.0, batch_size=3, seed=0)
    ids = torch.randint(0, 30, (3, 6))
    batch = ids, torch.ones_like(ids, dtype=torch.bool), torch.tensor([0, 1, 0])
    private.private_step(model, functional.cross_entropy, batch, optimiser)
    assert all(bool(p.isfinite().all()) for p in model.parameters())


def test_hooks_and_examples_agree() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Flatten(), nn.Linear(16, 8), nn.ReLU(), nn.Linear(8, 3))
    x, y = torch.randn(5, 1, 4, 4), torch.tensor([0, 1, 2, 0, 1])
    found = private.example_gradients(model, functional.cross_entropy, (x, y))
    hooked: Any = private.hooked(model)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Full backward hook is firing")
        loss: Any = functional.cross_entropy(hooked(x), y)
        loss.backward()
    for name, parameter in model.named_parameters():
        mine = parameter.grad_sample  # type: ignore[attr-defined]
        torch.testing.assert_close(found[name], mine, atol=1e-6, rtol=1e-4)


def test_the_librarys_gpt2_needs_explicit_places() -> None:
    """Without them the step fails, though the validator is content; with them it works."""
    transformers = pytest.importorskip("transformers")
    config = transformers.GPT2Config(
        vocab_size=20,
        n_positions=8,
        n_embd=16,
        n_layer=1,
        n_head=2,
        resid_pdrop=0.0,
        embd_pdrop=0.0,
        attn_pdrop=0.0,
    )
    ids = torch.randint(0, 20, (3, 8), generator=torch.Generator().manual_seed(0))

    def step(**places: torch.Tensor) -> None:
        torch.manual_seed(0)
        model: Any = private.hooked(transformers.GPT2LMHeadModel(config).train())
        inner = torch.optim.SGD(model.parameters(), lr=0.1)
        optimiser = private.dp_optimiser(inner, noise=1.0, clip_norm=1.0, batch_size=3, seed=0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            loss: Any = language_loss(model(input_ids=ids, **places).logits, ids.roll(-1, 1))
            loss.backward()
        optimiser.step()

    step(**private.explicit_places(ids))
    with pytest.raises(RuntimeError, match="equal size"):
        step()
