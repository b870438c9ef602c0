"""The real template on this machine: an AWS emulator, a stand-in for Messente, and what drives them."""
