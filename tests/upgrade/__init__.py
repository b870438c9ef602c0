"""The upgrade proof: the release before, this one deployed over it, and back, with work under way at each step."""
