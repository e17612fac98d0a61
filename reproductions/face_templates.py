"""Face templates that renew themselves, walked from their owners to an attacker (Biggio et al. 2013), on the ORL faces.

Eigenfaces of five enrolled pictures of each of 40 people; a template is the mean of its owner's five and accepts what lies
within the distance that 1 % of other people's enrolled pictures have. Each person is attacked by another, drawn at random,
in three folds (--small: one, with four of the people). His false acceptances and her false rejections are counted on
pictures that were neither enrolled nor presented.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from _claims import Claim, conclude, main, note, save
from _faces import FACES, People, people
from numpy.typing import NDArray

from amlsec.attacks.poisoning.template_poisoning import template_poisoning
from amlsec.budget import PoisonBudget
from amlsec.centroid.memory import average_out, infinite_horizon
from amlsec.data import BENIGN, MALICIOUS, Batch
from amlsec.defenses.detectors.anchored_template import AnchoredTemplate
from amlsec.evaluation.presentations import presented
from amlsec.scene import Scene
from amlsec.space.tabular import TabularSpace, infer

NEEDS = (FACES,)
Floats = NDArray[np.float64]
PRESENTATIONS = 25
OPEN = {"most_drift": np.inf}


@dataclass(frozen=True)
class Setting:
    """How a template renews itself, whether the attacker knows it, and how many presentations make a session."""

    template: dict[str, Any]
    knows: bool = True
    each: int = 1


SETTINGS = {
    "finite window, known": Setting({"rule": average_out, **OPEN}),
    "finite window, not known": Setting({"rule": average_out, **OPEN}, knows=False),
    "infinite, known": Setting({"rule": infinite_horizon, **OPEN}),
    "infinite, not known": Setting({"rule": infinite_horizon, **OPEN}, knows=False),
    "anchor, 0.5 radii": Setting({"rule": average_out, "most_drift": 0.5}),
    "anchor, 0.25 radii": Setting({"rule": average_out, "most_drift": 0.25}),
    "quota, 1 of 5 a session": Setting({"rule": average_out, "quota": 1, **OPEN}, each=5),
}


@dataclass(frozen=True, eq=False)
class Case:
    """One person and who attacks her: her enrolled pictures, one that he has seen, and both's others."""

    enrolled: Floats
    seen: Floats
    owner: Floats
    face: Floats
    impostor: Floats
    radius: float
    space: TabularSpace

    def template(self, settings: dict[str, Any]) -> AnchoredTemplate:
        return AnchoredTemplate(radius=self.radius, **settings).fit(self.enrolled)


def cases(of: People, count: int, seed: int) -> list[Case]:
    """Each of the first people, and another at random."""
    rng, everyone = np.random.default_rng(seed), len(of.enrolled)
    columns = of.enrolled.shape[2]
    space = infer(np.concatenate([*of.enrolled, *of.others]), [f"face {k}" for k in range(columns)])
    made = []
    for owner in range(count):
        other = (owner + rng.integers(1, everyone)) % everyone
        hers, his = of.others[owner], of.enrolled[other]
        made.append(Case(of.enrolled[owner], hers[:1], hers[1:], his, of.others[other], of.radius, space))
    return made


def sent(case: Case, deployed: Any, room: int) -> Floats:
    """What the attack presents to a template, or, where that is None, to one he does not know."""
    own, face, seen = (Batch(X, np.full(len(X), label)) for X, label in _knowledge(case, room))
    scene = Scene(own, room + 1, case.space, seen, target=face, deployed=deployed)
    poison = template_poisoning(scene, budget=PoisonBudget(room / (room + 1)), rng=np.random.default_rng(0))
    return np.asarray(poison.edits.X)


def _knowledge(case: Case, room: int) -> list[tuple[Floats, int]]:
    return [(np.repeat(case.face[:1], room, axis=0), BENIGN), (case.face, MALICIOUS), (case.seen, BENIGN)]


def sessions(case: Case, setting: Setting) -> list[Floats]:
    """Presentations, session by session; who knows the template plans each session by what it has become."""
    count = PRESENTATIONS // setting.each
    if not setting.knows:
        return np.split(sent(case, None, PRESENTATIONS), count)
    template, shown = case.template(setting.template), []
    for _ in range(count):
        shown.append(sent(case, deepcopy(template), setting.each))
        template.partial_fit(shown[-1])
    return shown


def rates(case: Case, setting: Setting) -> Floats:
    """His false acceptances and her false rejections before and after each presentation (2, presentations + 1)."""
    course = presented(case.template(setting.template), sessions(case, setting), owner=case.owner, impostor=case.impostor)
    both = np.array([course.impostor, course.owner])
    return np.concatenate([both[:, :1], np.repeat(both[:, 1:], setting.each, axis=1)], axis=1)


def proof(case: Case, drift: float) -> tuple[float, float]:
    """Of his pictures, the share that an anchored template provably never accepts, and the share that falsifies it."""
    setting = Setting({"rule": average_out, "most_drift": drift})
    template = case.template(setting.template)
    never = template.never_accepts(case.impostor)
    for shown in sessions(case, setting):
        template.partial_fit(shown)
    return float(never.mean()), float((never & (template.predict(case.impostor) == 1)).mean())


