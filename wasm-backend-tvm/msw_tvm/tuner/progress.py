"""Shows how far the tuner is: a bar on a terminal, else a line for each workload."""

import sys
from typing import TextIO

from tqdm import tqdm


class Progress:
    """One step for each workload; `note` tells of what is going on within a step."""

    def __init__(self, total: int, stream: TextIO = sys.stderr):
        self.total, self.done, self.stream = total, 0, stream
        self.bar = tqdm(total=total, file=stream, unit="shape", disable=not stream.isatty())

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_: object) -> None:
        self.bar.close()

    def note(self, text: str) -> None:
        self.bar.set_postfix_str(text)

    def step(self, text: str) -> None:
        """A workload is done."""
        self.done += 1
        self.bar.update()
        if self.bar.disable:
            print(f"[{self.done}/{self.total}] {text}", file=self.stream, flush=True)
        else:
            self.bar.write(text, file=self.stream)
