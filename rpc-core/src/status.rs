//! How a call fails: the code, what happened, where, after how long, and whether the method may have run.
//!
//! A [`Status`] is one pointer wide, so that results stay small. Its text is one line and no API; match on
//! [`Status::code`] and [`Status::delivery`]. A service's own error is not a status, see [`CallError`](crate::CallError),
//! unless it has none and says so: then a status travels as any other value.

use std::{borrow::Cow, error::Error, fmt, sync::Arc, time::Duration};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{metadata::Metadata, step::Step};

/// The kind of a failure, with the numbers that gRPC gave them (protocol §6.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u32)]
#[expect(missing_docs, reason = "the names are the documentation; protocol §6.2 says when each is used")]
pub enum Code {
    Cancelled = 1,
    Unknown = 2,
    InvalidArgument = 3,
    DeadlineExceeded = 4,
    NotFound = 5,
    AlreadyExists = 6,
    PermissionDenied = 7,
    ResourceExhausted = 8,
    FailedPrecondition = 9,
    Aborted = 10,
    OutOfRange = 11,
    Unimplemented = 12,
    Internal = 13,
    Unavailable = 14,
    DataLoss = 15,
    Unauthenticated = 16,
}

impl Code {
    const ALL: [Self; 16] = [
        Self::Cancelled,
        Self::Unknown,
        Self::InvalidArgument,
        Self::DeadlineExceeded,
        Self::NotFound,
        Self::AlreadyExists,
        Self::PermissionDenied,
        Self::ResourceExhausted,
        Self::FailedPrecondition,
        Self::Aborted,
        Self::OutOfRange,
        Self::Unimplemented,
        Self::Internal,
        Self::Unavailable,
        Self::DataLoss,
        Self::Unauthenticated,
    ];

    /// The code of a number on the wire; one that is not known is [`Code::Unknown`].
    #[must_use]
    pub fn from_number(number: u32) -> Self {
        Self::ALL.into_iter().find(|code| *code as u32 == number).unwrap_or(Self::Unknown)
    }
}

/// Whether a call that failed may have run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Delivery {
    /// It never left this process.
    NotSent,
    /// The server received it and did surely not run it.
    Refused,
    /// It may have run, wholly, in part, or not at all.
    Unknown,
    /// It ran, and failed, or its result could not be read.
    Failed,
}

impl fmt::Display for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotSent => "not sent",
            Self::Refused => "refused, did not run",
            Self::Unknown => "may have run",
            Self::Failed => "ran and failed",
        })
    }
}

/// A failure of a call that is not the service's own error.
///
/// A service without errors of its own, such as one from a `.proto` file, has its methods return `Result<T, Status>`.
/// Then a status is a value like any other: its code and its message travel, nothing else of it does, and whoever reads
/// it finds [`Delivery::Failed`]. The caller need not care which of the two sides has failed:
///
/// ```
/// use rpc_core::{CallError, Code, Status, service};
///
/// #[service]
/// trait Users {
///     async fn name(&self, id: u64) -> Result<String, Status>;
/// }
///
/// struct Nobody;
///
/// impl Users for Nobody {
///     async fn name(&self, id: u64) -> Result<String, Status> {
///         Err(Status::new(Code::NotFound, format!("there is no user {id}")))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let users = UsersClient::in_process(Nobody);
/// match users.name(7).await {
///     Ok(name) => println!("{name}"),
///     Err(CallError::App(status) | CallError::Rpc(status)) => assert_eq!(status.code(), Code::NotFound),
/// }
/// # }
/// ```
#[derive(Clone)]
pub struct Status(Box<Inner>);

#[derive(Clone)]
struct Inner {
    code: Code,
    message: Cow<'static, str>,
    delivery: Delivery,
    metadata: Metadata,
    site: Option<Site>,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

/// The call that failed, as its caller saw it.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    pub(crate) service: Arc<str>,
    pub(crate) method: &'static str,
    pub(crate) peer: Arc<str>,
    pub(crate) step: Step,
    pub(crate) elapsed: Duration,
}

impl Status {
    /// A failure with a one-line message: what, and where it helps, how much and which limit.
    ///
    /// Its delivery is [`Delivery::Failed`]: who makes a status in a handler has run.
    #[must_use]
    pub fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        let delivery = Delivery::Failed;
        let (metadata, site, source) = (Metadata::default(), None, None);
        Self(Box::new(Inner { code, message: message.into(), delivery, metadata, site, source }))
    }

    pub(crate) fn delivered(mut self, delivery: Delivery) -> Self {
        self.0.delivery = delivery;
        self
    }

    pub(crate) fn sourced(mut self, source: Arc<dyn Error + Send + Sync>) -> Self {
        self.0.source = Some(source);
        self
    }

    pub(crate) fn with_metadata(mut self, metadata: Metadata) -> Self {
        self.0.metadata = metadata;
        self
    }

    pub(crate) fn at(mut self, site: Site) -> Self {
        self.0.site = Some(site);
        self
    }

    /// The kind of failure.
    #[must_use]
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// What happened, without where and when.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Whether the call may have run.
    #[must_use]
    pub fn delivery(&self) -> Delivery {
        self.0.delivery
    }

    /// Metadata that came with the failure.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        &self.0.metadata
    }

    /// The step of the call that was under way, where the caller made this status.
    #[must_use]
    pub fn step(&self) -> Option<Step> {
        self.0.site.as_ref().map(|site| site.step)
    }

    /// How long the call had taken, where the caller made this status.
    #[must_use]
    pub fn elapsed(&self) -> Option<Duration> {
        self.0.site.as_ref().map(|site| site.elapsed)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { code, message, delivery, site, .. } = &*self.0;
        if let Some(Site { service, method, peer, .. }) = site {
            write!(f, "{service}/{method} at {peer}: ")?;
        }
        write!(f, "{code:?}: {}", one_line(message))?;
        if let Some(Site { step, elapsed, .. }) = site {
            write!(f, " (step {}, {}, after {elapsed:.1?}", step.number(), step.name())?;
            return write!(f, "; {delivery})");
        }
        write!(f, " ({delivery})")
    }
}

