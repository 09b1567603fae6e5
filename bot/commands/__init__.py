"""Commands, buttons and forms: one file per group."""
