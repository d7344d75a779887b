"""harness: what the benchmarks share.

rounds       runs the things that are compared in turns, and sums up what came out
cgroup       a cage of so many CPUs and so much memory
clock        the monotonic clock
cpu          CPU time and memory of processes, with their threads and children
report       the results: targets and verdicts, printed as tables and written as JSON
plot         lines in a plot, written as SVG
host         the parts that are measured: a stack, and processes beside it
competition  what a stack's PostgreSQL is filled with
load         the load client for board reads
herd         the viewers of a stream
"""
