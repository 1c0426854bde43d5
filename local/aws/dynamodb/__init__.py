"""DynamoDB of the local service: its rules over any kind of table, and tables in the service's database."""
