"""DynamoDB, Step Functions and the Lambda context, without business logic."""
