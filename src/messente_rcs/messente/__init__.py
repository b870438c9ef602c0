"""Messente: its API, what its answers mean, its credentials and signatures, and the connections to it."""
