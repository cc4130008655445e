"""Messages that were sent, to wordings that people may approve: proposals, never verdicts."""
