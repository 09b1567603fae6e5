"""Messages that are kept up to date: how they are edited, or replaced if they can't be."""
