"""Which game is played with an attack."""

from __future__ import annotations

from collections.abc import Callable

from amlsec.catalogue import Card, Kind
from amlsec.evaluation.extraction_game import extraction_game
from amlsec.evaluation.games import evasion_game, poisoning_game
from amlsec.evaluation.inference_game import inference_game
from amlsec.evaluation.inversion_game import inversion_game
from amlsec.evaluation.leakage_game import leakage_game
from amlsec.evaluation.membership_game import membership_game
from amlsec.evaluation.play import Outcome, Play
from amlsec.threat import Specificity

Game = Callable[[Play], Outcome]
_GAMES: dict[Kind, Game] = {
    Kind.EVASION: evasion_game,
    Kind.POISONING: poisoning_game,
    Kind.MEMBERSHIP: membership_game,
    Kind.EXTRACTION: extraction_game,
    Kind.INFERENCE: inference_game,
}


def game_of(card: Card) -> Game:
    """The game that measures this attack against a classifier."""
    if card.kind == Kind.POISONING and not card.turns_verdicts:
        return leakage_game
    if card.kind == Kind.INFERENCE and card.cell.specificity == Specificity.INDISCRIMINATE:
        return inversion_game
    return _GAMES[card.kind]
