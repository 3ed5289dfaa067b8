"""What a translator learns from, how it treats words that it never saw, what it settles on."""

from pathlib import Path

import numpy as np
import pytest
import torch

from lab import config as configs
from lab import tokens
from lab.alignment import align, spans
from lab.models.translator import (
    BEGIN,
    END,
    MARK,
    N_MARKS,
    PAD,
    UNKNOWN,
    TranslationLoss,
    Translator,
)
from lab.tokens import Characters, Words
from lab.translation_examples import Example, Examples
from lab.workloads.seq2seq import Translation
from tests.lab.small import CPU, translator

COLOURS = {"red": "红", "green": "绿", "blue": "蓝", "black": "黑", "white": "白"}
THINGS = {"dog": "狗", "cat": "猫", "bird": "鸟", "fish": "鱼", "horse": "马", "cow": "牛"}
PAIRS = [(f"{e} {t}", f"{c}色的{z}") for e, c in COLOURS.items() for t, z in THINGS.items()]


def made(*, least: int = 0, n_marks: int = 3) -> tuple[Examples, Words, Characters]:
    words = Words.of((s for s, _ in PAIRS), n_unknown=n_marks, most=1000)
    characters = Characters.of(t for _, t in PAIRS)
    examples = Examples(PAIRS, range(len(PAIRS)), source=words, target=characters, most=12)
    assert len(examples) == len(PAIRS)
    return examples, words, characters


def read(example: Example, words: Words, characters: Characters) -> tuple[str, str]:
    """Marks as digits."""
    n = words.n_unknown
    source = [str(i) if i < n else words.known[i - n] for i in example.source.tolist()]
    target = [str(i) if i < n else characters.decode([i - n]) for i in example.target.tolist()]
    return " ".join(source), "".join(target)


def test_words_are_those_between_spaces_and_single_chinese_characters() -> None:
    assert tokens.words("Left-facing fist, 3.5%") == [
        "Left-facing",
        "fist",
        ",",
        "3",
        ".",
        "5",
        "%",
    ]
    assert tokens.words("我爱Python代码") == ["我", "爱", "Python", "代", "码"]
    assert tokens.words("") == []


def test_unknown_words_are_numbered_in_their_order() -> None:
    words = Words.of(["a cat and a dog"], n_unknown=2, most=10)
    ids = words.encode("a Fox and Bear and Cat or elk")
    known = {word: words.encode(word)[0] for word in ("a", "and", "cat")}
    assert ids.tolist() == [known["a"], 0, known["and"], 1, known["and"], known["cat"], 1, 1]
    assert words.unknown("a Fox and Bear and Cat or elk") == ["Fox", "Bear", "or", "elk"]
    assert words.vocab_size == 2 + 4
    assert Words.of(["a cat and a dog"], n_unknown=2, most=1).known == ["a"]


def test_spans_are_linked_to_each_other_and_to_nothing_else() -> None:
    crossing = {(0, 1), (1, 0), (2, 2)}
    assert set(spans(crossing, 3, most_words=2)) == {
        (0, 0, 1, 1),
        (1, 1, 0, 0),
        (2, 2, 2, 2),
        (0, 1, 0, 1),
    }
    shared = {(0, 0), (1, 0)}
    assert set(spans(shared, 2, most_words=4)) == {(0, 1, 0, 0)}


def test_a_pair_left_alone_is_the_pair() -> None:
    examples, words, characters = made()
    rng = np.random.default_rng(0)
    for row, (source, target) in enumerate(PAIRS):
        drawn = examples.draw(row, rng, changed=False)
        assert read(drawn, words, characters) == (source, target)
        assert len(drawn.links) == len(target)


