//! The binary form of the messages: CDR, the Common Data Representation of DDS.
