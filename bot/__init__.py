"""Atelier on Discord: commands, cards, jobs. Leaves the painting to `stylizer`."""
