"""docs/COMPONENTS.md: every command on it runs and shows what it says."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "COMPONENTS.md").read_text()
COMMANDS = re.findall(r"^    \$ (.*)\n((?:    [^$\n].*\n)*)", PAGE, re.M)


def test_there_are_commands():
    assert len(COMMANDS) >= 5


def test_the_commands_run_one_after_the_other():
    for command, shown in COMMANDS:
        done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        for line in shown.splitlines():
            assert line.strip() in done.stdout, command


def test_the_wit_on_the_page_is_what_is_printed():
    compile_it, print_it = (command for command, _ in COMMANDS if "digits.component.wasm" in command)
    subprocess.run(["bash", "-c", compile_it], cwd=ROOT, capture_output=True, check=True)
    printed = subprocess.run(["bash", "-c", print_it], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for line in re.search(r"```wit\n(.*?)```", PAGE, re.S).group(1).splitlines():
        assert line.strip() in ("...", "") or line in printed.splitlines()


@pytest.mark.parametrize("name", re.findall(r"^\| `(ms_backend[^`]*)`", PAGE, re.M))
def test_every_file_is_built(name):
    assert (ROOT / "build" / "wasm" / name).exists()
