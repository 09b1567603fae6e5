"""Configuration: `settings.py` for the bot, `recipes.toml` for the painter."""