def test_changed_pairs_are_still_translations() -> None:
    """Whatever is cut, joined and hidden: what is left of the source is translated, in order
    of the alignment, and a mark stands on both sides or on neither.
    """
    examples, words, characters = made()
    rng = np.random.default_rng(1)
    meaning = {**COLOURS, **THINGS}
    seen = set()
    for _ in range(300):
        drawn = examples.draw(int(rng.integers(len(PAIRS))), rng, changed=True)
        source, target = read(drawn, words, characters)
        parts = source.split()
        for word in parts:
            assert word.isdigit() or meaning[word] in target
        assert {c for c in target if c.isdigit()} <= set(parts)
        assert len(drawn.links) == len(drawn.target)
        assert all(i < len(parts) for linked in drawn.links for i in linked)
        seen |= {("cut", len(parts) == 1), ("joined", len(parts) > 2), ("mark", "0" in parts)}
    assert {("cut", True), ("joined", True), ("mark", True)} <= seen


def test_rare_words_are_hidden_more_often_than_common_ones() -> None:
    pairs = [("the cat", "那只猫"), *((f"the word{n}", f"那只{n}") for n in range(60))]
    words = Words.of((s for s, _ in pairs), n_unknown=2, most=1000)
    characters = Characters.of(t for _, t in pairs)
    examples = Examples(pairs, range(len(pairs)), source=words, target=characters, most=9)
    rng = np.random.default_rng(0)
    counts = np.zeros(2)
    n = 0
    for _ in range(2000):
        source = examples.draw(0, rng, changed=True).source
        if len(source) == 2:  # the pair itself
            counts += source < 2
            n += 1
    assert counts[1] / n == pytest.approx(0.7 / 1.7, abs=0.05)  # "cat" stands in one group
    assert counts[0] / n < 0.05  # "the" in all


def test_groups_of_near_copies_are_drawn_less_often() -> None:
    words = Words.of((s for s, _ in PAIRS), n_unknown=2, most=1000)
    characters = Characters.of(t for _, t in PAIRS)
    groups = [0] * (len(PAIRS) - 1) + [1]
    examples = Examples(PAIRS, groups, source=words, target=characters, most=9)
    assert examples.shares.sum() == pytest.approx(1)
    assert examples.shares[-1] > 2 * examples.shares[0]
    assert examples.shares[-1] < examples.shares[:-1].sum()


def test_alignment_finds_the_words() -> None:
    source = [s.split() for s, _ in PAIRS]
    target = [list(t) for _, t in PAIRS]
    for (english, chinese), links in zip(PAIRS, align(source, target), strict=True):
        colour, thing = english.split()
        assert (0, chinese.index(COLOURS[colour])) in links
        assert (1, chinese.index(THINGS[thing])) in links


@pytest.fixture
def net() -> Translator:
    torch.manual_seed(0)
    return translator()


def none_copied(source: torch.Tensor) -> torch.Tensor:
    return torch.zeros(len(source), N_MARKS, dtype=torch.bool)


def test_a_translation_has_only_marks_that_are_copied(net: Translator) -> None:
    with torch.no_grad():
        net.target.weight[MARK : UNKNOWN + 1] *= 30  # marks would win everywhere
    source = torch.tensor([[MARK, 20, 21], [22, 23, PAD]])
    copied = none_copied(source)
    copied[0, 0] = True
    found = net.eval().translate(source, copied, most_tokens=10, per_token=0.0)
    first, second = found.tolist()
    assert set(first) & set(range(MARK, UNKNOWN)) <= {MARK}
    assert not set(second) & set(range(MARK, UNKNOWN))
    for line in (first, second):
        assert BEGIN not in line
        assert UNKNOWN not in line
        if END in line:
            assert not any(line[line.index(END) + 1 :])


def test_beam_search_finds_what_is_likelier_than_the_greedy_one(net: Translator) -> None:

    def chance(source: torch.Tensor, found: torch.Tensor) -> torch.Tensor:
        with_begin = torch.cat((torch.full((len(found), 1), BEGIN), found), 1)
        logits = net(source, with_begin[:, :-1])[0]
        each = logits.log_softmax(-1).gather(-1, found[..., None])[..., 0]
        total: torch.Tensor = (each * (found != PAD)).sum(-1)
        return total

    source = torch.randint(10, 60, (40, 5))
    net.eval()
    with torch.no_grad():
        net.target.weight *= 3  # peaked enough to end, not enough to be certain
        greedy, beam = (
            chance(
                source,
                net.translate(source, none_copied(source), most_tokens=10, beam=n, per_token=0.0),
            )
            for n in (1, 4)
        )
    assert beam.mean() > greedy.mean()


