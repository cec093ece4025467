"""The numbers that Philox 4x32-10 is made of: a counter of four words and a key of two give four
words that look like chance.

Salmon, Moraes, Dror and Shaw, Parallel random numbers: as easy as 1, 2, 3, SC 2011. Kernels and
WebAssembly write it each in their own way.
"""

ROUNDS = 10
MULTIPLIERS = 0xD2511F53, 0xCD9E8D57
"""Of the first and of the third word of the counter."""
KEY_STEPS = 0x9E3779B9, 0xBB67AE85
"""What is added to the two words of the key from round to round."""
LOW_WORD = 0xFFFFFFFF
