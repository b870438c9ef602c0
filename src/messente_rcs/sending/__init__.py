"""From a valid submission to its outcome: the protocol that sends at most once, its pace, and cancelling."""
