//! What both sides say of themselves before any call (protocol §3).
//!
//! ```text
//!   preamble 16 │ type u16 │ length u16 │ value │ type u16 │ length u16 │ value │ …
//! ```
//! Entries of unknown type are skipped, so that a newer peer can say more. What both sides then do with each other's
//! hello, and how long a peer may take for it, is not known here.

use super::{PREAMBLE, ProtocolError, preamble};
use crate::Limits;

/// Most services in one hello (protocol §3.7).
const SERVICES: usize = 1_024;
/// Longest name of a service or a product, in bytes.
const TEXT: usize = 255;
/// Most bytes and items of credit that one side can give (protocol §8.3): sums of it stay within 32 bits.
const CREDIT: u32 = i32::MAX as u32;
/// Most bytes of entries that any receiver accepts (protocol §2.3).
const LONGEST: usize = 64 << 10;

/// The types of entries.
mod entry {
    pub(super) const MAX_MESSAGE: u16 = 1;
    pub(super) const CALLS_IN_FLIGHT: u16 = 2;
    pub(super) const CODECS: u16 = 3;
    pub(super) const FEATURES: u16 = 4;
    pub(super) const CREDITS: u16 = 5;
    pub(super) const PRODUCT: u16 = 6;
    pub(super) const SERVICE: u16 = 7;
}

/// What one side says of itself. The default is what a hello without entries means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hello {
    /// Largest message that this side accepts, in bytes. Without the entry 4 MiB.
    pub max_message: u32,
    /// Calls that the peer may have open here at a time. Without the entry 1,024.
    pub calls_in_flight: u32,
    /// Ids of the codecs that this side has, best first. Without the entry 1, binary.
    pub codecs: Vec<u8>,
    /// What this side can do beyond the version. Without the entry nothing.
    pub features: Features,
    /// What the peer may send of streams before it is given more.
    pub credits: InitialCredits,
    /// Name and version of the program, for people. Without the entry empty.
    pub product: String,
    /// The services that this side serves; empty also if it does not say.
    pub services: Vec<HelloService>,
}

impl Default for Hello {
    fn default() -> Self {
        Self {
            max_message: 4 << 20,
            calls_in_flight: 1_024,
            codecs: vec![1],
            features: Features::NONE,
            credits: InitialCredits::default(),
            product: String::new(),
            services: Vec::new(),
        }
    }
}

/// Bits for what goes beyond the version; each is used only where both sides set it (protocol §3.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Features(pub u64);

impl Features {
    /// Nothing.
    pub const NONE: Self = Self(0);
    /// The accepting side opens calls too.
    pub const REVERSE_CALLS: Self = Self(1 << 0);
    /// Bodies may be compressed.
    pub const COMPRESSION: Self = Self(1 << 1);
    /// Frames end with a CRC32C.
    pub const CRC32C: Self = Self(1 << 2);

    /// What both sides set.
    #[must_use]
    pub const fn agreed(self, peer: Self) -> Self {
        Self(self.0 & peer.0)
    }

    /// Whether all of `features` are set.
    #[must_use]
    pub const fn has(self, features: Self) -> bool {
        self.0 & features.0 == features.0
    }
}

/// What a peer may send of streams at first (protocol §3.5). Without the entry 64 KiB and 16 items for each stream, and
/// 1 MiB for all of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InitialCredits {
    /// Bytes for each stream.
    pub stream_bytes: u32,
    /// Items for each stream.
    pub stream_items: u32,
    /// Bytes for all streams together.
    pub connection_bytes: u32,
}

impl InitialCredits {
    /// What a side announces that takes no streams.
    pub const NONE: Self = Self { stream_bytes: 0, stream_items: 0, connection_bytes: 0 };

    /// What the limits of a side let its peer send.
    #[must_use]
    pub(crate) fn of(limits: &Limits) -> Self {
        let most = |credit: u32| credit.min(i32::MAX as u32);
        Self {
            stream_bytes: most(limits.stream_bytes),
            stream_items: most(limits.stream_items),
            connection_bytes: most(limits.connection_stream_bytes),
        }
    }
}

impl Default for InitialCredits {
    fn default() -> Self {
        Self { stream_bytes: 64 << 10, stream_items: 16, connection_bytes: 1 << 20 }
    }
}

/// A service as a hello lists it (protocol §3.7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HelloService {
    /// FNV-1a of the name; its methods' ids are made with it.
    pub hash: u32,
    /// Fingerprint of its schema, 0 if unchecked.
    pub fingerprint: u64,
    /// Its name: 1 to 255 bytes, no control characters.
    pub name: String,
}

/// What [`parse`] found at the start of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parsed {
    /// Not yet whole.
    Partial {
        /// Bytes needed in all, as far as that is known: the preamble, then the whole hello.
        need: usize,
    },
    /// A whole hello.
    Hello {
        /// What the peer says.
        hello: Hello,
        /// The version that both speak.
        version: u16,
        /// Bytes that it took; frames begin there.
        len: usize,
    },
}

