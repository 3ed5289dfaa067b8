"""A text is continued by temperature and top-k as they are asked for."""

from typing import Any

import numpy as np
import pytest
import torch

from costmodel.messages import InputError
from lab.models import decoder
from lab.models.decoder import Decoder
from lab.models.generate import generate
from lab.shapes import decoder_config


def made(*, context_tokens: int = 24) -> Decoder:
    torch.manual_seed(0)
    hf = decoder_config(
        "llama", vocab_size=101, n_layers=2, d_model=48, n_heads=4, context_tokens=context_tokens
    )
    found = decoder.make(hf, dropout=0.0, checkpointing=False)
    with torch.no_grad():  # a fresh net finds every token about as likely
        for parameter in found.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    return found


def test_the_likeliest_token_is_what_temperature_zero_and_top_one_take() -> None:
    model = made()
    prompt = np.array([3, 1, 4], np.int64)
    greedy = generate(model, prompt, n_tokens=30, temperature=0.0)
    assert generate(model, prompt, n_tokens=30, top_k=1, seed=9) == greedy
    assert generate(model, prompt, n_tokens=30, temperature=1e-30, seed=9) == greedy
    ids = torch.tensor([[3, 1, 4]])
    for wanted in greedy:  # longer than the context: the last tokens are what it sees
        with torch.no_grad():
            assert int(model(ids[:, -24:])[0, -1].argmax()) == wanted
        ids = torch.cat((ids, torch.tensor([[wanted]])), 1)


def test_a_seed_repeats_and_another_differs() -> None:
    model = made()
    prompt = np.zeros(0, np.int64)
    one, again, other = (generate(model, prompt, n_tokens=40, seed=s) for s in (1, 1, 2))
    assert one == again != other


def test_top_k_draws_among_the_likeliest_alone_and_temperature_spreads() -> None:
    model = made(context_tokens=2)
    prompt = np.array([7], np.int64)
    with torch.no_grad():
        best = set(model(torch.tensor([[7]]))[0, -1].topk(3).indices.tolist())
    drawn = {generate(model, prompt, n_tokens=1, top_k=3, seed=s)[0] for s in range(60)}
    assert drawn == best
    cold, hot = (
        len({generate(model, prompt, n_tokens=1, temperature=t, seed=s)[0] for s in range(60)})
        for t in (0.05, 5.0)
    )
    assert cold < hot


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("temperature", -0.1),
        ("temperature", float("nan")),
        ("temperature", 11.0),
        ("top_k", 0),
        ("n_tokens", 0),
    ],
)
def test_a_way_to_sample_that_cannot_be_is_refused(field: str, value: float) -> None:
    asked: dict[str, Any] = {"n_tokens": 3, field: value}
    with pytest.raises(InputError) as refused:
        generate(made(), np.zeros(1, np.int64), **asked)
    assert refused.value.field == field
