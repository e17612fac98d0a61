"""What the page docs/gate-threats.md says beside its numbers."""

from amlsec.threat import Influence, Specificity, Violation

_C, _E = Influence.CAUSATIVE, Influence.EXPLORATORY
_I, _A, _P = Violation.INTEGRITY, Violation.AVAILABILITY, Violation.PRIVACY
_ONE, _ANY = Specificity.TARGETED, Specificity.INDISCRIMINATE
CELLS = (
    (
        "teaches the filter that his spam is ham: pseudospam, a boiling frog",
        (_C, _I, _ANY),
        "screens by row, the whole submission, sentinel, caps, rollback",
    ),
    ("the same for one mail of his", (_C, _I, _ONE), "the same; weaker, as fewer words do it"),
    ("teaches it that ham is spam: a dictionary", (_C, _A, _ANY), "the same; protected rows"),
    ("keeps one awaited mail from arriving: the focused attack", (_C, _A, _ONE), "protected rows, where its like is known"),
    (
        "floods the queue, so that people release no honest mail, or everything",
        (_C, _A, _ANY),
        "queue by harm; limits of rows and calls; suspension of a source",
    ),
    (
        "makes the gate distrust an honest source",
        (_C, _A, _ONE),
        "tokens bound to sources; no judgement hangs on what others sent, but the stream of rejections",
    ),
    ("asks the gate what passes", (_E, _I, _ANY), "no score and no reason for submitters; calls counted"),
    (
        "learns of the trusted rows from what passes, or hands in rows to see whether they are known",
        (_E, _P, _ONE),
        "the same; that a row is trusted shows only where its label contradicts",
    ),
)
HEAD = """# Who attacks the gate, and what he gets

Who knows the gate gets diluted pseudospam past it.

Written by `benchmarks/gate_threats.py`, on the mails of the [year in front of the gate](gate-year.md).

The gate is a defense that learns, so it has attackers of its own. They stand in the cells of our
[threat model](threat-model.md), as all others:
"""
KNOWS = """
Everything about the gate is public but two things: the trusted rows, and the secret of each root by which they are split
into those that screens learn from and those that offered rows are compared with. Who holds the database holds both.

## Who knows the gate

An attacker writes mails of many kinds and strengths. He hands in at most 300, the work of some months under a share of
3 %: all as they come, if he knows nothing; else those that pass his own copy of the gate (p above 0.05; the real one holds
what is at or under 0.01). His copy is the public code with the default policy and mails like the trusted ones; with the
trusted mails themselves, split otherwise; or with the secret too.

A filter then learns the honest year and what the gate
accepted of his. The checks of rows alone decide here, so that the table shows what knowledge of them is worth: provenance,
the check of whole submissions and the sentinel come on top (in the year they hold another two fifths of the focused mails).

Harm is the share of the mails he is after that go his way: awaited mails stopped (focused), his spam let through
(pseudospam), ham lost in the last quarter (dictionary).
"""
NEXT = """
## Many small sources, a flooded queue, neighbours

**Many names.** Twelve focused mails a week and nothing else, from one source, from three, from twelve:
"""
TOLD = """## Asking the gate

A submitter is told how many of his rows were accepted, quarantined and rejected, and neither which nor why
(`amlsec.gate.http.answers.Progress`). One row a submission tells him what became of it, at the price of a call; what is
accepted is learned then, and what was found out about the rest is worth this:
"""
LEFT = """## What is not held

* **Mails weak enough to pass.** Of pseudospam with a tenth of the words the checks of rows hold little, and enough of it
  opens the filter to most of his spam; the whole gate let two fifths of a year's be learned before it suspended the
  source, and that was enough. Of a dictionary what is weak enough to pass does nothing. Knowing the trusted mails or the
  secret is worth little beside knowing that one must be weak: who knows nothing and dilutes has as many mails learned.
* The sentinel and the caps see one source at a time. Who spreads his mails over many names is found later and has the room
  of all of them: names must cost something, and over HTTP only an admin opens one, with a token bound to it.
* The queue is people's time. A source that sends what will be held takes it until someone suspends its token.
* Who holds the root and its secret, that is the database, knows the gate's mind. Keep it as a key is kept.
"""
