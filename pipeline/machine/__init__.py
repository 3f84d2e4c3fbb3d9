"""The machine that a practice runs on: what is wrong with it, its service, its certificate."""
