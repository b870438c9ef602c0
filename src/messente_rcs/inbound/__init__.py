"""What recipients send: replies, taps, stop words. Each is told to its owners as an event, and an opt-out is kept."""