def honest(case: Case, settings: dict[str, Any]) -> float:
    """Her false rejections after she has presented two of her other pictures herself, on the rest."""
    template = case.template(settings)
    for sample in np.concatenate([case.seen, case.owner[:1]]):
        template.partial_fit(sample[None])
    return float((template.predict(case.owner[1:]) == -1).mean())


Curves = dict[str, list[Floats]]
"""By setting, one array (2, presentations + 1) a fold: means over its cases."""


HIS_AFTER_10 = {
    "finite window, known": (0.7, 1),
    "infinite, known": (0.4, 1),
    "finite window, not known": (0, 0.4),
    "infinite, not known": (0, 0.4),
    "anchor, 0.5 radii": (0, 0.5),
    "anchor, 0.25 radii": (0, 0.25),
    "quota, 1 of 5 a session": (0, 0.5),
}
HIS_AFTER_25 = {
    "finite window, known": (0.7, 1),
    "infinite, known": (0.6, 1),
    "finite window, not known": (0.5, 1),
    "infinite, not known": (0.1, 0.8),
    "anchor, 0.5 radii": (0, 0.5),
    "anchor, 0.25 radii": (0, 0.25),
    "quota, 1 of 5 a session": (0.4, 0.9),
}
HERS_AFTER_25 = {
    "finite window, known": (0.7, 1),
    "infinite, known": (0.5, 1),
    "finite window, not known": (0.5, 1),
    "infinite, not known": (0.1, 0.6),
    "anchor, 0.5 radii": (0, 0.25),
    "anchor, 0.25 radii": (0, 0.25),
    "quota, 1 of 5 a session": (0.2, 0.9),
}


def claims(curves: Curves, all_cases: list[list[Case]]) -> list[Claim]:
    """His acceptances, her rejections, how many presentations he needs, the proof, and the price."""

    def at(name: str, whose: int, presentation: int) -> list[float]:
        return [float(curve[whose, presentation]) for curve in curves[name]]

    def over(measure: Callable[[Case], float]) -> list[float]:
        return [float(np.mean([measure(case) for case in fold])) for fold in all_cases]

    known, unknown = "finite window, known", "finite window, not known"
    return [
        Claim("no attack: attacker accepted", at(known, 0, 0), 0, 0.05),
        Claim("no attack: owner rejected", at(known, 1, 0), 0, 0.25),
        *(Claim(f"{name}: attacker accepted after 10", at(name, 0, 10), *ends) for name, ends in HIS_AFTER_10.items()),
        *(Claim(f"{name}: attacker accepted after 25", at(name, 0, 25), *ends) for name, ends in HIS_AFTER_25.items()),
        *(Claim(f"{name}: owner rejected after 25", at(name, 1, 25), *ends) for name, ends in HERS_AFTER_25.items()),
        Claim("finite window, known: presentations until half his pictures pass", half(curves[known]), 1, 10, unit=""),
        Claim("finite window, not known: the same", half(curves[unknown]), 10, 25, unit=""),
        Claim("anchor, 0.25 radii: proved never to pass", over(lambda case: proof(case, 0.25)[0]), 0.5, 1),
        Claim("anchor, 0.25 radii: proved, and passed", over(lambda case: proof(case, 0.25)[1]), 0, 0),
        Claim("owner presents two herself: rejected, no renewal", over(lambda case: honest(case, {"quota": 0})), 0, 0.25),
        Claim("same, infinite renewal", over(lambda case: honest(case, OPEN)), 0, 0.25),
        Claim("same, anchor 0.25 radii", over(lambda case: honest(case, {"most_drift": 0.25})), 0, 0.25),
    ]


def half(curves: list[Floats]) -> list[float]:
    """After how many presentations the mean of his acceptances reaches a half; one more than there are, where never."""
    return [float(np.argmax(np.append(curve[0] >= 0.5, True))) for curve in curves]


def run(small: bool, out: Path) -> int:
    """Walk face templates to an attacker, with and without defenses."""
    curves: Curves = {name: [] for name in SETTINGS}
    all_cases = [cases(people(seed), 4 if small else 40, seed) for seed in range(1 if small else 3)]
    for fold in all_cases:
        for name, setting in SETTINGS.items():
            curves[name].append(np.mean([rates(case, setting) for case in fold], axis=0))
        note("fold done")
    draw(curves, out)
    return conclude("Face templates under poisoning, ORL faces", claims(curves, all_cases))


def draw(curves: Curves, out: Path) -> None:
    """His acceptances and her rejections against presentations, mean over folds."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4.6), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    for name, folds in curves.items():
        mean, style = 100 * np.mean(folds, axis=0), "-" if "known" in name else "--"
        for axes, rate in zip((left, right), mean, strict=True):
            axes.plot(rate, style, label=name)
    left.set(xlabel="presentations", ylabel="attacker's pictures accepted, %", ylim=(0, 101))
    right.set(xlabel="presentations", ylabel="owner's pictures rejected, %")
    figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=4, fontsize=8)
    save(figure, "face_templates", out)


if __name__ == "__main__":
    main(run)
