"""Lambda's entry points: one module for each function of the stack."""

import gc

# What is imported and put together lives as long as the process: looking through it for garbage again and again only
# delays the start. wiring.entry_point() turns collection on at the end of the start.
gc.disable()
