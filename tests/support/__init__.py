"""What the groups of tests share: a world in memory, API Gateway, Messente's callbacks, and what must always hold."""
