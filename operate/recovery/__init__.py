"""Copy what a restored table has into the live one, item by item, without overwriting anything newer."""
