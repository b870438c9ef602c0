"""A stand-in for Messente's Omnichannel API: `messente` is what it does, `server` and `wires` are ways to reach it.

`numbers` lists the recipients that misbehave; `reports` are its callbacks, which `courier` delivers for the server.
"""
