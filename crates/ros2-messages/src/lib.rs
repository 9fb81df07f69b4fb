//! ROS 2 message types: rosbridge JSON and CDR decoding
