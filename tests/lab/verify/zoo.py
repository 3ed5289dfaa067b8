"""Small models, really trained, of known origin: what provenance is measured on.

Six families (architecture, tokenizer, learning rate) of several seeds, and what can be made of
a model: fine-tuned, continued, pruned, quantised, merged, renumbered. ``python -m
tests.lab.verify.zoo FOLDER`` trains them all; a folder that is there is left as it is.
"""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from torch import Tensor, nn

from lab.corpora import text

_BATCH: Final = 12
_LENGTH: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """An architecture with its tokenizer, its learning rate and its steps: what models of one
    family share. The slower it learns, the less a start differs from what came of it.
    """

    name: str
    make: Callable[[int], nn.Module]
    vocab_size: int
    is_masked: bool = False
    rate: float = 2e-3
    steps: int = 300


def _gpt2(vocab: int) -> nn.Module:
    from transformers import GPT2Config, GPT2LMHeadModel

    config = GPT2Config(
        vocab_size=vocab, n_embd=64, n_layer=3, n_head=4, n_positions=128, bos_token_id=0,
        eos_token_id=0, resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0,
    )  # fmt: skip
    return GPT2LMHeadModel(config)


def _llama(vocab: int) -> nn.Module:
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=vocab, hidden_size=64, num_hidden_layers=3, num_attention_heads=4,
        num_key_value_heads=2, intermediate_size=176, max_position_embeddings=128,
        bos_token_id=0, eos_token_id=0, pad_token_id=0, tie_word_embeddings=False,
    )  # fmt: skip
    return LlamaForCausalLM(config)


def _slow_gpt2(vocab: int) -> nn.Module:
    from transformers import GPT2Config, GPT2LMHeadModel

    config = GPT2Config(
        vocab_size=vocab, n_embd=128, n_layer=4, n_head=4, n_positions=96, bos_token_id=0,
        eos_token_id=0,
    )  # fmt: skip
    return GPT2LMHeadModel(config)


def _qwen2(vocab: int) -> nn.Module:
    from transformers import Qwen2Config, Qwen2ForCausalLM

    config = Qwen2Config(
        vocab_size=vocab, hidden_size=96, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=4, intermediate_size=192, max_position_embeddings=128,
        bos_token_id=0, eos_token_id=0, pad_token_id=0, tie_word_embeddings=True,
    )  # fmt: skip
    return Qwen2ForCausalLM(config)


def _neox(vocab: int) -> nn.Module:
    from transformers import GPTNeoXConfig, GPTNeoXForCausalLM

    config = GPTNeoXConfig(
        vocab_size=vocab, hidden_size=64, num_hidden_layers=4, num_attention_heads=4,
        intermediate_size=256, max_position_embeddings=128, bos_token_id=0, eos_token_id=0,
    )  # fmt: skip
    return GPTNeoXForCausalLM(config)


def _bert(vocab: int) -> nn.Module:
    from transformers import BertConfig, BertForMaskedLM

    config = BertConfig(
        vocab_size=vocab, hidden_size=64, num_hidden_layers=3, num_attention_heads=4,
        intermediate_size=256, max_position_embeddings=128, pad_token_id=0,
        hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
    )  # fmt: skip
    return BertForMaskedLM(config)


FAMILIES: Final = {
    family.name: family
    for family in (
        Family(name="gpt2", make=_gpt2, vocab_size=512),
        Family(name="llama", make=_llama, vocab_size=512),
        Family(name="qwen2", make=_qwen2, vocab_size=1024),
        Family(name="neox", make=_neox, vocab_size=384),
        Family(name="bert", make=_bert, vocab_size=512, is_masked=True),
        Family(name="slow gpt2", make=_slow_gpt2, vocab_size=280, rate=6e-4, steps=250),
    )
}


