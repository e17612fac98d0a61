"""What differential privacy costs on Adult, and what LiRA (Carlini et al. 2022) still tells of who was in the data.

20,000 people train a linear model, private by output perturbation, objective perturbation, noisy sums or DP-SGD; 10,000
others judge it. Then LiRA and the loss guess who of 200 people a model of 108 columns was trained on, that claims epsilon
0.3 and keeps it, or has forgotten its noise.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from _adult import NEEDS as NEEDS
from _adult import in_the_unit_ball, standardised
from _claims import Claim, conclude, main, note, save
from _membership import guess, parts
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression

from amlsec.attacks.membership.lira import lira
from amlsec.attacks.membership.membership_by_loss import membership_by_loss
from amlsec.data import Batch
from amlsec.defenses.learners.objective_perturbation import ObjectivePerturbation
from amlsec.defenses.learners.output_perturbation import OutputPerturbation
from amlsec.defenses.learners.private_net import PrivateNet
from amlsec.defenses.learners.private_ridge import PrivateRidge
from amlsec.evaluation.privacy_claims import checked
from amlsec.oracle import fitted
from amlsec.privacy import Privacy

EPSILONS = (0.1, 0.3, 1.0, 3.0, 10.0)
LONGEST = np.sqrt(6)
"""Of six columns, each between -1 and 1."""

OUTPUT, OBJECTIVE, RIDGE, NET = "output perturbation", "objective perturbation", "private ridge", "private net (DP-SGD)"
TRAINED, JUDGED = 20_000, 10_000
WEIGHTS = {OUTPUT: 0.001, OBJECTIVE: 0.0003}
"""Chosen on people of another draw."""

ATTACKS: dict[str, Callable[..., Any]] = {"LiRA": lira, "the loss": membership_by_loss}
PEOPLE, CLAIMED, FORGOTTEN = 100, 0.3, 1e9
"""How many train the model that is attacked, what it claims, and the epsilon of hardly any noise."""

Proofs = dict[tuple[str, float], list[float]]
"""What each attack proves of models that keep an epsilon, one a run."""

Curves = dict[str, dict[float, list[float]]]
"""The shares judged rightly, by learner and epsilon, one a seed."""


def learners(nets: bool) -> dict[str, Callable[[float, int], Any]]:
    """Unfitted learners of an epsilon and a seed."""
    told = {"longest": LONGEST}
    made: dict[str, Callable[[float, int], Any]] = {
        OUTPUT: lambda e, seed: OutputPerturbation(epsilon=e, weight=WEIGHTS[OUTPUT], random_state=seed, **told),
        OBJECTIVE: lambda e, seed: ObjectivePerturbation(epsilon=e, weight=WEIGHTS[OBJECTIVE], random_state=seed, **told),
        RIDGE: lambda e, seed: PrivateRidge(epsilon=e, random_state=seed, **told),
    }
    net = {NET: lambda e, seed: PrivateNet(epsilon=e, hidden=(), share=0.05, steps=200, random_state=seed, **told)}
    return {**made, **net} if nets else made


def people() -> Batch:
    """Adult's six columns, each between -1 and 1, in a random order."""
    rows = in_the_unit_ball()
    stretched = Batch(rows.X[:, :6] * np.sqrt(rows.X.shape[1]), rows.y)
    return stretched.rows(np.random.default_rng(0).permutation(len(rows)))


def prices(rows: Batch, seeds: int, nets: bool) -> tuple[Curves, list[float], list[float]]:
    """Each learner's curve; what logistic regression reaches without privacy; and what calling nobody rich does."""
    curves: Curves = {name: {e: [] for e in EPSILONS} for name in learners(nets)}
    plain, nobody = [], []
    for seed in range(seeds):
        train, test = parts(rows, (TRAINED, JUDGED), np.random.default_rng(seed))
        plain.append(float(LogisticRegression(C=100).fit(train.X, train.y).score(test.X, test.y)))
        nobody.append(float((test.y == 0).mean()))
        for name, make in learners(nets).items():
            for e in EPSILONS:
                curves[name][e].append(float(make(e, seed).fit(train.X, train.y).score(test.X, test.y)))
        note(f"seed {seed} done")
    return curves, plain, nobody


