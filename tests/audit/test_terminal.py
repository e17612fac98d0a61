import io
from pathlib import Path

from rich.console import Console

from amlsec.audit import terminal
from audit import example


def shown(result, paths=(), width=120) -> str:
    out = io.StringIO()
    terminal.show(result, paths, Console(file=out, width=width, color_system=None))
    return out.getvalue()


def test_findings_stand_worst_first_and_the_report_last():
    text = shown(example.result(), [Path("out/report.html"), Path("out/report.json")])
    order = ["AML-S01", "AML-P04", "AML-E01", "AML-P05", "AML-E02", "AML-A01", "AML-M01", "AML-P01"]
    assert [text.index(code) for code in order] == sorted(text.index(code) for code in order)
    assert text.rstrip().splitlines()[-2:] == ["out/report.html", "out/report.json"]
    assert "0.5% (RONI)" in text
    assert "and 3 not applicable or not run" in text


def test_the_three_sentences_and_the_verdict_are_there():
    words = " ".join(shown(example.result()).split())
    for sentence in example.result().headline:
        assert sentence in words
    assert "Over the bar (a finding of severity high or worse): AML-S01, AML-P04, AML-E01" in words
    assert "Under the bar" in shown(example.result(failed=[]))
    assert "Nothing could be tested." in shown(example.result([], failed=[]))


def test_a_hostile_title_neither_moves_the_cursor_nor_styles_the_line():
    text = shown(example.result([example.finding(title="\x1b[2J[bold red]x[/] \u202ey")], headline=["\x1b]0;t\x07[link=x]"]))
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "⟨U+001B⟩[2J[bold red]x[/]" in text
    assert "[link=x]" in text


def test_a_long_path_is_not_broken():
    path = Path("d" * 200) / "report.html"
    assert str(path) in shown(example.result(), [path], width=40)


def test_progress_shows_how_far_it_is_and_leaves_nothing_behind():
    out = io.StringIO()
    console = Console(file=out, width=100, force_terminal=True, color_system=None)
    with terminal.progress(console) as report:
        report(3, 12, "good-words [bold]against\x1b abstain")
        console.file.flush()
    assert "3/12" in out.getvalue()
    assert "good-words [bold]against⟨U+001B⟩ abstain" in out.getvalue()
    assert out.getvalue().endswith("\x1b[2K")


def test_games_that_time_did_not_allow_are_told():
    result = example.result()
    whole = result.model_copy(update={"run": result.run.model_copy(update={"games_not_run": 0})})
    part = result.model_copy(
        update={"run": result.run.model_copy(update={"games_planned": 9, "games_run": 4, "games_not_run": 5})}
    )
    assert "4 of 9 games were played" in shown(part)
    assert "games were played" not in shown(whole)
