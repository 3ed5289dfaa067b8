"""Rules of quality and markers of licences fire on what they name."""

import pytest

from lab.audit import quality
from lab.audit.languages import language_of, main_scripts
from lab.audit.licences import Licences, markers_in
from lab.audit.words import grams_of, words_of

_GOOD = (
    "The history of the town begins with a small harbour that was built to serve the ships of "
    "the north. People came to trade wool and salt, and they brought with them the songs that "
    "children still sing in the market today. In winter the river froze and the mills stood "
    "still, so that everyone had time to mend nets and to tell stories by the fire."
)
_CASES = {
    "short": "only a few of the words that",
    "word_length": "a b c d e f g h i j the of to " * 6,
    "symbols": "the # of # to # and # " * 20,
    "no_letters": "12 345 the 67 890 of 11 22 33 " * 10,
    "few_stop_words": "lorem ipsum dolor amet consectetur adipiscing " * 9,
    "repeated": "the same five words of that " * 20,
    "harsh": _GOOD + " You idiot, you moron.",
}


def _failing(text: str) -> set[str]:
    words = words_of([_GOOD, text])
    grams = grams_of(words, 5, whole_if_shorter=True)
    found = quality.failures([_GOOD, text], words, grams)
    assert not any(mine[0] for mine in found.values())  # the neighbour changes nothing
    return {rule for rule, mine in found.items() if mine[1]}


@pytest.mark.parametrize("rule", list(_CASES))
def test_each_rule_fires_on_what_it_names(rule: str) -> None:
    assert rule in _failing(_CASES[rule])


def test_good_prose_passes_in_both_languages() -> None:
    assert _failing(_GOOD) == set()
    chinese = (
        "这座城市的历史始于一个小港口，人们来这里做羊毛和盐的生意，也带来了孩子们今天还在唱的歌。"
    )
    chinese += (
        "冬天河水结冰，磨坊停了下来，大家就有时间补网，围着火炉讲故事，直到春天到来的时候才又出海。"
    )
    chinese += "后来人们修了路，建起了学校，港口也慢慢变成了一座热闹的小镇。"
    assert _failing(chinese) == set()


def test_chinese_insults_count() -> None:
    assert "harsh" in _failing("你这个混蛋，真是白痴。")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("© 2021 Example Ltd. All rights reserved.", "all rights reserved"),
        ("本文版权所有，未经许可不得转载", "no reproduction"),
        ("Licensed under the Apache License, Version 2.0", "Apache-2.0"),
        ("# SPDX-License-Identifier: MIT", "SPDX mit"),
        ("see https://creativecommons.org/licenses/by-sa/4.0/", "CC BY-SA"),
        ("This eBook of Project Gutenberg", "Project Gutenberg"),
    ],
)
def test_markers_are_found_in_a_batch_as_in_a_text(text: str, name: str) -> None:
    assert name in markers_in(text)
    texts = ["nothing", text, "else"]
    licences = Licences()
    licences.add(texts, words_of(texts))
    assert licences.as_json()["markers"][name] == 1
    assert licences.as_json()["texts_marked"] == 1


def test_scripts_and_languages() -> None:
    texts = [
        "Der Hund läuft über die Straße und bellt",
        "привет мир",
        "これは日本語です",
        "中文的句子",
    ]
    assert main_scripts(words_of(texts)).tolist() == [1, 5, 3, 2]
    assert language_of(texts[0]) == "de"
