"""What the program writes of its own work in `logs/`, by turns: ids and codes only, never what was said."""

import logging
import logging.handlers

from pipeline.practice import Practice


def to_files(practice: Practice, *, name: str) -> None:
    """Log to `logs/`, by turns: ids and codes only, never what was said."""
    handler = logging.handlers.RotatingFileHandler(
        practice.place("logs") / f"{name}.log", maxBytes=2_000_000, backupCount=5, encoding="utf-8"
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
