//! The live gateway at /ws: protocol, codecs, sockets
