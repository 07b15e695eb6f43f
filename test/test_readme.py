"""Every command that the README shows does what it shows."""

import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
COMMANDS = re.findall(r"^    \$ (build/bin/.*)$", README, re.M)


def test_there_are_commands():
    assert len(COMMANDS) >= 3


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_runs(command):
    answer = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout


def test_the_first_answer_is_the_one_shown():
    shown = re.search(re.escape(COMMANDS[0]) + r"\n((?:    .*\n)+)", README).group(1)
    answer = subprocess.run(["bash", "-c", COMMANDS[0]], cwd=ROOT, capture_output=True, text=True, check=True)
    assert answer.stdout == "".join(line[4:] + "\n" for line in shown.splitlines())
    assert json.loads(answer.stdout)["input-data"]["FP32Array"] == [1.5, 2.25]


def test_every_word_of_make_exists():
    makefile = (ROOT / "Makefile").read_text()
    for word in re.findall(r"\bmake ([a-z]+)", README):
        assert re.search(rf"^[a-z .-]*\b{word}\b[a-z .-]*:", makefile, re.M), word


def test_every_link_leads_somewhere():
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]:
        for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / link).exists(), f"{page.name}: {link}"
