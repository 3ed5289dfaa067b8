"""Continuing a text: temperature and top-k sampling."""

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray

from costmodel.messages import check_within
from lab.models.decoder import Decoder

_HOTTEST = 10.0
_LONGEST = 100_000


def generate(
    decoder: Decoder,
    prompt: NDArray[np.int64],
    *,
    n_tokens: int,
    temperature: float = 1.0,
    top_k: int | None = None,
    seed: int = 0,
) -> list[int]:
    """The ``n_tokens`` ids after ``prompt``; see ``stream``."""
    return list(
        stream(decoder, prompt, n_tokens=n_tokens, temperature=temperature, top_k=top_k, seed=seed)
    )


def stream(
    decoder: Decoder,
    prompt: NDArray[np.int64],
    *,
    n_tokens: int,
    temperature: float = 1.0,
    top_k: int | None = None,
    seed: int = 0,
) -> Iterator[int]:
    """One id after another, drawn from ``softmax(logits / temperature)`` over the ``top_k``.

    Temperature 0 takes the likeliest. The decoder sees its own context's worth of tokens
    before the new one. Raises ``InputError`` for a temperature or count that cannot be.
    """
    check_within("temperature", temperature, 0.0, _HOTTEST)
    check_within("n_tokens", n_tokens, 1, _LONGEST)
    if top_k is not None:
        check_within("top_k", top_k, 1, _LONGEST)
    device = next(decoder.parameters()).device
    rng = torch.Generator().manual_seed(seed)
    ids = torch.from_numpy(prompt if len(prompt) else np.zeros(1, np.int64)).to(device)[None]
    training = decoder.training
    decoder.eval()
    try:
        with torch.inference_mode():
            for _ in range(n_tokens):
                logits = decoder(ids[:, -decoder.context_tokens :])[0, -1].float().cpu()
                best = logits.topk(min(top_k or len(logits), len(logits)))
                if temperature == 0:
                    place = torch.zeros(1, dtype=torch.long)
                else:
                    # The largest taken off first, or a low temperature would overflow.
                    shares = torch.softmax((best.values - best.values[0]) / temperature, 0)
                    place = torch.multinomial(shares, 1, generator=rng)
                chosen = best.indices[place]
                yield int(chosen)
                ids = torch.cat((ids, chosen.to(device)[None]), 1)
    finally:
        decoder.train(training)
