"""What can hand a message in: SQS, API Gateway, EventBridge or a direct invocation.

Each module turns its event into submissions, and the outcomes into what its sender understands.
"""
