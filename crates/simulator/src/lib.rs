//! A fleet that moves like one
