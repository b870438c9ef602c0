"""The command line `rcs`: sends, follows and repairs messages of one deployed stack. The functions never import it.

main -> commands/         one module for each group of commands: reads the arguments, asks the stack, prints the answer
          -> options -> stack -> account     finds the stack in AWS or in a local emulator
          -> api                             calls the HTTP API of the stack, signed
          -> files, batches                  reads many messages from a file, and queues ten a call
          -> letters                         reads dead letters, and why they are there
          -> checks                          checks the deployed stack for `rcs doctor`
          -> output -> masking               prints tables for people and JSON for programs, with masked recipients
          -> usage, streams                  prints help, and writes to any terminal or pipe
          -> problems                        explains each failure in one line, with what to do
"""
