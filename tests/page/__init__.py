"""The page of `make up`: a phone, beside it what happened to each message, and what makes it go wrong.

    server -> desk         the routes, who may use them, and what each does over the local stack and the stand-in
        -> story -> message    what is known of each message, as the page shows it
        -> feed            what has changed, as server-sent events
        -> watching        what nobody tells us is looked at: the table's stream, the dead-letter queue, the clock

It listens on 127.0.0.1 only and is no part of the deployed bundle.
"""