impl Hello {
    /// Preamble and entries, as they begin a connection. What a receiver would refuse is found by
    /// [`check`](Self::check).
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let InitialCredits { stream_bytes, stream_items, connection_bytes } = self.credits;
        let mut out = vec![0; PREAMBLE];
        put(&mut out, entry::MAX_MESSAGE, &[&self.max_message.to_le_bytes()]);
        put(&mut out, entry::CALLS_IN_FLIGHT, &[&self.calls_in_flight.to_le_bytes()]);
        put(&mut out, entry::CODECS, &[&self.codecs]);
        put(&mut out, entry::FEATURES, &[&self.features.0.to_le_bytes()]);
        let credits = [stream_bytes, stream_items, connection_bytes].map(u32::to_le_bytes);
        put(&mut out, entry::CREDITS, &[credits.as_flattened()]);
        put(&mut out, entry::PRODUCT, &[self.product.as_bytes()]);
        for HelloService { hash, fingerprint, name } in &self.services {
            put(&mut out, entry::SERVICE, &[&hash.to_le_bytes(), &fingerprint.to_le_bytes(), name.as_bytes()]);
        }
        let entries = u32::try_from(out.len() - PREAMBLE).unwrap_or(u32::MAX);
        out[..PREAMBLE].copy_from_slice(&preamble::encode(entries));
        out
    }

    /// Whether every receiver takes this hello; a side asks once, when it is set up.
    ///
    /// # Errors
    /// What a receiver would find wrong: too many services, a bad name, more than 64 KiB in all.
    pub fn check(&self) -> Result<(), &'static str> {
        let bytes = self.encode();
        if bytes.len() - PREAMBLE > LONGEST {
            return Err("it is longer than 64 KiB");
        }
        entries(&bytes[PREAMBLE..]).map(drop)
    }

    /// Takes the value of one entry.
    fn take(&mut self, kind: u16, value: &[u8]) -> Result<(), &'static str> {
        match kind {
            entry::MAX_MESSAGE => self.max_message = u32::from_le_bytes(fixed(value)?),
            entry::CALLS_IN_FLIGHT => self.calls_in_flight = u32::from_le_bytes(fixed(value)?),
            entry::CODECS if (1..=255).contains(&value.len()) => self.codecs = value.to_vec(),
            entry::CODECS => return Err("the codecs are not 1 to 255"),
            entry::FEATURES => self.features = Features(u64::from_le_bytes(fixed(value)?)),
            entry::CREDITS => self.credits = credits(value)?,
            entry::PRODUCT => self.product = text(value)?,
            entry::SERVICE if self.services.len() == SERVICES => {
                return Err("there are more than 1024 services");
            }
            entry::SERVICE => self.services.push(service(value)?),
            _ => {}
        }
        Ok(())
    }
}

/// One entry, its value given in parts. A value beyond 16 bits of length is cut, never miscounted; [`Hello::check`]
/// refuses it long before.
fn put(out: &mut Vec<u8>, kind: u16, parts: &[&[u8]]) {
    let value = parts.concat();
    let length = u16::try_from(value.len()).unwrap_or(u16::MAX);
    out.extend(kind.to_le_bytes());
    out.extend(length.to_le_bytes());
    out.extend(&value[..usize::from(length)]);
}

/// Reads the hello at the start of a connection, from any part of it that has arrived. `limit` bounds the entries, and
/// is checked before they arrive.
///
/// # Errors
/// Bytes of another protocol, at the first that differs; no common version; a hello above `limit`; entries that do not
/// have their form.
pub fn parse(bytes: &[u8], limit: usize) -> Result<Parsed, ProtocolError> {
    let Some((version, length)) = preamble::decode(bytes, limit)? else {
        return Ok(Parsed::Partial { need: PREAMBLE });
    };
    let len = PREAMBLE.saturating_add(length);
    match bytes.get(PREAMBLE..len) {
        Some(bytes) => Ok(Parsed::Hello { hello: entries(bytes).map_err(ProtocolError::Hello)?, version, len }),
        None => Ok(Parsed::Partial { need: len }),
    }
}

fn entries(mut bytes: &[u8]) -> Result<Hello, &'static str> {
    let mut hello = Hello::default();
    let mut seen = 0_u32;
    while !bytes.is_empty() {
        let (&[k0, k1, l0, l1], rest) = bytes.split_first_chunk().ok_or("an entry is cut off")?;
        let kind = u16::from_le_bytes([k0, k1]);
        let length = usize::from(u16::from_le_bytes([l0, l1]));
        let (value, rest) = rest.split_at_checked(length).ok_or("an entry is longer than what is left")?;
        let bit = if (1..entry::SERVICE).contains(&kind) { 1 << kind } else { 0 };
        if seen & bit != 0 {
            return Err("an entry stands twice");
        }
        seen |= bit;
        hello.take(kind, value)?;
        bytes = rest;
    }
    Ok(hello)
}