def told(rows: Batch, attack: Callable[..., Any], epsilon: float, seed: int) -> float:
    """The epsilon that an attack proves of one model, at 99 %, by pairs of people of whom one was trained on."""
    members, others, own = parts(rows, (PEOPLE, PEOPLE, 2 * PEOPLE), np.random.default_rng(seed))
    like = ObjectivePerturbation(epsilon=epsilon, weight=1e-6, longest=10.0)
    model = fitted(clone(like).set_params(random_state=seed).fit(members.X, members.y))
    guesses = guess(attack, model, members + others, own, seed, like)
    one, two = (guesses[:PEOPLE], members.y), (guesses[PEOPLE:], others.y)
    return checked(Privacy(CLAIMED), one, two, random_state=seed).proved


def proofs(runs: int) -> Proofs:
    """What each attack proves of private models, and of models whose noise is forgotten."""
    rows = standardised()
    cases = [(name, epsilon) for name in ATTACKS for epsilon in (CLAIMED, FORGOTTEN)]
    return {case: [told(rows, ATTACKS[case[0]], case[1], seed) for seed in range(runs)] for case in cases}


def claims(
    curves: Curves, plain: list[float], nobody: list[float], proved: dict[tuple[str, float], list[float]]
) -> list[Claim]:
    """Tolerances are ours."""
    rows = [
        Claim("logistic regression without privacy, right", plain, 0.81, 0.85),
        Claim("right by calling nobody rich", nobody, 0.74, 0.78),
    ]
    for name, curve in curves.items():
        lost = [without - right for without, right in zip(plain, curve[1.0], strict=True)]
        rows.append(Claim(f"{name}, epsilon 1: right less often by", lost, -0.005, 0.02))
    objective, output = (curves[name][0.1] for name in (OBJECTIVE, OUTPUT))
    better = [one - two for one, two in zip(objective, output, strict=True)]
    rows.append(Claim("epsilon 0.1: objective over output perturbation, right more often by", better, 0, 0.3, "better"))
    for name in ATTACKS:
        what = f"what {name} proves of a model that"
        most, caught = max(proved[name, CLAIMED]), [float(found > CLAIMED) for found in proved[name, FORGOTTEN]]
        rows.append(Claim(f"{what} claims {CLAIMED:g} and keeps it, largest of all runs", [most], 0, CLAIMED, unit="eps"))
        if name != "LiRA":
            rows.append(Claim(f"runs in which {name} contradicts a model that forgot its noise", caught, 0.8, 1))
    return rows


def draw(curves: Curves, plain: list[float], nobody: list[float], out: Path) -> None:
    """Accuracy against epsilon: mean over seeds, and its 95 % interval."""
    from matplotlib.figure import Figure
    from scipy.stats import t

    figure = Figure(figsize=(6.6, 4.4))
    axes = figure.subplots()
    for k, (name, curve) in enumerate(curves.items()):
        values = 100 * np.array([curve[e] for e in EPSILONS])
        seeds = values.shape[1]
        half = t.ppf(0.975, max(seeds - 1, 1)) * values.std(axis=1, ddof=min(1, seeds - 1)) / np.sqrt(seeds)
        at = np.array(EPSILONS) * 1.04 ** (k - 1.5)
        axes.errorbar(at, values.mean(axis=1), half, fmt="os^D"[k] + "-", capsize=3, markersize=5, label=name)
    axes.axhline(100 * np.mean(plain), color="0.3", linestyle="--", label="without privacy")
    axes.axhline(100 * np.mean(nobody), color="0.6", linestyle=":", label="calling nobody rich")
    axes.set(xscale="log", xlabel="epsilon, of exchanging one person", ylabel="others judged rightly, %")
    axes.set_xticks(EPSILONS, [f"{e:g}" for e in EPSILONS])
    axes.legend(fontsize="small")
    save(figure, "private_learners", out)


def run(small: bool, out: Path) -> int:
    """Accuracy against epsilon of private learners on Adult, and LiRA against them."""
    rows = people()
    curves, plain, nobody = prices(rows, 3 if small else 20, nets=not small)
    proved = proofs(2 if small else 20)
    note(f"proved: {proved}")
    draw(curves, plain, nobody, out)
    return conclude("Private learners on Adult", claims(curves, plain, nobody, proved))


if __name__ == "__main__":
    main(run)
