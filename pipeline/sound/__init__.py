"""Recordings as files: what each format says of itself, what is heard in it, and the limited process that opens it.

`decoding` is what the rest of the program asks; `decoder` is the process it asks in turn, and `audio` does the work.
"""
