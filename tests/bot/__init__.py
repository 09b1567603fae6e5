"""How the bot behaves, as members see it."""
