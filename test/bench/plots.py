"""Draws the plots of docs/BENCH.md from what report.mjs left in build/bench/plots.json; equal data give equal bytes."""

import json
from pathlib import Path

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt

ROOT = Path(__file__).resolve().parent.parent.parent
COLOURS = {
    "ours": "#0b6e4f",
    "exact": "#6fb98f",
    "tfjs-wasm": "#e08e45",
    "native, AVX2": "#b0b0b0",
    "onnxruntime-web": "#3b6ea8",
}
# Text stays text, which is smaller and can be searched; ids do not depend on the time.
STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "bench",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 10,
    "legend.frameon": False,
}


def save(figure: plt.Figure, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None, "Creator": None}, bbox_inches="tight")
    plt.close(figure)
    path.write_text("\n".join(line.rstrip() for line in path.read_text().splitlines()) + "\n")


def draw_panel(axes: plt.Axes, models: list[str], panel: dict) -> None:
    width = 0.8 / len(panel["bars"])
    for index, bar in enumerate(panel["bars"]):
        places = [model + (index - (len(panel["bars"]) - 1) / 2) * width for model in range(len(models))]
        heights = [value or 0 for value in bar["values"]]
        axes.bar(places, heights, width, label=bar["label"], color=COLOURS[bar["label"]])
    axes.axhline(1, color="black", linewidth=0.8)
    axes.set_xticks(range(len(models)), models, rotation=30, ha="right")
    axes.set_title("one thread" if panel["threads"] == 1 else f"{panel['threads']} threads", loc="left")
    axes.set_ylabel("times as fast as onnxruntime-web")
    axes.legend(ncols=len(panel["bars"]), loc="lower right", bbox_to_anchor=(1, 1))  # above all bars


def draw_peers(data: dict, path: Path) -> None:
    figure, rows = plt.subplots(len(data["panels"]), 1, figsize=(8, 7), layout="constrained")
    for axes, panel in zip(rows, data["panels"], strict=True):
        draw_panel(axes, data["models"], panel)
    save(figure, path)


def draw_growth(data: list[dict], path: Path) -> None:
    figure, rows = plt.subplots(2, len(data), figsize=(3.4 * len(data), 5), layout="constrained", squeeze=False)
    for column, part in enumerate(data):
        for row, (what, label) in enumerate((("ms", "ms"), ("megabytes", "wasm memory, MB"))):
            axes = rows[row][column]
            for line in part["lines"]:
                axes.plot(line["x"], line[what], marker="o", label=line["label"], color=COLOURS[line["label"]])
            axes.set_ylim(bottom=0)
            axes.set_xlabel(part["about"])
            axes.set_ylabel(label)
        rows[0][column].set_title(part["model"].removesuffix("_sizes"))
    rows[0][0].legend()
    save(figure, path)


def main() -> None:
    data = json.loads((ROOT / "build" / "bench" / "plots.json").read_text())
    folder = Path(data["folder"])
    plt.rcParams.update(STYLE)
    for engine, peers in data["peers"].items():
        if peers["models"]:
            draw_peers(peers, folder / f"peers-{engine}.svg")
    if data["growth"]:
        draw_growth(data["growth"], folder / "growth.svg")


if __name__ == "__main__":
    main()
