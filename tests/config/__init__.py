"""The settings and the recipes, as data."""
