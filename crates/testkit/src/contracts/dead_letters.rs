//! What every `DeadLetters` does.
