"""Word templates and their descriptions, one pair for each kind of document. Data, no code."""
