"""How well are known pictures known? Pictures dressed up in every usual way, and what is counted.

Nothing of this runs in the gate: it is for ``sallyport images eval`` and for tests.
"""
