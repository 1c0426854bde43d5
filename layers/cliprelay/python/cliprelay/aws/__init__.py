"""DynamoDB, Step Functions and Lambda's context, without any business word."""
