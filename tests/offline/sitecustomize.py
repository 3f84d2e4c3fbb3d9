"""Python reads this at start-up when this folder is first on PYTHONPATH."""

import guard  # noqa: F401
