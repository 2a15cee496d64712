"""The stages of the pipeline, each in its own file, each reusing its output when the object store has it."""