fn fixed<const N: usize>(value: &[u8]) -> Result<[u8; N], &'static str> {
    value.try_into().map_err(|_| "an entry does not have the length of its type")
}

fn credits(value: &[u8]) -> Result<InitialCredits, &'static str> {
    let [a0, a1, a2, a3, b0, b1, b2, b3, c0, c1, c2, c3] = fixed(value)?;
    let [stream_bytes, stream_items, connection_bytes] =
        [[a0, a1, a2, a3], [b0, b1, b2, b3], [c0, c1, c2, c3]].map(u32::from_le_bytes);
    if stream_bytes.max(stream_items).max(connection_bytes) > CREDIT {
        return Err("an initial credit is above 2147483647");
    }
    Ok(InitialCredits { stream_bytes, stream_items, connection_bytes })
}

fn service(value: &[u8]) -> Result<HelloService, &'static str> {
    let (hash, rest) = value.split_first_chunk().ok_or("a service is cut off")?;
    let (fingerprint, name) = rest.split_first_chunk().ok_or("a service is cut off")?;
    if name.is_empty() {
        return Err("a service has no name");
    }
    Ok(HelloService {
        hash: u32::from_le_bytes(*hash),
        fingerprint: u64::from_le_bytes(*fingerprint),
        name: text(name)?,
    })
}

