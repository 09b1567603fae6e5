"""What members can ask for: one file per group of commands, and the buttons."""
