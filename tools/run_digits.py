"""Classifies real scanned digits with a MindSpore-trained model inside the sandbox, and checks the answers: `make run`.

Shows ten scans that the model was not trained on with what it takes them for, then compares its answers for all 360
such scans with their labels and with MindSpore's own logits. Exits with 1 if a claim that it prints does not hold.
The command line does the work: this script calls build/bin/wasm-frontend and lays out what it answers.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
FRONTEND = ROOT / "build" / "bin" / "wasm-frontend"
SHADES = " ░▒▓█"
PLAIN_SHADES = " .+#@"
SCANS_A_ROW = 5
LEAST_RIGHT = 0.97
LARGEST_ERROR = 1e-5


def frontend(*arguments: str | Path) -> str:
    done = subprocess.run([FRONTEND, *arguments], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(f"{FRONTEND.name} {' '.join(map(str, arguments))}: exit code {done.returncode}")
    return done.stdout


def art(scan: Path, shades: str) -> list[str]:
    """A picture as lines of text, two characters a pixel."""
    grey = np.asarray(Image.open(scan).convert("L")).astype(int)
    return ["".join(shades[value * len(shades) // 256] * 2 for value in row) for row in grey]


def show_scans(models: Path, shades: str) -> None:
    """Each scan above its class and probability; the name of a scan's file is the digit that it shows."""
    columns = []
    for scan in sorted((models / "digits_scans").glob("*.png")):
        best = classify(models, scan)
        mark = " " if best["label"] == scan.stem else "?"
        columns.append([*art(scan, shades), "", f"{mark}{best['label']}   {100 * best['value']:.2f} %".center(16)])
    for first in range(0, len(columns), SCANS_A_ROW):
        for line in zip(*columns[first : first + SCANS_A_ROW], strict=True):
            print("   ".join(line).rstrip())
        print()


def classify(models: Path, scan: Path) -> dict:
    labels = models / "digits_labels.txt"
    model = models / "digits.mindir"
    answer = json.loads(frontend("run", model, "--input", f"x={scan}", "--labels", labels, "--top", "3", "--json"))
    return answer["top"][0]


def answers(models: Path) -> tuple[np.ndarray, np.ndarray, float]:
    """Probabilities and logits of all held-out scans, and the milliseconds that the model took for them."""
    with tempfile.TemporaryDirectory() as folder:
        scans = models / "digits_heldout.npy"
        model = models / "digits.mindir"
        answer = frontend("run", model, "--input", f"x={scans}", "--each", "--output", folder, "--json")
        outputs = [np.load(file) for file in sorted(Path(folder).glob("*.npy"))]
    probabilities, logits = (output.reshape(len(output), -1) for output in outputs)
    return probabilities, logits, json.loads(answer)["ms"]["run"]


def check(models: Path) -> bool:
    """Prints each claim with what was found; true if all hold."""
    labels = np.load(models / "digits_heldout_labels.npy")
    reference = np.load(models / "digits_logits.npy")
    probabilities, logits, milliseconds = answers(models)
    taken_for = probabilities.argmax(1)
    right = int((taken_for == labels).sum())
    same = int((taken_for == reference.argmax(1)).sum())
    error = float(np.abs(logits - reference).max() / np.abs(reference).max())
    count = len(labels)
    claims = [
        (right >= LEAST_RIGHT * count, f"{right} of {count} right ({100 * right / count:.2f} %, at least 97 % wanted)"),
        (same == count, f"{same} of {count} answered as MindSpore does"),
        (error <= LARGEST_ERROR, f"logits within {error:.1e} of MindSpore's largest (at most 1e-05 wanted)"),
    ]
    print(f"All {count} scans kept from training, {milliseconds / count:.2f} ms each:")
    for holds, text in claims:
        print(f"  {'ok' if holds else 'FAILED':8}{text}")
    return all(holds for holds, _ in claims)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument(
        "--models", type=Path, default=ROOT / "test" / "models", help="folder with digits.mindir and its scans"
    )
    models = options.parse_args().models
    encoding = (sys.stdout.encoding or "").lower()
    print("Handwritten digits, classified by a MindSpore model inside the WebAssembly sandbox:\n")
    show_scans(models, SHADES if encoding.startswith("utf") else PLAIN_SHADES)
    if not check(models):
        sys.exit(1)


if __name__ == "__main__":
    main()
