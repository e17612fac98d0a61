"""The section for whoever answers for data protection: plain data, word for word."""

import re
from dataclasses import replace

import pytest

from amlsec.audit import report
from amlsec.audit.codes import Code
from amlsec.audit.privacy import QUESTIONS, privacy
from amlsec.catalogue import Kind, discover
from amlsec.evidence import Interval, Severity, State
from amlsec.threat import Specificity, Violation
from audit import example, private_example
from audit.test_report import Page

SUBJECT = example.result().subject
MEMBERSHIP, POISON, VALUES, LOOKS, COPY, PLANTED = (question.asked for question in QUESTIONS)


def section(*findings, sensitive=()):
    return privacy(SUBJECT, findings, sensitive)


def leaks(*findings):
    return {leak.question: leak for leak in section(*findings).leaks}


def page(*findings):
    found = list(findings)
    return report.html(example.result(found, failed=[], privacy=privacy(SUBJECT, found)))


def test_every_attack_on_privacy_answers_exactly_one_question():
    for card in (one for one in discover() if one.kind.is_attack):
        found = example.finding(card.code, member=card.name, cell=str(card.cell))
        asked = [question.asked for question in QUESTIONS if question.answers(found)]
        assert len(asked) == (card.cell.violation == Violation.PRIVACY), card.name


def test_without_any_finding_nothing_was_asked_for():
    told = section()
    assert told.summary == (
        "Of 6 ways in which a model can give its data away: 0 shown, 0 tested and not shown to matter, 6 not tested."
    )
    assert {leak.answer for leak in told.leaks} == {"Not tested: it was not asked for."}
    assert {leak.standing for leak in told.leaks} == {"not tested"}
    assert told.claims == []
    assert not any(leak.codes or leak.cost or leak.helps or leak.figures for leak in told.leaks)


def test_other_findings_are_no_matter_of_privacy():
    assert section(*example.result().findings[:6]).summary == section().summary


def test_whose_data_are_said():
    assert section(sensitive=("income", "sex")).whose == [
        "3,164 records trained the model that was attacked, of 4,862 in the data.",
        "A record holds: text, label, source.",
        "Named as sensitive: income, sex.",
        "The records came from 6 sources, as the data say.",
        "Whether a record is about a person is yours to say. Figures are by record: a person with several is more exposed.",
    ]


def test_what_is_not_known_of_the_data_is_said_too():
    columns = [f"column {i}" for i in range(14)]
    unknown = SUBJECT.model_copy(update={"sources": 0, "trained": None, "columns": columns})
    told = privacy(unknown, []).whose
    assert told[0] == "The model was trained elsewhere, and on whose records is not known here."
    assert told[1].endswith("column 11 and 2 more.")
    assert told[2] == "No column was named as sensitive (--sensitive)."
    assert told[3] == "The data do not say where each record came from, so none can be traced to who gave it."


def test_recognised_records_are_told_by_the_hundred():
    title = private_example.first(Kind.MEMBERSHIP).title
    leak = leaks(private_example.membership())[MEMBERSHIP]
    assert leak.answer == (
        f"Of 100 records that were used, the strongest attack ({title}) names 27 (20 to 35), and of 100 that were "
        "not used it wrongly claims 1. Blind guessing would name 1. "
        "If half of the records he asks about were used, 96 of 100 of his claims are right."
    )
    assert (leak.severity, leak.standing) == (Severity.MEDIUM, "medium")
    assert leak.cost == "anyone who holds a row and sends it to the model: 1 query for each row"
    assert leak.helps.replace("\u00a0", " ") == (
        "Labels only leaves 1 % (0 % to 2 %) of 27 % (20 % to 35 %); it costs +0.0 points of wrong verdicts on clean rows "
        "of the label it hurts most. Known to be got around by label-only."
    )
    assert leak.figures == {"1.0% false claims": "27.0%", "0.1% false claims": "7.5%"}


def test_what_helps_is_said_to_be_unknown_where_no_defense_was_played():
    leak = leaks(private_example.membership(defended=()))[MEMBERSHIP]
    assert leak.helps == "No defense was played against it; with more time (--minutes) those that claim to help are."


def test_what_helped_against_a_milder_attack_is_said_where_the_worst_met_no_defense():
    worst = private_example.membership(defended=())
    mild = replace(private_example.membership(), code="AML-X01", title="Milder", severity=Severity.LOW)
    helps = leaks(worst, mild)[MEMBERSHIP].helps.replace("\u00a0", " ")
    assert helps.startswith("Not played against it, but against Milder: Labels only leaves 1 % (0 % to 2 %) of 27 %")


def test_attacks_that_were_not_played_are_counted_beside_the_answer():
    idle = replace(
        private_example.untested(Kind.MEMBERSHIP), code="AML-X02", state=State.NOT_RUN, because="the time was over"
    )
    leak = leaks(idle, private_example.membership())[MEMBERSHIP]
    assert leak.answer.endswith("his claims are right. Not played: 1 of 2 attacks (the time was over).")


