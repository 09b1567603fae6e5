"""Paints the sample styles that the demo shows; only the pictures ship, in `bot/demo/samples/`."""
