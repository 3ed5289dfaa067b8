"""Networks are what their names say: beside ``transformers``, the cost model, the counter."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
import torch
from torch import nn
from torch.nn import functional

from costmodel.workload import flops, hf_config
from lab import checkpoint, shapes
from lab.models import bert, decoder, pictures, rotary
from lab.models.flop import counted, training_flop
from lab.models.translator import BEGIN, PAD, TranslationLoss
from lab.workloads.gpt import LanguageModel, flop_per_token
from tests.lab.small import CPU, gpt, text_file, translator

Shape = Literal["gpt2", "llama"]
SHAPES: tuple[Shape, ...] = ("gpt2", "llama")


@pytest.fixture(autouse=True)
def seeded() -> Iterator[None]:
    torch.manual_seed(0)
    yield
    decoder._hidden.cache_clear()


def made(shape: Shape, *, dropout: float = 0.0, checkpointing: bool = False, **of: int) -> Any:
    hf = config_of(shape, **of)
    found = decoder.make(hf, dropout=dropout, checkpointing=checkpointing)
    with torch.no_grad():  # a fresh net is near zero everywhere, where errors do not show
        for parameter in found.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    return found


def config_of(shape: Shape, **of: int) -> dict[str, Any]:
    small = {"vocab_size": 101, "n_layers": 2, "d_model": 48, "n_heads": 4, "context_tokens": 24}
    return shapes.decoder_config(shape, **{**small, **of})


def folder_of(tmp_path: Path, model: nn.Module, hf: dict[str, Any]) -> Path:
    """As a run exports it."""
    checkpoint.save_weights(model, tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_text(json.dumps(hf), "utf-8")
    return tmp_path


@pytest.mark.parametrize("shape", SHAPES)
def test_a_decoder_gives_the_logits_of_transformers(tmp_path: Path, shape: Shape) -> None:
    from transformers import GPT2LMHeadModel, LlamaForCausalLM

    ours = made(shape).eval()
    folder_of(tmp_path, ours, config_of(shape))
    kind = GPT2LMHeadModel if shape == "gpt2" else LlamaForCausalLM
    loaded: Any = kind.from_pretrained(tmp_path, output_loading_info=True)
    theirs, told = loaded
    assert not any(told["missing_keys"])
    assert not any(told["unexpected_keys"])
    ids = torch.randint(0, 101, (3, 24))
    with torch.no_grad():
        a, b = ours(ids), theirs.eval()(ids).logits
    assert a.std() > 0.1
    torch.testing.assert_close(a, b, rtol=0, atol=1e-4)


def test_bert_gives_the_logits_of_transformers_the_mask_included(tmp_path: Path) -> None:
    from transformers import BertForSequenceClassification

    config = gpt_like_bert()
    hf = bert.hf_config(config, vocab_size=60, labels=["bad", "good", "so-so"])
    ours = bert.Bert(hf, dropout=0.0, checkpointing=False).eval()
    with torch.no_grad():
        for parameter in ours.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    folder_of(tmp_path, ours, hf)
    theirs: Any = BertForSequenceClassification.from_pretrained(tmp_path)
    theirs.eval()
    assert theirs.config.id2label == {0: "bad", 1: "good", 2: "so-so"}
    ids = torch.randint(2, 60, (3, 12))
    mask = torch.arange(12) < torch.tensor([[12], [7], [1]])
    ids[~mask] = 0
    with torch.no_grad():
        a = ours(ids, mask)
        b = theirs(
            input_ids=ids, attention_mask=mask.long(), token_type_ids=torch.zeros_like(ids)
        ).logits
        padded = ours(torch.where(mask, ids, 9), mask)
    assert a.std() > 0.01
    torch.testing.assert_close(a, b, rtol=0, atol=1e-4)
    torch.testing.assert_close(a, padded)  # what is under the padding does not matter


def gpt_like_bert(**options: Any) -> Any:
    from lab import config as configs

    small = {"n_layers": 2, "d_model": 32, "n_heads": 4, "context_tokens": 16}
    return configs.make("bert-sentiment", {**small, **options})


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("n_heads", [1, 4])
def test_parameters_are_those_that_the_cost_model_counts(shape: Shape, n_heads: int) -> None:
    of: dict[str, int] = {"d_model": 96, "n_layers": 3, "n_heads": n_heads, "vocab_size": 777}
    spec = hf_config.parse(json.dumps(config_of(shape, **of)).encode(), name="lab")
    model = decoder.make(config_of(shape, **of), dropout=0.0, checkpointing=False)
    assert sum(p.numel() for p in model.parameters()) == flops.parameter_count(spec).total


def test_parameters_of_bert_are_those_that_the_cost_model_counts() -> None:
    hf = bert.hf_config(gpt_like_bert(), vocab_size=600, labels=["a", "b"])
    spec = hf_config.parse(json.dumps(hf).encode(), name="lab")
    model = bert.Bert(hf, dropout=0.0, checkpointing=False)
    own_head = 2 * 32 + 2  # which the cost model says that it leaves out
    found = sum(p.numel() for p in model.parameters())
    assert found == flops.parameter_count(spec).total + own_head


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("length", [64, 128, 256])
def test_the_closed_form_of_flop_is_what_the_counter_sees(shape: Shape, length: int) -> None:
    of = {"n_layers": 4, "d_model": 128, "n_heads": 4, "vocab_size": 84, "context_tokens": length}
    hf = config_of(shape, **of)
    net = decoder.LanguageLoss(decoder.make(hf, dropout=0.0, checkpointing=False))
    ids = torch.randint(0, 84, (4, length))
    seen = counted(lambda: net(ids, ids).backward())
    spec = hf_config.parse(json.dumps(hf).encode(), name="lab")
    count = flops.parameter_count(spec).multiplied
    whole = 6 * count + flops.attention_flop_per_token(spec, context_tokens=length, causal=False)
    assert 4 * length * whole == pytest.approx(seen, rel=0.03)
    causal = flop_per_token(hf, length)
    assert 6 * count < causal < whole  # what MFU is made from takes the lower half alone


def test_the_flop_of_small_networks_are_what_the_counter_sees() -> None:
    x, labels = torch.randn(8, 1, 8, 8), torch.randint(0, 10, (8,))
    dense = pictures.Dense(n_inputs=64, n_classes=10, width=64, n_layers=2, act="relu", dropout=0.0)
    folded = pictures.Convolutional(
        channels=1, pixels=8, n_classes=10, width=64, act="gelu", dropout=0.0
    )
    # The counter leaves out the gradient to the pictures, which nobody wants.
    for net, first in ((dense, 2 * 64 * 64), (folded, 2 * 9 * 32 * 64)):

        def step(net: nn.Module = net) -> None:
            loss: Any = functional.cross_entropy(net(x), labels)
            loss.backward()

        seen = counted(step)
        assert training_flop(net, x) == pytest.approx(seen + 8 * first, rel=0.01)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("length", "dropout"), [(16, 0.0), (16, 0.1), (130, 0.0)])
def test_a_decoder_does_not_look_ahead(shape: Shape, length: int, dropout: float) -> None:
    """Whichever way attention is computed: multiplied out, fused, with dropout."""
    model = made(shape, dropout=dropout, context_tokens=length)
    ids = torch.randint(0, 101, (2, length))
    changed = ids.clone()
    changed[:, length // 2 :] = (changed[:, length // 2 :] + 1) % 101
    with torch.no_grad():
        torch.manual_seed(1)
        a = model(ids)
        torch.manual_seed(1)
        b = model(changed)
    torch.testing.assert_close(a[:, : length // 2], b[:, : length // 2])
    assert not torch.allclose(a[:, length // 2 :], b[:, length // 2 :])


def test_attention_multiplied_out_is_the_fused_one() -> None:
    q, k, v = torch.randn(3, 2, 4, 20, 8)
    fused = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
    torch.testing.assert_close(decoder.attend(q, k, v, dropout=0.0), fused)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_the_norm_and_its_gradients_are_those_of_torch_in_either_format(precision: str) -> None:
    x, gradient = torch.randn(2, 24, 64, dtype=torch.double).unbind(0)
    norm = decoder.RmsNorm(64)
    norm.weight.data.uniform_(0.5, 1.5)
    weight = norm.weight.detach().double().requires_grad_()
    expected_at = x.clone().requires_grad_()
    expected = functional.rms_norm(expected_at, (64,), weight, shapes.NORM_EPS)
    torch.autograd.backward([expected], [gradient])

    at = x.float().requires_grad_()
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "bf16"):
        found = norm(at)
    torch.autograd.backward([found], [gradient.float()])

    # Sums over a row are of fp32, also where matrix products are of bf16.
    ours, theirs = (found, at.grad, norm.weight.grad), (expected, expected_at.grad, weight.grad)
    for made, right in zip(ours, theirs, strict=True):
        assert made is not None
        assert right is not None
        torch.testing.assert_close(made.double(), right, rtol=1e-5, atol=1e-5)


def test_a_turn_is_a_rotation_of_each_pair_and_so_is_its_gradient() -> None:
    length, d_head = 5, 8
    cos, sin = (part.double() for part in rotary.tables(length, d_head, theta=100.0))
    x = torch.randn(3, length, d_head, dtype=torch.double, requires_grad=True)

    turned = rotary.turned(x, cos, sin)

    for k in range(d_head // 2):
        pair = torch.complex(x[..., k], x[..., k + d_head // 2])
        angle = torch.arange(length).double() * 100.0 ** (-2 * k / d_head)
        expected = pair * torch.polar(torch.ones_like(angle), angle)
        made = torch.complex(turned[..., k], turned[..., k + d_head // 2])
        torch.testing.assert_close(made, expected, rtol=1e-6, atol=1e-6)
    assert torch.autograd.gradcheck(lambda y: rotary.turned(y, cos, sin), (x,))


@pytest.mark.parametrize("shape", SHAPES)
def test_recomputed_activations_give_the_same_gradients(shape: Shape) -> None:
    ids = torch.randint(0, 101, (2, 24))
    found = []
    for checkpointing in (False, True):
        torch.manual_seed(0)
        net = decoder.LanguageLoss(made(shape, dropout=0.2, checkpointing=checkpointing))
        torch.manual_seed(5)
        loss = net(ids, ids.roll(-1, 1))
        loss.backward()
        found.append((loss.detach(), [p.grad for p in net.parameters()]))
    torch.testing.assert_close(found[0], found[1])


def test_recomputed_activations_of_bert_and_the_translator_are_the_same() -> None:
    ids = torch.randint(4, 50, (2, 10))
    mask = torch.ones_like(ids, dtype=torch.bool)
    grads = []
    for checkpointing in (False, True):
        torch.manual_seed(0)
        hf = bert.hf_config(gpt_like_bert(), vocab_size=60, labels=["a", "b"])
        encoder = bert.Bert(hf, dropout=0.1, checkpointing=checkpointing)
        both = translator(dropout=0.1, checkpointing=checkpointing)
        torch.manual_seed(5)
        encoder(ids, mask).sum().backward()
        both(ids, ids)[0].logsumexp(-1).sum().backward()
        grads.append([p.grad for m in (encoder, both) for p in m.parameters()])
    torch.testing.assert_close(grads[0], grads[1])


def test_dropout_is_of_training_alone() -> None:
    ids = torch.randint(0, 101, (1, 24))
    for shape in SHAPES:
        model = made(shape, dropout=0.5)
        assert not torch.equal(model(ids), model(ids))
        assert torch.equal(model.eval()(ids), model(ids))


def test_the_translator_looks_neither_ahead_nor_at_padding() -> None:
    model = translator().eval()
    source = torch.tensor([[5, 6, 7, PAD, PAD], [8, 9, 10, 11, 12]])
    target = torch.tensor([[BEGIN, 5, 6, 7], [BEGIN, 8, 9, 10]])
    with torch.no_grad():
        logits, _ = model(source, target)
        later = target.clone()
        later[:, 3] = 20
        ahead, _ = model(source, later)
        short, _ = model(source[:1, :3], target[:1])
    torch.testing.assert_close(logits[:, :3], ahead[:, :3])
    assert not torch.allclose(logits[:, 3], ahead[:, 3])
    torch.testing.assert_close(logits[:1], short)
    with torch.no_grad():
        other, _ = model(torch.tensor([[5, 6, 8, PAD, PAD]]), target[:1])
    assert not torch.allclose(other, logits[:1])  # it does read the source


def test_padding_of_the_target_costs_nothing() -> None:
    loss = TranslationLoss(translator(), label_smoothing=0.0).eval()
    source, target = torch.tensor([[5, 6, 7]]), torch.tensor([[BEGIN, 5, 6, 2]])
    padded = functional.pad(target, (0, 3), value=PAD)
    torch.testing.assert_close(loss(source, target), loss(source, padded))


def test_training_goes_on_after_a_sample(tmp_path: Path) -> None:
    """Sampling at the training's own length leaves nothing behind that it cannot use."""
    task = LanguageModel(gpt(text_file(tmp_path), dropout=0.0), CPU)
    optimisers = task.optimisers()
    task.sample()
    assert task.net.training
    before = float(task.update(task.net, optimisers, 0, 1e-2))
    task.sample()
    after = [float(task.update(task.net, optimisers, step, 1e-2)) for step in range(1, 20)]
    assert after[-1] < before


def test_bf16_trains_close_to_fp32_and_is_not_it(tmp_path: Path) -> None:
    from lab.task import Setting

    found = []
    for precision in ("fp32", "bf16"):
        torch.manual_seed(0)
        setting = Setting(device=torch.device("cpu"), precision=precision)
        task = LanguageModel(gpt(text_file(tmp_path)), setting)
        optimisers = task.optimisers()
        found.append([float(task.update(task.net, optimisers, n, 1e-2)) for n in range(30)])
    exact, rounded = found
    assert exact != rounded
    assert rounded == pytest.approx(exact, rel=0.05)
    assert rounded[-1] < rounded[0] - 0.5
