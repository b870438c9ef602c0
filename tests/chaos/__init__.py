"""Chaos: the real template on the emulator while processes die, AWS and Messente fail, and messages come twice."""
