"""The command line `rcs`: sends, follows and repairs messages of one deployed stack. The functions never import it.

main -> options                          lists the commands; imports the module of a command when it is called
     -> commands/ -> command             reads the arguments, asks the stack, prints the answer
          -> stack -> api                finds the stack in AWS or in a local emulator, and calls its HTTP API
          -> messages -> files           reads many messages from a file, and checks them
          -> batches -> side_by_side     queues them, reads their records, and makes calls in parallel
          -> letters                     reads dead letters, and why they are there
          -> checks -> site              checks the deployed stack for `rcs doctor`
          -> output -> masking           prints tables for people and JSON for programs, with masked recipients
          -> problems                    explains each failure in one line, with what to do
"""

import sys

# Ctrl-C while the program is being imported is told by the exit code alone, as at any other time.
sys.excepthook = lambda kind, *rest: None if kind is KeyboardInterrupt else sys.__excepthook__(kind, *rest)
