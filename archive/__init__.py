"""Signed documents, kept as long as the law asks. Knows nothing of dictation."""
