"""The way of a painting, from an accepted order to the delivered picture."""
