"""Which game is played with an attack."""

from __future__ import annotations

from collections.abc import Callable

from amlsec.catalogue import Card, Kind
from amlsec.evaluation.games import evasion_game, poisoning_game
from amlsec.evaluation.membership_game import membership_game
from amlsec.evaluation.play import Outcome, Play

Game = Callable[[Play], Outcome]
_GAMES: dict[Kind, Game] = {
    Kind.EVASION: evasion_game,
    Kind.POISONING: poisoning_game,
    Kind.MEMBERSHIP: membership_game,
}


def game_of(card: Card) -> Game:
    """The game that measures this attack against a classifier."""
    return _GAMES[card.kind]
