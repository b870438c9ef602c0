"""Messages from recipients: replies, taps, stop words. Each is published as an event, and an opt-out is kept."""
