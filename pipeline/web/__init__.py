"""The pages in the browser: the work list, the review beside the sound, the signature. Start with app.py."""
