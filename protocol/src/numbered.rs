//! Enums that travel as `[number, {fields}]`. The number is what stays the same for ever; the name is
//! for people.

/// Declares such an enum with its encoder and decoder. A number that once meant something stays in
/// the list, commented, when its meaning goes.
macro_rules! numbered {
    (
        $(#[$doc:meta])*
        pub enum $name:ident { $($(#[$vdoc:meta])* $number:literal = $variant:ident($body:ty),)* }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq)]
        pub enum $name { $($(#[$vdoc])* $variant($body),)* }

        impl $name {
            /// The number that stands for this variant on the wire.
            pub const fn number(&self) -> u16 {
                match self { $(Self::$variant(_) => $number,)* }
            }

            /// The variant's name, for logs and counters.
            pub const fn name(&self) -> &'static str {
                match self { $(Self::$variant(_) => stringify!($variant),)* }
            }

            /// The numbers of this version.
            pub const NUMBERS: &[u16] = &[$($number),*];

            /// The bytes `[number, {fields}]`.
            pub fn encode(&self) -> Result<Vec<u8>, $crate::codec::EncodeError> {
                $crate::codec::encode(self)
            }

            /// Reads `[number, {fields}]` of at most `limit` bytes.
            pub fn decode(bytes: &[u8], limit: usize) -> Result<Self, $crate::codec::DecodeError> {
                use $crate::codec::{DecodeError, decode};
                decode(bytes, limit).map_err(|error| {
                    // Tell a newer peer's frame from a broken one.
                    match decode::<(u16, serde::de::IgnoredAny)>(bytes, limit) {
                        Ok((number, _)) if !Self::NUMBERS.contains(&number) => DecodeError::UnknownNumber(number),
                        _ => error,
                    }
                })
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$variant(body) => (self.number(), body).serialize(serializer),)*
                }
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Pair;
                impl<'de> serde::de::Visitor<'de> for Pair {
                    type Value = $name;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(f, "[number, fields] of {}", stringify!($name))
                    }

                    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<$name, A::Error> {
                        use serde::de::Error;
                        let number: u16 = seq.next_element()?.ok_or_else(|| A::Error::invalid_length(0, &self))?;
                        match number {
                            $($number => seq
                                .next_element::<$body>()?
                                .map($name::$variant)
                                .ok_or_else(|| A::Error::invalid_length(1, &self)),)*
                            other => Err(A::Error::custom(format_args!("unknown number {other}"))),
                        }
                    }
                }
                deserializer.deserialize_tuple(2, Pair)
            }
        }

        $(impl From<$body> for $name {
            fn from(body: $body) -> Self {
                Self::$variant(body)
            }
        })*
    };
}

pub(crate) use numbered;
