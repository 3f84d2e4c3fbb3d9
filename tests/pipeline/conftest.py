"""What several tests of this folder work with."""

from tests.pipeline.lived import lived, lived_seed
from tests.pipeline.stage import engine, story

__all__ = ["engine", "lived", "lived_seed", "story"]
