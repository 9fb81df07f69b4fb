//! The binary form of numbers, strings and structures. The fields of a structure are in the order of its definition.

#[cfg(any(test, feature = "cdr-encode"))]
use super::Writer;
use super::{BinaryForm, Fault, Problem, Reader};
use crate::messages::{
    Header, Odometry, Point, Pose, PoseStamped, PoseWithCovariance, PoseWithCovarianceStamped, Quaternion,
    Time, Twist, TwistWithCovariance, Vector3,
};

macro_rules! numbers {
    ($($number:ty),+) => {$(
        impl BinaryForm for $number {
            fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
                reader.number().map(Self::from_le_bytes)
            }

            #[cfg(any(test, feature = "cdr-encode"))]
            fn write(&self, writer: &mut Writer) {
                writer.number(self.to_le_bytes());
            }
        }
    )+};
}

macro_rules! structures {
    ($($structure:ident { $($field:ident),+ })+) => {$(
        impl BinaryForm for $structure {
            fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
                Ok(Self { $($field: reader.field(stringify!($field))?),+ })
            }

            #[cfg(any(test, feature = "cdr-encode"))]
            fn write(&self, writer: &mut Writer) {
                $(self.$field.write(writer);)+
            }
        }
    )+};
}

numbers!(i32, u32, f64);

structures! {
    Time { sec, nanosec }
    Header { stamp, frame_id }
    Point { x, y, z }
    Vector3 { x, y, z }
    Quaternion { x, y, z, w }
    Pose { position, orientation }
    Twist { linear, angular }
    PoseWithCovariance { pose, covariance }
    TwistWithCovariance { twist, covariance }
    PoseStamped { header, pose }
    PoseWithCovarianceStamped { header, pose }
}

impl BinaryForm for Odometry {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        Ok(Self {
            header: reader.field("header")?,
            child_frame_id: reader.field("child_frame_id")?,
            pose: reader.field("pose")?,
            twist: Some(reader.field("twist")?),
        })
    }

    /// Writes a missing twist as zero velocity, because the binary form cannot omit it.
    #[cfg(any(test, feature = "cdr-encode"))]
    fn write(&self, writer: &mut Writer) {
        self.header.write(writer);
        self.child_frame_id.write(writer);
        self.pose.write(writer);
        let standing = TwistWithCovariance {
            twist: Twist::default(),
            covariance: [0.0; 36],
        };
        self.twist.unwrap_or(standing).write(writer);
    }
}

impl<const N: usize> BinaryForm for [f64; N] {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        let mut values = [0.0; N];
        for value in &mut values {
            *value = f64::read(reader)?;
        }
        Ok(values)
    }

    #[cfg(any(test, feature = "cdr-encode"))]
    fn write(&self, writer: &mut Writer) {
        self.iter().for_each(|value| value.write(writer));
    }
}

impl BinaryForm for String {
    /// Reads a string. Its length includes the final zero byte, but some writers use the length 0 for an empty string.
    fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        let length = u32::read(reader)?;
        let bytes = reader.bytes(usize::try_from(length).unwrap_or(usize::MAX))?;
        let text = match bytes {
            [] => bytes,
            [text @ .., 0] => text,
            _ => return Err(reader.fault_before(bytes.len(), Problem::NotTerminated)),
        };
        // Invalid UTF-8 becomes U+FFFD: a damaged name is no reason to lose the position.
        Ok(String::from_utf8_lossy(text).into_owned())
    }

    #[cfg(any(test, feature = "cdr-encode"))]
    fn write(&self, writer: &mut Writer) {
        u32::try_from(self.len() + 1)
            .expect("names of frames are short")
            .write(writer);
        writer.bytes(self.as_bytes());
        writer.bytes(&[0]);
    }
}
