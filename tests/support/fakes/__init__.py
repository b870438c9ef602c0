"""The few calls of AWS that the code makes, in memory: DynamoDB, SQS and Secrets Manager with boto3's own arguments.

tests/integration/test_fakes.py makes DynamoDB's calls here and on the emulator, and wants the same answers.
"""
