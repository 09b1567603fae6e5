"""Style challenges: their rules, votes and results."""
