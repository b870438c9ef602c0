"""The page of `make up`: a phone, beside it what happened to each message, and what makes it go wrong.

    app -> security    the routes, and who may use them
        -> desk        what each of them does, over the local stack and the stand-in for Messente
            -> story -> message    what is known of each message, as the page shows it
            -> feed    what has changed, as server-sent events
    watching -> story  what nobody tells us is looked at: the table's stream, the dead-letter queue, the clock
    server             serves the app from a thread of its own

It listens on 127.0.0.1 only and is no part of the deployed bundle.
"""
