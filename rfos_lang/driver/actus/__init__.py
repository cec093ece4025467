"""From an ACTUS term dictionary to a contract of the library, its arguments and its feeds."""
