// The room of the generated classes has no code of its own.
