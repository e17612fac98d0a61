"""A rich audit result to draw and write: made-up numbers, every state, and data that attacks its reader."""

from __future__ import annotations

from amlsec.audit.answers import with_answers
from amlsec.audit.result import AuditResult, Comparison, Run, Subject
from amlsec.evidence import Curve, Defended, Example, Finding, Interval, Point, Severity, State, change, rate

SHARE = "share of the training rows"
HOSTILE = "<script>alert(1)</script>\x1b[2J\u202eexe.fdp\u202c\x00 & <img src=x onerror=alert(2)>"
"""What a row of an attacker may hold: markup, terminal codes, direction overrides."""

_HAM = "Hi Anna, the agenda for Thursday is attached, can you look over the third item before we meet? Thanks, Tom"
_SPAM = "URGENT! You have won a 1 week FREE membership in our prize draw. Txt CLAIM to 81010 now"
_GOOD = "meeting agenda thursday attached thanks regards tomorrow schedule"
_EVASION = {"atlas": ("AML.T0043", "AML.T0015"), "nist": ("NISTAML.022",), "owasp": ("ML01",)}
_POISON = {"atlas": ("AML.T0020", "AML.T0031", "AML.T0059"), "nist": ("NISTAML.013",), "owasp": ("ML02", "ML08")}
_MEMBER = {"atlas": ("AML.T0024.000",), "nist": ("NISTAML.033",), "owasp": ("ML04",)}


def curve(defense: str, unit: str, budgets: tuple[float, ...], hits: tuple[float, ...], trials: int = 400) -> Curve:
    """A curve of so many hits out of `trials` at each budget."""
    points = (Point(budget, rate(hit, trials), trials, 5) for budget, hit in zip(budgets, hits, strict=True))
    return Curve(defense, unit, tuple(points))


def finding(code: str = "AML-E01", **changes: object) -> Finding:
    """A small measured finding with these changes."""
    given: dict[str, object] = {
        "title": "Good words",
        "state": State.MEASURED,
        "member": "good-words",
        "cell": "exploratory integrity indiscriminate",
        "severity": Severity.MEDIUM,
        "sentence": "Adding 10 ordinary words lets 34 of 100 spam messages through.",
        "because": "a third of the rows get through and anyone who can send a message can do it",
        "harm": Interval(0.31, 0.24, 0.39),
        "trials": 200,
        "seeds": 5,
    }
    return Finding(code=code, **(given | changes))  # type: ignore[arg-type]


def result(findings: list[Finding] | None = None, **changes: object) -> AuditResult:
    """The example result, with other findings or fields where given."""
    given: dict[str, object] = {
        "subject": _subject(),
        "run": _run(),
        "headline": [
            "A stranger who gets 1% of the training messages in can make 64.5% of ordinary mail land in spam.",
            "Whoever may send a message gets 34.0% of spam through by adding ten everyday words, without a single query.",
            "Screening each batch with RONI stops the first at a price of 0.4% of good messages; nothing here stops the "
            "second without hurting ordinary mail.",
        ],
        "findings": _findings() if findings is None else findings,
        "baseline": [],
        "bar": "a finding of severity high or worse",
        "failed": ["AML-S01", "AML-P04", "AML-E01"],
    }
    return AuditResult(**(given | changes))  # type: ignore[arg-type]


def compared() -> AuditResult:
    """The example result against an earlier one."""
    lines = [
        Comparison(code="AML-P04", before=0.31, after=0.42, worse=True, sentence="Dictionary flood: 31.0% became 42.0%."),
        Comparison(code="AML-E01", before=0.36, after=0.31, worse=False, sentence="Good words: 36.0% became 31.0%."),
    ]
    return result(baseline=lines, bar="worse than last time, by the interval's lower end", failed=["AML-P04"])


def _subject() -> Subject:
    return Subject(
        data="data/sms.csv",
        model="multinomial naive Bayes on word counts",
        rows=4862,
        distinct_rows=4520,
        malicious_share=0.132,
        columns=["text", "label", "source"],
        target="label",
        malicious_label="spam",
        benign_label="ham",
        sources=6,
        split={"training": 2712, "trusted": 452, "quiz": 200, "calibration": 200, "test": 956},
        trained=3164,
        notes=["Example: every number in this report is made up.", "The sources are simulated; one of them is hostile."],
        clean={
            "spam caught": "91.2% (86.0% to 94.9%)",
            "ham taken for spam": "0.7% (0.2% to 1.6%)",
            "right on test rows": "98.1% (97.0% to 98.9%)",
        },
    )


