"""The panel: screens that have learned from trusted rows, and others kept back that tell what the screens' word is worth."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from amlsec.data import Batch, split
from amlsec.errors import InvalidInput
from amlsec.evidence import Decision
from amlsec.gate.judging.hearing import Heard, alone, beside, joined_p, knowing, mean_harm
from amlsec.gate.judging.judged import Judged, Known, contents, known
from amlsec.gate.judging.protected import Guarded
from amlsec.gate.policy import Policy
from amlsec.impact.refit import seeded
from amlsec.reach import within_reach
from amlsec.register import Register
from amlsec.statistics import smallest_p
from amlsec.usual import usual

_KEPT_BACK, _MOST_KEPT_BACK = 0.4, 2000
FEWEST = 10
"""Distinct trusted rows of a label."""
TOLD = 20
"""Rows of a piece whose reasons are kept."""
MOST_ROWS = 10_000
"""Of a piece."""


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """Screens fitted on one part of the trusted rows; the other part, of other content, calibrates the gate.

    Attributes
    ----------
    policy : what it judges by
    trusted : all trusted rows
    base : those that the screens learned from
    screens : fitted, by their name in the policy
    calibration : trusted rows that no screen has seen
    model : the classifier to protect, unfitted
    guarded : the protected rows; None where there are none
    notes : what a person should know, such as that the trusted rows are too few
    """

    policy: Policy
    trusted: Batch
    base: Batch
    screens: Mapping[str, Any]
    calibration: Batch
    model: Any
    guarded: Guarded | None
    notes: tuple[str, ...]
    labels: Mapping[bytes, frozenset[int]]

    @classmethod
    def fit(
        cls,
        policy: Policy,
        trusted: Batch,
        *,
        register: Register | None = None,
        protected: Batch | None = None,
        model: Any = None,
        seed: int = 0,
    ) -> Self:
        """Fit the policy's screens; the model is the usual one where it is None.

        `seed` says which trusted rows do what: who does not know it cannot aim at them.

        Raises InvalidInput where a label has fewer than 10 distinct trusted rows, or a screen's parameter is out of its
        range.

        >>> from amlsec.gate.policy import DEFAULT, parsed_policy
        >>> rng = np.random.default_rng(0)
        >>> y = np.arange(1000) % 2
        >>> rows = Batch(rng.normal(size=(1000, 4)) + 3.0 * y[:, None], y)
        >>> panel = Panel.fit(parsed_policy(DEFAULT), rows.rows(slice(0, 900)))
        >>> offered = rows.rows(slice(900, 1000)).from_source("feed")
        >>> panel.judge(offered).p.min() > panel.judge(offered.relabelled(1 - offered.y)).p.mean()
        np.True_
        """
        _check(trusted)
        base, calibration = _parted(trusted, seed)
        chosen = seeded(usual(trusted) if model is None else model, seed)
        offers = {"estimator": chosen, "register": register, "protected": protected, "random_state": seed}
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always")
            screens = {screen.name: screen.build(offers).fit(base) for screen in policy.screens}
            guarded = _guarded(protected, chosen, trusted, policy, seed)
        notes = (*dict.fromkeys(str(one.message) for one in heard), *_doubts(policy, calibration, guarded))
        return cls(policy, trusted, base, screens, calibration, chosen, guarded, notes, contents(trusted))

    def judge(self, rows: Batch, *, register: Register | None = None, learned: Batch | None = None) -> Judged:
        """What is to be said of a submission's rows, or of a piece of it, at most 10,000; all of one source.

        `register` as it is now, None as it was when the panel was fitted; `learned` are rows learned since, that protected
        rows are tested beside.

        Raises InvalidInput for more rows, or rows with other columns than the trusted ones.
        """
        self._check(rows)
        content, found = rows.content(), known(rows, self.labels)
        rows = within_reach(rows, self.base)
        new = np.flatnonzero(found == Known.NEW)
        heard = self._heard(rows.rows(new), register) if len(new) else {}
        decision, p, harm = np.zeros(len(rows), dtype=np.int8), np.ones(len(rows)), np.full(len(rows), 0.5)
        decision[found == Known.OTHERWISE] = Decision.QUARANTINE
        if heard:
            decision[new] = self.policy.rule.decide({name: one.decision for name, one in heard.items()})
            p[new] = joined_p(self.policy.rule, heard, len(new))
            harm[new] = mean_harm(heard, len(new))
        sizes = np.bincount(self.calibration.y, minlength=2).tolist()
        told = _told(heard, new, p, decision)
        judged = Judged(content, rows.y, found, decision, p, harm, (sizes[0], sizes[1]), told=told)
        if self.guarded is None:
            return judged
        return replace(judged, turned=self.guarded.turned(rows.rows(self.passing(judged)), learned))

    def passing(self, judged: Judged) -> NDArray[np.bool_]:
        """Which rows (n,) the screens hold nothing against."""
        return np.asarray(judged.new & (judged.decision == Decision.ACCEPT) & (judged.p > self.policy.rates.quarantine))

    def _check(self, rows: Batch) -> None:
        if len(rows) > MOST_ROWS:
            raise InvalidInput("rows", len(rows), f"must be at most {MOST_ROWS} of a piece")
        if rows.X.shape[1:] != self.trusted.X.shape[1:]:
            raise InvalidInput("rows", f"of shape {rows.X.shape}", "must be rows as the trusted ones are")

    def _heard(self, rows: Batch, register: Register | None) -> dict[str, Heard]:
        """What each screen says of new rows (n,)."""
        said = {}
        for screen in self.policy.screens:
            fitted = knowing(self.screens[screen.name], register)
            said[screen.name] = beside(fitted, self.calibration, rows) if screen.convicts else alone(fitted, rows)
        return said


def _check(trusted: Batch) -> None:
    for label in (0, 1):
        distinct = len(np.unique(trusted.labelled(label).content()))
        if distinct < FEWEST:
            raise InvalidInput("trusted", f"{distinct} distinct rows of label {label}", f"must hold at least {FEWEST}")


def _parted(trusted: Batch, seed: int) -> tuple[Batch, Batch]:
    """What screens learn from, and what is kept back, disjoint by content.

    Kept back are rows whose content comes once. Offered rows that the trusted ones hold go past the screens, so those that
    do not are rarer ones, and only rows that none of the others holds are like them.
    """
    _, place, times = np.unique(trusted.content(), return_inverse=True, return_counts=True)
    once = trusted.rows(times[place] == 1)
    share = min(_KEPT_BACK, _MOST_KEPT_BACK / max(len(once), 1))
    base, calibration = split(once, (1 - share, share), np.random.default_rng(seed))
    return base + trusted.rows(times[place] > 1), calibration


def _guarded(protected: Batch | None, model: Any, trusted: Batch, policy: Policy, seed: int) -> Guarded | None:
    if protected is None or not len(protected):
        return None
    return Guarded.of(protected, model, trusted, policy.protected.most, str(seed))


def _doubts(policy: Policy, calibration: Batch, guarded: Guarded | None) -> list[str]:
    """What cannot be promised with so few trusted rows, or of rows that are wrong already."""
    found = []
    most, screens = policy.rates.quarantine, sum(one.convicts for one in policy.screens)
    fewest = int(np.bincount(calibration.y, minlength=2).min())
    if 0 < most < max(screens, 1) * smallest_p(fewest):
        needed = int(np.ceil(2 * screens / most / _KEPT_BACK))
        found.append(
            f"{fewest} trusted rows of a label were kept back to compare with, too few to find the worst {most:.3g} of "
            f"offered rows by: trust about {needed} rows of which none comes twice, half of each label"
        )
    if screens == 0:
        found.append("no screen of the policy convicts: rows are held back, and none is ever rejected")
    if guarded is not None and not guarded.right.all():
        wrong = int((~guarded.right).sum())
        found.append(f"{wrong} of {len(guarded.right)} protected rows are wrong already, without anything learned")
    return found


def _told(heard: Mapping[str, Heard], new: Any, p: Any, decision: Any) -> dict[int, tuple[str, ...]]:
    """What each screen says of the worst new rows."""
    worst = new[np.lexsort((p[new], -decision[new].astype(int)))][:TOLD]
    at = {int(row): k for k, row in enumerate(new)}
    return {
        int(row): tuple(f"{name}: {one.reason[at[int(row)]]}" for name, one in heard.items()) for row in worst if len(heard)
    }
