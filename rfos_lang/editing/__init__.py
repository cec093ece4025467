"""What editors, prompts and pages need of the language: colours, places, completion."""