def _run() -> Run:
    return Run(
        amlsec="0.1.0",
        started="2026-03-02T09:14:05Z",
        seconds=214.6,
        seed=7,
        command="amlsec audit data/sms.csv --target label --text text --source source --seed 7 --fail-on high",
        threat="a stranger who contributes 1% of the rows and may query 1,000 times",
        libraries={"numpy": "2.3.1", "scipy": "1.16.0", "scikit-learn": "1.7.0"},
        games_planned=12,
        games_run=9,
        games_not_run=3,
    )


def _findings() -> list[Finding]:
    harmful = [_good_words(), _active(), _alarms(), _dictionary(), _focused(), _flips(), _membership(), _sources()]
    return with_answers([*harmful, *_rest()])


def _dictionary() -> Finding:
    budgets = (0.0, 0.001, 0.005, 0.01, 0.05)
    return finding(
        "AML-P04",
        title="Dictionary flood",
        member="dictionary",
        cell="causative availability indiscriminate",
        severity=Severity.CRITICAL,
        sentence="With 1% of the training rows, spam full of everyday words makes the filter take 64.5% of ham for spam.",
        because="most ordinary mail is lost and it takes 27 messages from anyone who can write to a honeypot",
        who="Anyone whose messages end up among the training rows, for example by writing to a honeypot or being reported.",
        cost="27 messages of 1,500 words each, sent once; no query to the model; a public word list",
        harm=change(260, 2, 400),
        baseline=rate(3, 400),
        trials=400,
        counts={"training": 2712, "trusted": 452, "quiz": 200, "calibration": 200, "test": 400},
        curves=(
            curve("", SHARE, budgets, (3, 44, 190, 261, 342)),
            curve("RONI", SHARE, budgets, (3, 3, 4, 5, 9)),
            curve("Partition ensemble", SHARE, budgets, (9, 9, 10, 14, 60)),
            curve("Provenance", SHARE, budgets, (4, 7, 9, 22, 41)),
        ),
        examples=(
            Example(_HAM, _HAM, ("27 spam messages that hold a dictionary joined the training rows",), "ham", "spam"),
        ),
        defended=(
            Defended("RONI", rate(2, 400), rate(1.6, 400), 400, "rejects all 27 messages of the attack"),
            Defended("Partition ensemble", rate(5, 400), rate(9, 400), 400, "certified for 61.0% of ham at this budget"),
            Defended("Provenance", rate(19, 400), rate(6, 400), 400),
        ),
        advice="Screen every batch with RONI before training; admit honeypot mail only by the batch.",
        reproduce="amlsec audit data/sms.csv --target label --text text --only dictionary --seed 7",
        standards=_POISON,
        references=("nelson2008exploiting", "barreno2010security"),
    )


def _good_words() -> Finding:
    budgets = (0.0, 1.0, 2.0, 5.0, 10.0, 20.0)
    return finding(
        "AML-E01",
        title="Good words, passive",
        severity=Severity.HIGH,
        sentence="Ten everyday words, guessed without a query, let 34.0% of spam through that was caught before.",
        because="a third of the rows get through and anyone who can send a message can do it",
        who="Anyone who can send a message and has read ordinary mail.",
        cost="10 words for each message; no query",
        harm=change(68, 0, 200),
        baseline=rate(17, 200),
        counts={"attacked": 200, "test": 956},
        curves=(
            curve("", "words", budgets, (0, 9, 17, 41, 68, 103), 200),
            curve("Abstain", "words", budgets, (0, 3, 6, 14, 22, 45), 200),
        ),
        examples=(
            Example(_SPAM, f"{_SPAM} {_GOOD}", tuple(f"+ {word}" for word in _GOOD.split()), "spam (0.998)", "ham (0.412)"),
            Example(HOSTILE, f"{HOSTILE} {_GOOD}", ("+ meeting", f"+ {HOSTILE}"), "spam", "ham"),
        ),
        defended=(Defended("Abstain", rate(22, 200), rate(31, 956), 200, "sends 3.2% of good messages to a person"),),
        advice="Escalate messages of low confidence to a person; retrain on messages that got through.",
        reproduce="amlsec audit data/sms.csv --target label --text text --only good-words --seed 7",
        standards=_EVASION,
        references=("lowd2005good",),
    )


