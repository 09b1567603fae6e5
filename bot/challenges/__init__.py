"""Challenges: a server paints to a theme, votes, and sees a winner."""