@cache
def corpus(name: str) -> str:
    """A text to train on: ``plays``, or ``help`` of another kind altogether."""
    found = text.python_help() if name == "help" else text.shakespeare()
    whole = found.text
    if name == "late plays":
        return whole[len(whole) // 2 :]
    return whole[: len(whole) // 2]


@cache
def tokenizer(vocab_size: int) -> Tokenizer:
    """Byte pieces learnt from the plays."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.train_from_iterator(
        [corpus("plays")[:400_000]],
        trainers.BpeTrainer(
            vocab_size=vocab_size,
            special_tokens=["<s>"],
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    return made


@cache
def _ids(vocab_size: int, name: str) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.asarray(tokenizer(vocab_size).encode(corpus(name)[:1_500_000]).ids, np.int64)


def train(
    family: Family, model: nn.Module, data: str, *, seed: int, steps: int, rate: float
) -> nn.Module:
    """Some steps of AdamW with a warm-up and a cosine, as everybody trains."""
    rng = np.random.default_rng(seed)
    ids = _ids(family.vocab_size, data)
    optimiser = torch.optim.AdamW(
        [p for p in model.parameters() if p.requires_grad],
        lr=rate, betas=(0.9, 0.95), weight_decay=0.1,
    )  # fmt: skip
    model.train()
    for step in range(steps):
        share = min((step + 1) / 20, 0.55 + 0.45 * np.cos(np.pi * step / steps))
        for group in optimiser.param_groups:
            group["lr"] = rate * share
        at = rng.integers(0, len(ids) - _LENGTH, _BATCH)
        batch = torch.from_numpy(np.stack([ids[i : i + _LENGTH] for i in at]))
        labels = batch
        if family.is_masked:
            hidden = torch.from_numpy(rng.random(batch.shape) < 0.15)
            labels = batch.where(hidden, -100)
            batch = batch.where(~hidden, 0)
        loss = model(input_ids=batch, labels=labels).loss
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad()
    model.eval()
    return model


def save(model: nn.Module, family: Family, folder: Path) -> Path:
    """A Hugging Face folder."""
    model.save_pretrained(folder)  # type: ignore[operator]
    tokenizer(family.vocab_size).save(str(folder / "tokenizer.json"))
    return folder


def load(family: Family, folder: Path) -> nn.Module:
    """The model of a folder, trained on or changed from here."""
    model = fresh(family, 0)
    model.load_state_dict(load_file(folder / "model.safetensors"), strict=False)
    model.tie_weights()  # type: ignore[operator]
    return model


def fresh(family: Family, seed: int) -> nn.Module:
    """A model that nobody trained."""
    torch.manual_seed(seed)
    return family.make(family.vocab_size)


# What can be made of a model.


def _matrices(model: nn.Module) -> Iterator[Tensor]:
    seen = set()
    for parameter in model.parameters():
        if parameter.ndim == 2 and parameter.data_ptr() not in seen:
            seen.add(parameter.data_ptr())
            yield parameter.data


def prune(model: nn.Module, share: float) -> nn.Module:
    """The smallest ``share`` of each matrix is zero."""
    for weight in _matrices(model):
        limit = weight.abs().flatten().kthvalue(max(1, int(share * weight.numel()))).values
        weight[weight.abs() <= limit] = 0
    return model


def quantise(model: nn.Module, bits: int) -> nn.Module:
    """Each row on ``2**bits`` levels, stored as numbers again."""
    top = 2 ** (bits - 1) - 1
    for weight in _matrices(model):
        scale = weight.abs().amax(1, keepdim=True).clamp_min(1e-12) / top
        weight.copy_((weight / scale).round() * scale)
    return model


def merge(model: nn.Module, other: nn.Module, share: float) -> nn.Module:
    """``share`` of ``other`` mixed in."""
    theirs = dict(other.named_parameters())
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.mul_(1 - share).add_(share * theirs[name])
    return model


def low_rank(model: nn.Module, seed: int) -> nn.Module:
    """Updates of rank 4 added to every matrix of the layers, as large as a fine-tune's."""
    g = torch.Generator().manual_seed(seed)
    for weight in _matrices(model):
        rows, columns = weight.shape
        a, b = torch.randn(rows, 4, generator=g), torch.randn(4, columns, generator=g)
        update = a @ b
        weight.add_(update * (0.3 * weight.std() / update.std()))
    return model


def renumber_llama(folder: Path, seed: int) -> dict[str, Tensor]:
    """The same function with hidden units, neurons and their order changed."""
    weights = load_file(folder / "model.safetensors")
    g = torch.Generator().manual_seed(seed)
    width = weights["model.embed_tokens.weight"].shape[1]
    order = torch.randperm(width, generator=g)
    found = {}
    for name, w in weights.items():
        if w.ndim == 1 or name.endswith(
            ("embed_tokens.weight", "lm_head.weight", "q_proj.weight", "k_proj.weight",
             "v_proj.weight", "gate_proj.weight", "up_proj.weight")
        ):  # fmt: skip
            found[name] = w[..., order].contiguous()
        else:
            found[name] = w[order].contiguous()
    for name in [n for n in found if n.endswith("gate_proj.weight")]:
        neurons = torch.randperm(found[name].shape[0], generator=g)
        found[name] = found[name][neurons].contiguous()
        up, down = name.replace("gate", "up"), name.replace("gate", "down")
        found[up] = found[up][neurons].contiguous()
        found[down] = found[down][:, neurons].contiguous()
    return found


def build(root: Path) -> None:
    """Train every model that is missing under ``root``."""
    torch.set_num_threads(1)
    for family in FAMILIES.values():
        for name, make in _recipes(root, family):
            folder = root / family.name / name
            if not (folder / "model.safetensors").is_file():
                save(make(), family, folder)
                print(family.name, name, flush=True)
        if family.name == "llama":
            for name in ("base-1", "other-text"):
                folder = root / "llama" / f"renumbered {name}"
                if not folder.is_dir():
                    folder.mkdir()
                    source = root / "llama" / name
                    save_file(renumber_llama(source, 5), folder / "model.safetensors")
                    for file in ("config.json", "tokenizer.json"):
                        (folder / file).write_bytes((source / file).read_bytes())


def _recipes(root: Path, family: Family) -> Iterator[tuple[str, Callable[[], nn.Module]]]:
    """Name and making of each model of a family, the ones it is made of first."""

    def base(name: str = "base-1") -> nn.Module:
        return load(family, root / family.name / name)

    steps, rate = family.steps, family.rate

    def trained(seed: int, data: str = "plays", *, longer: int = 1, batches: int = 0) -> nn.Module:
        fresh_one = fresh(family, seed)
        n = longer * steps
        return train(family, fresh_one, data, seed=batches or seed + 100, steps=n, rate=rate)

    def on(model: nn.Module, data: str, n: int, at: float) -> nn.Module:
        return train(family, model, data, seed=77, steps=n, rate=at)

    yield "base-1", lambda: trained(1)
    yield "base-2", lambda: trained(2)
    yield "base-3", lambda: trained(3, "help")
    # From the same start as base-1, and nothing of its training.
    yield "start-1 other data", lambda: trained(1, "help")
    yield (
        "start-1 same data",
        lambda: trained(1, batches=900),
    )
    yield "start-1 longer", lambda: trained(1, "late plays", longer=2)
    # Of base-1.
    yield "tuned", lambda: on(base(), "late plays", steps // 3, rate / 4)
    yield "other-text", lambda: on(base(), "help", 2 * steps // 3, rate / 2)
    yield "continued", lambda: on(base(), "help", 2 * steps, rate)
    yield "pruned 50", lambda: prune(base(), 0.5)
    yield "pruned 80", lambda: prune(base(), 0.8)
    yield "pruned and tuned", lambda: on(prune(base(), 0.7), "help", steps // 3, rate / 2)
    yield "int8", lambda: quantise(base(), 8)
    yield "int4", lambda: quantise(base(), 4)
    yield "bf16", lambda: base().to(torch.bfloat16)
    yield "low rank", lambda: low_rank(base(), 3)
    yield "merged tunes", lambda: merge(base("tuned"), base("other-text"), 0.5)
    yield "merged with a stranger", lambda: merge(base(), base("base-2"), 0.5)
    # Of base-2: no kin of base-1.
    yield "tuned 2", lambda: on(base("base-2"), "help", 2 * steps // 3, rate / 2)
    yield "continued 2", lambda: on(base("base-2"), "help", 2 * steps, rate)


def main() -> None:
    """Train them all."""
    root = Path(sys.argv[1])
    root.mkdir(parents=True, exist_ok=True)
    (root / "families.json").write_text(json.dumps(list(FAMILIES)), "utf-8")
    build(root)


if __name__ == "__main__":
    main()
