"""The virtual HoloLens: a strict client of its own.

It shares the wire, the tree vocabulary and base with the server and nothing else, so that it can
disagree with it. It assumes nothing that the protocol does not give it.
"""
