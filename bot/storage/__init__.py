"""What outlives the process: the tables, and one repository for each kind of thing in them."""