/// A peer's text must not be able to forge further lines of a log.
pub(crate) fn one_line(text: &str) -> Cow<'_, str> {
    if !text.contains(char::is_control) {
        return text.into();
    }
    text.chars().flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] }).collect()
}

impl fmt::Debug for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Status({self})")
    }
}

impl Error for Status {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

/// What travels of a status that is a value.
#[derive(Serialize, Deserialize)]
#[serde(rename = "Status")]
struct Sent<'a> {
    code: u32,
    message: Cow<'a, str>,
}

impl Serialize for Status {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Sent { code: self.code() as u32, message: self.message().into() }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Status {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Sent { code, message } = Sent::deserialize(deserializer)?;
        Ok(Self::new(Code::from_number(code), message.into_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{CodecId, decode, encode};

    #[test]
    fn every_code_has_the_number_of_its_place_and_unknown_numbers_are_unknown() {
        for number in 1..=16 {
            assert_eq!(Code::from_number(number) as u32, number);
        }
        assert_eq!((Code::from_number(0), Code::from_number(17)), (Code::Unknown, Code::Unknown));
    }

    #[test]
    fn a_status_is_one_pointer_wide() {
        assert_eq!(size_of::<Status>(), size_of::<usize>());
    }

    #[test]
    fn one_line_says_what_where_when_and_whether_it_may_have_run() {
        let status =
            Status::new(Code::DeadlineExceeded, "the deadline of 200ms has passed").delivered(Delivery::Unknown);
        let site = Site {
            service: "market.Quotes".into(),
            method: "quote",
            peer: "tcp://127.0.0.1:7000".into(),
            step: Step::ReceiveResponse,
            elapsed: Duration::from_micros(200_312),
        };
        assert_eq!(
            status.at(site).to_string(),
            "market.Quotes/quote at tcp://127.0.0.1:7000: DeadlineExceeded: the deadline of 200ms has passed \
             (step 8, client transport receives, after 200.3ms; may have run)"
        );
    }

    #[test]
    fn a_peers_text_cannot_forge_a_line() {
        let status = Status::new(Code::Internal, "bad\n2026-01-01 INFO all is well");
        assert_eq!(status.to_string(), r"Internal: bad\n2026-01-01 INFO all is well (ran and failed)");
    }

    /// A status with all that one can have.
    fn everything() -> Status {
        let site = Site {
            service: "market.Quotes".into(),
            method: "quote",
            peer: "tcp://127.0.0.1:7000".into(),
            step: Step::ReceiveResponse,
            elapsed: Duration::from_micros(7),
        };
        let source = Arc::new(std::io::Error::other("broken"));
        let status = Status::new(Code::NotFound, "no \"AAPL\"\n").delivered(Delivery::Refused);
        status.sourced(source).with_metadata(Metadata::default()).at(site)
    }

    #[test]
    fn of_a_status_that_is_a_value_the_code_and_the_message_travel() {
        for &codec in CodecId::SUPPORTED {
            let mut written = bytes::BytesMut::new();
            encode(codec, &everything(), &mut written).unwrap();
            let read: Status = decode(codec, &written, &Default::default()).unwrap();
            assert_eq!((read.code(), read.message()), (Code::NotFound, "no \"AAPL\"\n"), "{codec}");
            assert_eq!(read.to_string(), r#"NotFound: no "AAPL"\n (ran and failed)"#, "{codec}");
            assert_eq!((read.step(), read.delivery()), (None, Delivery::Failed), "{codec}");
            assert!(read.source().is_none(), "{codec}");
        }
    }

    #[test]
    fn a_status_is_a_struct_of_a_number_and_a_text() {
        let mut written = bytes::BytesMut::new();
        let status = Status::new(Code::DataLoss, "ab");
        encode(CodecId::BINARY, &status, &mut written).unwrap();
        assert_eq!(written[..], *b"\x0f\0\0\0\x02\0\0\0\0\0\0\0ab");
    }

    #[test]
    fn a_code_that_nobody_knows_is_read_as_unknown() {
        for number in [0_u32, 17, u32::MAX] {
            let written = [&number.to_le_bytes()[..], &[0; 8]].concat();
            let limits = Default::default();
            let read: Status = decode(CodecId::BINARY, &written, &limits).unwrap();
            assert_eq!((read.code(), read.message()), (Code::Unknown, ""));
        }
    }
}
