"""Objects as files, with what is known about them in the database."""
