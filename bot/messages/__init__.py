"""Messages that are kept up to date, and what makes files fit into them."""
