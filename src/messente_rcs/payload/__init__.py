"""What may be sent: the models of a payload, and how what a caller sent becomes a Submission or an InvalidPayload.

The models are Messente's OpenAPI 2.1.0, with each limit and each "exactly one of" that it only has in prose.
"""
