"""A gate with mails of our own invention: four sources, one of which lies more and more."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa

from amlsec.gate.act import Act
from amlsec.gate.people.person import Role
from amlsec.gate.people.users import add_user
from amlsec.gate.service import Gate
from amlsec.tables.load import Columns, Labels

SPAM, HAM = "spam", "ham"
POLICY = """rule = "sphere & provenance"
[screens.sphere]
[screens.provenance]
[rates]
quarantine = 0.02
[caps]
floor = 40
"""
REPORTS = "user-reports"
EVIL, EVIL_KEY = "<b>evil</b> & source", '"><script>alert(1)</script>'
START = datetime(2026, 3, 2, 7, 30, tzinfo=UTC)
HOSTILE = "<script>alert('x')</script><img src=x onerror=alert(1)> pay \u202egnihsihp\u202c now\x07 " + "W" * 10_000

_WHO = (
    "Ada",
    "Bruno",
    "Chiara",
    "Dmitri",
    "Esra",
    "Farid",
    "Greta",
    "Hugo",
    "Ines",
    "Jonas",
    "Kira",
    "Levi",
    "Mona",
    "Otto",
)
WHAT = ("budget", "roadmap", "lease", "offsite", "audit", "migration", "hiring", "invoice", "contract", "survey", "rota")
_DAY = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
_GOODS = ("pills", "watches", "loans", "casino", "bonus", "vouchers", "crypto", "tablets", "handbags", "lottery")
_HAM = (
    "Hi {who}, could we move the {what} meeting to {day} at {n}? {other} has a clash in the morning, and room {m} is free.",
    "{who}, the draft of the {what} is in the shared folder. Please add comments by {day}; I send it to {other} then.",
    "Minutes of the {what} review: {other} takes the open questions, {who} writes to the supplier. Next is {day}, {n}:30.",
    "Reminder from the {what} team: {day} is the last day for your hours. {other} signs them off, so ask there, {who}.",
    "Dear {who}, thank you for the call about the {what}. As agreed we ship {n} boxes on {day}. Regards, {other}",
    "{other} is out until {day}. For anything about the {what} please write to {who}, who has the keys of room {m}.",
)
_SPAM = (
    "CONGRATULATIONS {who}!! You are selected for {goods} worth ${m}00. Click now, offer ends {day}, claim your free prize",
    "Cheap {goods} without prescription, {n}0% off today only! Order now, fast discreet delivery, unsubscribe never",
    "Your account is suspended. Verify your password within {n} hours or lose access: http://secure-login.example/{m}",
    "Dear winner, the {goods} board transfers {m},000 dollars to you. Reply urgent with bank details. Mr {other}, barrister",
    "Hot {goods} deal!!! {m} buyers can't be wrong. Limited stock, click here, 100% free trial, act now {who}",
)


def written(kind, rng):
    """A mail of this kind."""
    text = rng.choice(_SPAM if kind == SPAM else _HAM)
    who, other = rng.choice(_WHO, 2, replace=False)
    told = {"what": rng.choice(WHAT), "goods": rng.choice(_GOODS), "day": rng.choice(_DAY)}
    return text.format(who=who, other=other, n=rng.integers(2, 12), m=rng.integers(20, 900), **told)


def mails(n, seed, *, spam=0.5, lies=0.0):
    """A table of n mails, so many spam; a share `lies` of the good ones is labelled spam."""
    rng = np.random.default_rng(seed)
    kinds = np.where(rng.random(n) < spam, SPAM, HAM)
    lied = (kinds == HAM) & (rng.random(n) < lies)
    labels = np.where(lied, SPAM, kinds)
    return pa.table({"body": [written(kind, rng) for kind in kinds], "label": labels.tolist()})


def act(day=0.0, who="token:nightly", why=""):
    """Something done so many days after the start."""
    return Act(who, why, START + timedelta(days=day))


PASSWORD = "correct horse battery"


def begun(folder, policy=POLICY, trusted=400, **settings):
    """A new gate with trusted mails."""
    return Gate.init(
        folder,
        mails(trusted, 0),
        Columns("label", text="body"),
        Labels((SPAM,), (HAM,)),
        act=act(-1, "local:ines"),
        policy=policy,
        settings=settings,
    )


def handed_in(gate, table, source, day, key=None):
    """Hand rows in and judge them; the submission's number."""
    number = gate.submit(table, source, act=act(day), key=key).submission
    gate.work("tester", when=START + timedelta(days=day, hours=0.1))
    return number


def furnished(folder):
    """A gate with people, four sources, and rows that wait for a person, some of them hostile to who reads them."""
    gate = begun(folder)
    for name, role in (("ada", Role.REVIEWER), ("bo", Role.REVIEWER), ("ines", Role.ADMIN)):
        add_user(gate.home, name, PASSWORD, role, act=act(-0.5, "local:ines"))
    handed_in(gate, mails(24, 1, spam=0.3), "helpdesk", 0)
    handed_in(gate, mails(12, 2, spam=1.0), "honeypot", 1, key="trap-7")
    handed_in(gate, mails(30, 3, spam=0.2, lies=0.9), REPORTS, 2)
    handed_in(gate, pa.table({"body": [HOSTILE, "good morning"], "label": [HAM, SPAM]}), EVIL, 3, key=EVIL_KEY)
    return gate
