"""The sectors: what a company of one is asked beside the questions that everyone is asked."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from costmodel.messages import Text
from dashboard.risk.bank.schema import Question, RegulationRow

#: The sector that adds no questions: what holds for every company.
GENERAL: Final = "general"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sector:
    """A sector: its law, what to mind in its data and its market, and its questions.

    ``areas`` says which area each of the questions counts in. What holds for every sector
    stands under ``general`` and is not repeated. ``concerns`` lists the questions that bear on
    a concern of the risk map.
    """

    id: str
    name: Text
    spellings: tuple[str, ...]
    data_concerns: tuple[Text, ...]
    market: tuple[Text, ...]
    regulation: tuple[RegulationRow, ...]
    questions: Mapping[str, Question]
    areas: Mapping[str, str]
    concerns: Mapping[str, tuple[str, ...]]

    @property
    def words(self) -> tuple[str, ...]:
        """What a deal may call the sector, case and hyphens aside."""
        words = (self.id, self.name.en, self.name.zh, *self.spellings)
        return tuple(dict.fromkeys(_plain(word) for word in words))


def find(word: str, sectors: Mapping[str, Sector]) -> Sector | None:
    """The sector that a deal names by its id, its name in either language or a spelling;
    ``general`` for a deal that names none, ``None`` for a word that is not known.
    """
    return _words(sectors).get(_plain(word) or GENERAL)


def near(word: str, sectors: Mapping[str, Sector]) -> tuple[str, ...]:
    """The ids of the sectors whose words are close to a word that is not known, closest first."""
    words = _words(sectors)
    close = difflib.get_close_matches(_plain(word), words, n=3, cutoff=0.6)
    return tuple(dict.fromkeys(words[one].id for one in close))


def _words(sectors: Mapping[str, Sector]) -> dict[str, Sector]:
    return {word: sector for sector in sectors.values() for word in sector.words}


@lru_cache(maxsize=4096)
def _plain(word: str) -> str:
    return " ".join(word.lower().replace("_", " ").replace("-", " ").split())
