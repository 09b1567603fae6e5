"""What Discord shows, as Components V2 layouts."""
