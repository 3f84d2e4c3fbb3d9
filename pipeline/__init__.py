"""From a dictation to a filed letter. Start with story.py."""
