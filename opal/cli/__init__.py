"""The command line over the client, and what an operator does with the store.

Exit statuses: 0 all is done; 1 something was refused, failed, or is wrong; 2 the command or its
configuration is wrong; 3 the service does not answer, try again later; 130 interrupted.
"""
