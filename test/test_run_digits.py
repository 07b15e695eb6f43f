"""`make run` shows ten scans with their class, and fails where one of its claims does not hold."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

SCRIPT = Path(__file__).parent.parent / "tools" / "run_digits.py"


@pytest.fixture
def copied(models, tmp_path) -> Path:
    return Path(shutil.copytree(models, tmp_path / "models"))


def run(folder: Path) -> subprocess.CompletedProcess:
    command = [sys.executable, SCRIPT, "--models", folder]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)


def test_ten_scans_get_the_digit_that_they_show(models):
    done = run(models)
    assert (done.returncode, done.stderr) == (0, "")
    answers = re.findall(r"(\d)   +\d+\.\d\d %", done.stdout)
    assert answers == [str(digit) for digit in range(10)]
    assert done.stdout.count("\n  ok ") == 3
    right = np.load(models / "digits_logits.npy").argmax(1) == np.load(models / "digits_heldout_labels.npy")
    assert f"{right.sum()} of 360 right" in done.stdout


def test_it_fails_where_a_class_is_not_mindspores(copied):
    logits = np.load(copied / "digits_logits.npy")
    logits[100] = logits[100, ::-1]
    np.save(copied / "digits_logits.npy", logits)
    done = run(copied)
    assert done.returncode == 1
    assert "FAILED  359 of 360 answered as MindSpore does" in done.stdout


def test_it_fails_where_a_logit_is_too_far_off(copied):
    logits = np.load(copied / "digits_logits.npy")
    logits[7, 3] += 2e-5 * np.abs(logits).max()
    np.save(copied / "digits_logits.npy", logits)
    done = run(copied)
    assert done.returncode == 1
    assert "FAILED  logits within 2.0e-05" in done.stdout


def test_it_fails_where_too_few_are_right(copied):
    labels = np.load(copied / "digits_heldout_labels.npy")
    labels[:20] = (labels[:20] + 1) % 10
    np.save(copied / "digits_heldout_labels.npy", labels)
    done = run(copied)
    assert done.returncode == 1
    assert "FAILED  3" in done.stdout


def test_a_model_that_cannot_be_read_is_the_frontends_words(copied):
    (copied / "digits.mindir").write_bytes(b"")
    done = run(copied)
    assert done.returncode == 1
    assert "digits.mindir" in done.stderr
