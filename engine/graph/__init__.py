"""Questions about the graph of tasks, answered from the truth.

Each function takes a connection and asks nothing but that, so that the same one answers on a
snapshot in a thread and inside the transaction of a write.
"""
