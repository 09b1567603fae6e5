"""Atelier on Discord: commands, cards, jobs. Paints nothing itself; that is the stylizer's."""
