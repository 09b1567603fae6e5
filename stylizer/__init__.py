"""The painter: one picture in the style of another. Knows nothing about Discord."""
