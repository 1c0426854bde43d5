"""DynamoDB's expressions, each text parsed once: conditions, key conditions, updates and projections."""
