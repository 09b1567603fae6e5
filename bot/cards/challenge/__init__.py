"""What Discord shows of challenges."""
