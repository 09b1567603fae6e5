"""Files: pictures on disk, how they get there, and when they are deleted."""
