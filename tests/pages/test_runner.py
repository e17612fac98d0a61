"""The runner of pages fails where a page is wrong: no page passes by not being run."""

import pytest

from pages import runner
from pages.blocks import commands
from pages.runner import Place, run


def page(tmp_path, monkeypatch, *parts):
    """A page of blocks, each a language and what stands in it, run in an empty folder."""
    monkeypatch.setattr(runner, "name", lambda path: path.name)
    file = tmp_path / "page.md"
    file.write_text("\n".join(f"```{language}\n{code}\n```\n" for language, code in parts))
    (tmp_path / "folder").mkdir()
    place = Place(tmp_path / "folder", monkeypatch)
    run(file, place)
    return place


def test_blocks_share_names_files_and_environment(tmp_path, monkeypatch):
    parts = [
        ('python title="own.py"', "answer = 42"),
        ("python", "import own\nprint(own.answer)"),
        ("text", "4..."),
        ("sh", "export WHO=ada\necho $WHO > who.txt\namlsec show roni\nmake check   # not `made` here"),
        ("python", "from pathlib import Path\nassert Path('who.txt').read_text() == 'ada\\n'"),
    ]
    page(tmp_path, monkeypatch, *parts)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ([("sh", "amlsec show nobody")], "line 1: amlsec show nobody: exit code 2, not 0"),
        ([("sh", "amlsec show roni   # exits 1")], "exit code 0, not 1"),
        ([("sh", "false")], "exit code 1, not 0"),
        ([("python", "print(1)"), ("text", "2")], "the page says"),
        ([("sh", "echo one"), ("text", "two")], "the page says"),
        ([("sh", "pip install 'amlsec[nothing]'")], "there is no amlsec"),
        ([("sh", "make nothing-of-this-name")], "exit code 2, not 0"),
        ([("sh", "python benchmarks/nothing.py")], "exit code 2, not 0"),
        ([("fortran", "END")], "nothing here runs 'fortran'"),
    ],
)
def test_a_wrong_page_fails_and_says_where(tmp_path, monkeypatch, parts, said):
    with pytest.raises(AssertionError, match=said):
        page(tmp_path, monkeypatch, *parts)


def test_what_follows_from_a_block_of_shell():
    code = "# no command\nfirst \\\n  goes on\ncat > f <<E\namlsec inside\nE\nlast  # said"
    assert list(commands(code)) == ["first \\\n  goes on", "cat > f <<E\namlsec inside\nE", "last  # said"]
    assert len(list(commands("for x in 1 2; do\n  echo $x\ndone"))) == 1
