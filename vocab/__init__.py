"""French medical words. Knows nothing of audio, files or letters."""
