"""The few calls of AWS that the code makes, in memory: DynamoDB, SQS and Secrets Manager with boto3's own arguments.

tests/integration/test_fakes.py runs the same calls against these and against the emulator, and wants the same answers.
"""
