"""What a practice at work does every hour by itself, each task without waiting for the others."""

import logging
from functools import partial

from pipeline import arrival, story
from pipeline.practice import Practice, Submit

log = logging.getLogger(__name__)


def tidy(practice: Practice, submit: Submit) -> None:
    """Originals whose days are over, signed documents whose filing failed; neither waits for the other."""
    for task in (partial(arrival.tidy, practice), partial(story.file_again, practice, submit)):
        try:
            task()
        except Exception as error:  # another process tidies too; nothing here is worth stopping the practice
            log.warning("housekeeping: %s", type(error).__name__)
