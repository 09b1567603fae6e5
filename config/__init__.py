"""What can be set: `settings.py` for the owner of a server, `recipes.toml` for the painter."""