def test_what_the_best_defense_does_is_said_in_its_own_words():
    best = replace(private_example.membership().defended[0], member="labels-only")
    leak = leaks(private_example.membership(defended=(best,)))[MEMBERSHIP]
    assert "What it does: shows 0 or 1 in place of every score. Known to be got around by label-only." in leak.helps


def test_what_chance_explains_is_no_leak():
    found = private_example.membership(harm=Interval(0.012, -0.002, 0.03), severity=Severity.NONE)
    leak = leaks(found)[MEMBERSHIP]
    assert leak.answer.startswith("Little or nothing was shown. Of 100 records that were used,")
    assert "names 1 (0 to 3)" in leak.answer
    assert leak.helps == "Nothing was shown that would need help; a stronger attack may come."
    assert leak.standing == "held"


def test_the_worst_measured_attack_answers_and_the_others_are_named():
    worst = private_example.membership()
    mild = replace(worst, code="AML-X01", severity=Severity.LOW, harm=Interval(0.06, 0.04, 0.09))
    idle = replace(private_example.untested(Kind.MEMBERSHIP), code="AML-X02")
    leak = leaks(idle, mild, worst)[MEMBERSHIP]
    assert leak.codes == [worst.code, "AML-X01", "AML-X02"]
    assert "names 27" in leak.answer


def test_why_a_question_was_not_tested_is_said_once():
    idle = private_example.untested(Kind.INFERENCE)
    targeted = next(c for c in discover() if c.kind == Kind.INFERENCE and c.cell.specificity == Specificity.TARGETED)
    found = [replace(idle, code=code, member=targeted.name) for code in ("AML-X01", "AML-X02")]
    found.append(replace(found[0], code="AML-X03", because="the time was over", state=State.NOT_RUN))
    leak = leaks(*found)[VALUES]
    assert leak.answer == "Not tested: the attack works on tabular data, these are text; the time was over."
    assert (leak.standing, leak.codes) == ("not tested", ["AML-X01", "AML-X02", "AML-X03"])


def test_an_exact_copy_is_named_even_where_it_gains_nothing():
    exact = replace(
        private_example.extraction(), title="Exact", table=({"measure": "off", "value": "1e-15, the same function"},)
    )
    exact = replace(exact, cost="31 queries in all", harm=Interval(0.0, -0.01, 0.01))
    worst = private_example.extraction()
    assert leaks(exact, worst)[COPY].answer == f"{worst.sentence} Exact copies it exactly, with 31 queries in all."


def test_what_canaries_stand_for_is_helped_by_what_was_measured():
    best = private_example.membership().defended
    found = replace(private_example.canaries(), harm=Interval(0.5, 0.4, 0.6), advice="Leave it out.", defended=best)
    assert leaks(found)[PLANTED].helps.startswith("Leave it out. Labels only leaves")


def test_copies_and_planted_secrets_speak_in_their_findings_sentences():
    told = leaks(*private_example.every())
    assert told[COPY].answer == private_example.extraction().sentence
    assert told[COPY].standing == "held"
    assert told[PLANTED].answer == private_example.canaries().sentence
    assert told[PLANTED].codes == [Code.CANARIES]


def test_a_promise_is_told():
    told = section(*private_example.every())
    assert told.claims == [private_example.claim().sentence]
    assert section(replace(private_example.claim(), state=State.NOT_APPLICABLE)).claims == []
    assert told.summary == (
        "Of 6 ways in which a model can give its data away: 2 shown, 1 tested and not shown to matter, 3 not tested."
    )


def test_the_page_shows_the_section_and_links_to_it():
    html = page(*private_example.every())
    text = " ".join(" ".join(Page(html).text).split())
    for expected in ("Whose data", "What could be learnt, at what cost, and what helps", "What is promised by proof"):
        assert expected in text
    for question in QUESTIONS:
        assert question.asked in text
    assert '<a href="#privacy">' in html
    assert len(re.findall('aria-labelledby="c-roc-t c-roc-d"', html)) == 1
    assert text.count("Not tested") >= 3
    assert set(re.findall('href="#([^"]+)"', html)) <= set(re.findall('id="([^"]+)"', html))


def test_without_findings_the_page_says_that_nothing_was_tested():
    html = page()
    assert "6 not tested" in html
    assert "c-roc" not in html
    assert "What is promised by proof" not in html


def test_an_older_result_without_the_section_shows_none():
    html = report.html(example.result())
    assert 'class="privacy"' not in html
    assert "#privacy" not in html


@pytest.mark.parametrize("name", ["summary", "whose", "claims"])
def test_hostile_text_stays_text(name):
    told = privacy(SUBJECT, private_example.every(), (example.HOSTILE,))
    hostile = told.model_copy(update={name: example.HOSTILE if name == "summary" else [example.HOSTILE]})
    html = report.html(example.result([], failed=[], privacy=hostile))
    assert "<script" not in html.lower()
    assert "\u202e" not in html
    Page(html)
