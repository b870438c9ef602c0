"""Lambda's entry points: one module for each function of the stack."""

import gc

# What is imported and put together lives as long as the process: looking through it for garbage again and again only
# delays the start. ready() makes it permanent and turns collection on.
gc.disable()


def ready() -> None:
    """End the start: what is there by now is never garbage."""
    gc.freeze()
    gc.enable()
