"""The record of a message id: what it holds, and the conditional writes that move it."""
