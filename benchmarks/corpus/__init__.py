"""A labelled corpus: municipalities' years whose truth is known, and how well it is judged.

    python -m benchmarks.corpus --seeds 20 --postings 10000

The model here shares no code with the rules: it invents what really happened, writes the
documents that would have shown it, well or badly, and remembers what is wrong and what would be
right. See corpus.md. All persons and numbers are invented.
"""
