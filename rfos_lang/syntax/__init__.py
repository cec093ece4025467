"""From text to tree, and from tree to text: parser with recovery, formatter."""
