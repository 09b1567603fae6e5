"""Paints the gallery's built-in styles; only the pictures ship, in `bot/gallery/pictures/`."""
