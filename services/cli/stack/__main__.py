"""The detached stack's own process: `python -m services.cli.stack DATA_DIR ENGINE [BASE_MODEL]`.

Its output is a log, so the first API key, which the terminal shows, is not part of it.
"""

import sys
from pathlib import Path

from services.cli.stack.engine import engine_of
from services.cli.stack.foreground import run_in_foreground


def _say(line: str) -> None:
    print(line, flush=True)


def main() -> None:
    """Exits with status 1 and the reason when the stack does not come up."""
    data_dir, named_engine, *named_model = sys.argv[1:]
    base_model = named_model[0] if named_model else None
    try:
        engine = engine_of(named_engine, {})
        run_in_foreground(Path(data_dir), base_model, engine, say=_say, on_ready=lambda _: _say("Ready"))
    except Exception as error:
        if not hasattr(error, "code"):
            raise
        sys.exit(str(error))


if __name__ == "__main__":
    main()
