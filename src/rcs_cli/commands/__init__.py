"""The commands by theme. Each reads its arguments, asks the stack, and says what came of it."""
