//! The JSON form of the messages, as the rosbridge protocol writes it.
