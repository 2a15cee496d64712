"""The detached stack's own process: `python -m services.cli.stack DATA_DIR [BASE_MODEL]`.

Its output is a log, so the first API key, which the terminal shows, is not part of it.
"""

import sys
from pathlib import Path

from services.cli.stack.foreground import run_in_foreground


def _say(line: str) -> None:
    print(line, flush=True)


def main() -> None:
    """Exits with status 1 and the reason when the stack does not come up."""
    data_dir, base_model = Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None
    try:
        run_in_foreground(data_dir, base_model, say=_say, on_ready=lambda _: _say("Ready"))
    except Exception as error:
        if not hasattr(error, "code"):
            raise
        sys.exit(str(error))


if __name__ == "__main__":
    main()
