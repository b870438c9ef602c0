"""Lambda's entry points: one module for each function of the stack."""