def _active() -> Finding:
    return finding(
        "AML-E02",
        title="Good words, by queries",
        member="good-words-by-query",
        severity=Severity.MEDIUM,
        sentence="With 1,000 queries he needs only 3 words to get 21.0% of spam through.",
        cost="3 words and 1,000 queries",
        who="Anyone with an account of his own, to which he can send test messages.",
        harm=change(42, 0, 200),
        baseline=rate(17, 200),
        curves=(curve("", "queries", (0.0, 10.0, 100.0, 1000.0), (0, 6, 29, 42), 200),),
        examples=(
            Example(
                f"{_SPAM} " + "and so on " * 80, f"{_SPAM} " + "and so on " * 80 + "agenda", ("+ agenda",), "spam", "ham"
            ),
        ),
        standards=_EVASION,
        references=("lowd2005good", "nelson2012query"),
    )


def _alarms() -> Finding:
    return finding(
        "AML-A01",
        title="False alarms",
        member="false-alarms",
        cell="exploratory availability indiscriminate",
        severity=Severity.LOW,
        sentence="Five words put into an ordinary message make 6.0% of ham look like spam.",
        harm=change(12, 0, 200),
        baseline=rate(1, 200),
        standards={"atlas": ("AML.T0046",), "nist": ("none, because no class covers floods of false alarms",)},
    )


def _focused() -> Finding:
    return finding(
        "AML-P05",
        title="Focused attack",
        member="focused",
        cell="causative availability targeted",
        severity=Severity.MEDIUM,
        sentence="Who guesses a third of one awaited message has it blocked in 18 of 50 tries.",
        harm=change(18, 0, 50),
        baseline=rate(0, 50),
        trials=50,
        curves=(curve("", SHARE, (0.01,), (18,), 50),),
        standards=_POISON,
        references=("nelson2008exploiting",),
    )


def _flips() -> Finding:
    return finding(
        "AML-P01",
        title="Random label flips",
        member="random-flips",
        cell="causative integrity indiscriminate",
        severity=Severity.NONE,
        sentence="Flipping 1% of the labels at random changes nothing that can be told from noise.",
        because="the interval reaches 0",
        harm=Interval(0.004, -0.008, 0.016),
        baseline=rate(17, 200),
        standards=_POISON,
    )


def _membership() -> Finding:
    return finding(
        "AML-M01",
        title="Membership by loss",
        member="membership-by-loss",
        cell="exploratory privacy targeted",
        severity=Severity.NONE,
        sentence="Of every 100 training rows he names 2 rightly at 1 false one: no more than chance allows.",
        because="the interval reaches the 1% that guessing gives",
        harm=Interval(0.011, -0.004, 0.027),
        baseline=Interval(0.01, 0.01, 0.01),
        trials=1000,
        standards=_MEMBER,
        references=("yeom2018privacy", "carlini2022membership"),
    )


def _sources() -> Finding:
    rows = (("honeypot", 0.31, 0.42, 0.71), ("user reports", 0.22, 0.18, 0.21), ("partner feed", 0.17, 0.09, 0.16))
    table = [
        {"source": source, "rows": share, "compromised": likely, "blast radius": harm, "risk": likely * harm}
        for source, share, likely, harm in (*rows, ("staff", 0.25, 0.01, 0.12), (HOSTILE, 0.05, 0.02, 0.03))
    ]
    return finding(
        "AML-S01",
        title="One source turns hostile",
        member="",
        cell="",
        severity=Severity.CRITICAL,
        sentence="The honeypot alone, with its present share of the rows, could make 71.0% of ham look like spam.",
        because="an open, unauthenticated source reaches that far alone",
        who="Whoever can write to the honeypot: anyone.",
        harm=change(284, 0, 400),
        trials=400,
        table=tuple(table),
        advice="Cap the honeypot's share of a batch, or have its rows checked by a person before training.",
    )


def _rest() -> list[Finding]:
    idle = {"severity": Severity.NONE, "sentence": "", "harm": None, "trials": 0, "seeds": 0}
    return [
        finding(
            "AML-E03",
            title="Label-only search",
            member="label-only",
            state=State.NOT_APPLICABLE,
            because="it works on tables, and these rows are texts",
            **idle,
        ),
        finding(
            "AML-P06",
            title="Adversarial flips",
            member="adversarial-flips",
            cell="causative integrity targeted",
            state=State.NOT_RUN,
            because="the time budget of 300 s was spent",
            **idle,
        ),
        finding(
            "AML-M02",
            title="Membership with poison",
            member="truth-serum",
            cell="causative privacy targeted",
            state=State.NOT_APPLICABLE,
            because="it needs scores, and the threat model grants labels only",
            **idle,
        ),
    ]