/// Text that can be shown and logged as it is.
fn text(value: &[u8]) -> Result<String, &'static str> {
    if value.len() > TEXT {
        return Err("a text is longer than 255 bytes");
    }
    let text = std::str::from_utf8(value).map_err(|_| "a text is not UTF-8")?;
    if text.chars().any(char::is_control) {
        return Err("a text has control characters");
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn with_entries(entries: &[u8]) -> Vec<u8> {
        [&preamble::encode(entries.len() as u32), entries].concat()
    }

    fn entry(kind: u16, value: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        put(&mut out, kind, &[value]);
        out
    }

    fn parsed(bytes: &[u8]) -> Result<Hello, ProtocolError> {
        match parse(bytes, LONGEST)? {
            Parsed::Hello { hello, version: 1, len } if len == bytes.len() => Ok(hello),
            other => panic!("not a whole hello of version 1: {other:?}"),
        }
    }

    fn refusal(entries: &[u8]) -> &'static str {
        match parsed(&with_entries(entries)) {
            Err(ProtocolError::Hello(why)) => why,
            other => panic!("{entries:?} gave {other:?}"),
        }
    }

    prop_compose! {
        fn a_service()(hash: u32, fingerprint: u64, name in "[a-zA-Zä.]{1,80}") -> HelloService {
            HelloService { hash, fingerprint, name }
        }
    }

    prop_compose! {
        fn a_hello()(
            (max_message, calls_in_flight, features) in any::<(u32, u32, u64)>(),
            codecs in vec(any::<u8>(), 1..20),
            [stream_bytes, stream_items, connection_bytes] in [0..=CREDIT, 0..=CREDIT, 0..=CREDIT],
            product in "[a-z0-9/. ü]{0,60}",
            services in vec(a_service(), 0..8),
        ) -> Hello {
            let credits = InitialCredits { stream_bytes, stream_items, connection_bytes };
            let features = Features(features);
            Hello { max_message, calls_in_flight, codecs, features, credits, product, services }
        }
    }

    proptest! {
        #[test]
        fn a_hello_survives_the_wire_and_every_part_of_it_is_partial(hello in a_hello()) {
            prop_assert_eq!(hello.check(), Ok(()));
            let bytes = hello.encode();
            for cut in 0..bytes.len() {
                let need = if cut < PREAMBLE { PREAMBLE } else { bytes.len() };
                prop_assert_eq!(parse(&bytes[..cut], LONGEST), Ok(Parsed::Partial { need }));
            }
            let whole = Parsed::Hello { hello, version: 1, len: bytes.len() };
            prop_assert_eq!(parse(&[&bytes[..], b"frames"].concat(), LONGEST), Ok(whole));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            let _ = parse(&bytes, LONGEST);
            let _ = parse(&with_entries(&bytes), LONGEST);
            let _ = parse(&[&preamble::encode(u32::MAX), &bytes[..]].concat(), usize::MAX);
        }

        #[test]
        fn a_damaged_hello_is_refused_or_read_and_never_more_than_it_holds(
            hello in a_hello(),
            damage in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        ) {
            let mut bytes = hello.encode();
            for (at, value) in damage {
                let at = at.index(bytes.len());
                bytes[at] = value;
            }
            if let Ok(Parsed::Hello { hello, .. }) = parse(&bytes, LONGEST) {
                prop_assert!(hello.services.len() * 17 + hello.codecs.len() + hello.product.len() <= bytes.len());
            }
        }
    }

    #[test]
    fn a_hello_without_entries_means_the_defaults() {
        assert_eq!(parsed(&with_entries(&[])), Ok(Hello::default()));
    }

    #[test]
    fn entries_of_unknown_type_are_skipped_even_twice() {
        let unknown = [0, 8, 255, 65_535].map(|kind| entry(kind, b"???")).concat();
        assert_eq!(parsed(&with_entries(&[&unknown[..], &unknown].concat())), Ok(Hello::default()));
    }

    #[test]
    fn an_entry_that_can_stand_once_is_refused_twice() {
        for (kind, length) in [(1, 4), (2, 4), (3, 1), (4, 8), (5, 12), (6, 0)] {
            let one = entry(kind, &vec![0; length]);
            assert!(parsed(&with_entries(&one)).is_ok());
            assert_eq!(refusal(&[&one[..], &one].concat()), "an entry stands twice");
        }
    }

    #[test]
    fn an_entry_of_the_wrong_length_is_refused() {
        for (kind, right) in [(1, 4), (2, 4), (4, 8), (5, 12)] {
            for length in (0..20).filter(|length| *length != right) {
                let why = refusal(&entry(kind, &vec![0; length]));
                assert_eq!(why, "an entry does not have the length of its type");
            }
        }
        assert_eq!(refusal(&entry(entry::CODECS, b"")), "the codecs are not 1 to 255");
        assert_eq!(refusal(&entry(entry::CODECS, &[1; 256])), "the codecs are not 1 to 255");
        assert_eq!(refusal(&[1, 0, 4]), "an entry is cut off");
        assert_eq!(refusal(&[1, 0, 4, 0, 9]), "an entry is longer than what is left");
    }

    #[test]
    fn texts_are_short_utf_8_without_control_characters() {
        let service = |name: &[u8]| entry(entry::SERVICE, &[&[0; 12], name].concat());
        for (name, why) in [
            (&[b'x'; 256][..], "a text is longer than 255 bytes"),
            (b"\xff", "a text is not UTF-8"),
            (b"a\n2026 ok", "a text has control characters"),
            (b"\x1b[2J", "a text has control characters"),
        ] {
            assert_eq!(refusal(&entry(entry::PRODUCT, name)), why);
            assert_eq!(refusal(&service(name)), why);
        }
        assert_eq!(refusal(&service(b"")), "a service has no name");
        assert_eq!(refusal(&entry(entry::SERVICE, &[0; 11])), "a service is cut off");
        let hello = parsed(&with_entries(&service(&[b'x'; 255])));
        assert_eq!(hello.map(|hello| hello.services[0].name.len()), Ok(255));
    }

    #[test]
    fn at_most_1024_services_are_taken_and_a_side_learns_it_of_its_own_hello() {
        let service = HelloService { hash: 1, fingerprint: 0, name: "s".into() };
        let mut hello = Hello { services: vec![service.clone(); 1_024], ..Hello::default() };
        assert_eq!(parsed(&hello.encode()), Ok(hello.clone()));
        hello.services.push(service);
        assert!(matches!(parsed(&hello.encode()), Err(ProtocolError::Hello(_))));
        assert_eq!(hello.check(), Err("there are more than 1024 services"));
    }

    #[test]
    fn a_hello_that_no_peer_would_take_is_found_by_its_own_side() {
        let service = |length| HelloService { hash: 1, fingerprint: 0, name: "s".repeat(length) };
        let hello = |services| Hello { services, ..Hello::default() };
        assert_eq!(hello(vec![service(255); 300]).check(), Err("it is longer than 64 KiB"));
        assert_eq!(hello(vec![service(256)]).check(), Err("a text is longer than 255 bytes"));
        assert_eq!(hello(vec![service(60_000)]).check(), Err("a text is longer than 255 bytes"));
        assert_eq!(hello(vec![service(70_000)]).check(), Err("it is longer than 64 KiB"));
    }

    #[test]
    fn credit_that_could_overflow_is_refused() {
        for at in 0..3 {
            let mut value = [0; 12];
            value[4 * at + 3] = 0x80;
            assert_eq!(refusal(&entry(entry::CREDITS, &value)), "an initial credit is above 2147483647");
        }
    }

    #[test]
    fn a_feature_is_common_where_both_sides_set_it() {
        let ours = Features(Features::COMPRESSION.0 | Features::CRC32C.0);
        let common = ours.agreed(Features(Features::COMPRESSION.0 | 1 << 40));
        assert!(common.has(Features::COMPRESSION) && !common.has(Features::CRC32C));
        assert!(common.has(Features::NONE) && !common.has(ours));
    }
}
