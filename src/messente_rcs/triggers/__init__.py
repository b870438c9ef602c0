"""What the functions are called with: each module turns its event into the package's words, and the answer back."""