def test_characters_earn_up_to_the_length_of_what_they_look_at(net: Translator) -> None:
    """One source token of three characters, and a reward that outweighs all else: never fewer
    than three, and three where the sentence would rather end.
    """
    source = torch.randint(10, 60, (40, 1))
    copied = none_copied(source)
    with torch.no_grad():
        net.target.weight *= 3
        net.target.weight[END] *= 3
    net.lengths[:] = 3.0
    found = net.eval().translate(source, copied, most_tokens=10, per_token=500.0)
    counts = (found >= UNKNOWN).sum(1)
    assert counts.min() == 3
    plain = net.translate(source, copied, most_tokens=10, per_token=0.0)
    assert counts.float().mean() > (plain >= UNKNOWN).sum(1).float().mean()
    net.lengths[:] = 0.0  # nothing is owed: the reward is of no matter
    assert torch.equal(net.translate(source, copied, most_tokens=10, per_token=500.0), plain)


def test_lengths_are_the_mean_of_what_translates_a_word() -> None:
    examples, words, _ = made()
    lengths = examples.mean_lengths()
    assert not lengths[: words.n_unknown].any()
    by_word = dict(zip(words.known, lengths[words.n_unknown :].tolist(), strict=True))
    expected = [sum(by_word[word] for word in source.split()) for source, _ in PAIRS]
    assert np.mean(expected) == pytest.approx(4)  # every target has four characters
    assert all(1 <= length <= 3 for length in by_word.values())  # 色 and 的 go with either word


def test_the_alignment_pulls_the_attention(net: Translator) -> None:
    source, target = torch.tensor([[20, 21, 22]]), torch.tensor([[BEGIN, 30, 31, 32, END]])
    guide = torch.zeros(1, 4, 3)
    guide[0, 0, 2] = guide[0, 1, 1] = guide[0, 2, 0] = 1
    loss = TranslationLoss(net, label_smoothing=0.0)
    optimiser = torch.optim.Adam(net.parameters(), 3e-3)
    for _ in range(150):
        optimiser.zero_grad()
        loss(source, target, guide).backward()
        optimiser.step()
    looks = net(source, target[:, :-1])[1]
    assert looks[0, :3].argmax(-1).tolist() == [2, 1, 0]
    torch.testing.assert_close(looks.sum(-1), torch.ones(1, 4))
    # Held-out loss is of the tokens alone.
    loss.eval()
    with torch.no_grad():
        assert float(loss(source, target, guide)) == float(loss(source, target))


def test_a_sentence_never_seen_is_put_together_and_a_name_is_kept(tmp_path: Path) -> None:
    data = tmp_path / "pairs.tsv"
    held_out = ("red horse", "红色的马")
    rows = [pair for pair in PAIRS if pair != held_out] * 4
    numbered = [f"{s} {n}\t{t}{n}" for n, (s, t) in enumerate(rows)]
    data.write_text("\n".join(numbered), "utf-8")
    config = configs.make(
        "seq2seq",
        {"data": str(data), "steps": 150, "batch_size": 16, "d_model": 64, "device": "cpu"},
    )
    torch.manual_seed(0)
    task = Translation(config, CPU)
    optimisers = task.optimisers()
    for step in range(150):
        task.update(task.net, optimisers, step, 3e-3)
    assert task.translate([held_out[0]]) == [held_out[1]]
    kept, dropped = task.translate(["green cow R2D2", "white zebra"])
    assert kept.startswith("绿色的牛")
    assert kept.endswith("R2D2")
    assert dropped.startswith("白色")
    assert "zebra" not in dropped
