"""The command line `rcs`: sends, follows and repairs messages of one deployed stack. The functions never import it.

main -> commands/ (sending | tracking | unknown | dead_letters | doctor)   what a user types, and what it says back
          -> options -> stack -> account     which stack is meant, and how it is reached: AWS, or a local emulator
          -> api                             the HTTP API of the stack, signed
          -> files, batches                  many messages in a file, ten a call
          -> letters, redrive                dead letters: why, and whether one may go out again
          -> checks                          is the stack whole?
          -> output -> masking               tables for people, JSON for programs; recipients are masked
          -> usage, streams                  help without types, and output that any terminal or pipe takes
          -> problems                        what goes wrong is one line that says what to do
"""

__version__ = "1.0.0"
