//! Every port in memory: the embedded default and the double of use-case tests
