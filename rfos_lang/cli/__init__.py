"""The command `rfos`: files in, words and tables out."""
