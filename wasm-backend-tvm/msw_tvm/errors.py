"""What the programs of this folder say when they cannot go on: one line and an exit code of docs/COMMAND_LINE.md."""

import sys
from collections.abc import Callable

USAGE, INVALID, LIMIT, OURS, INTERRUPTED = 2, 3, 4, 1, 130


class BuildError(Exception):
    """One line: <place>: <what>, expected <what>."""

    def __init__(self, text: str, code: int = INVALID):
        super().__init__(text)
        self.code = code


def run_program(name: str, main: Callable[[], None]) -> None:
    """Run a program's main function; a BuildError ends it with its line and its code, an interrupt with 130."""
    try:
        main()
    except BuildError as error:
        print(f"{name}: {error}", file=sys.stderr)
        raise SystemExit(error.code) from None
    except KeyboardInterrupt:
        print(f"{name}: interrupted", file=sys.stderr)
        raise SystemExit(INTERRUPTED) from None
    except OSError as error:
        print(f"{name}: {error.filename or 'system'}: {error.strerror}", file=sys.stderr)
        raise SystemExit(INVALID if isinstance(error, FileNotFoundError) else OURS) from None
