"""Programs that write the generated pages under docs/reference/."""
