"""What outlives the process: tables, and one repository per aggregate."""
