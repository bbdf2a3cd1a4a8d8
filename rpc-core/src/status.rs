//! How a call fails: the code, what happened, where, after how long, and whether the method may have run.
//!
//! A [`Status`] is one pointer wide, so that results stay small. Its text is one line and no API; match on
//! [`Status::code`] and [`Status::delivery`]. A service's own error is not a status: see
//! [`CallError`](crate::CallError).

use std::{borrow::Cow, error::Error, fmt, sync::Arc, time::Duration};

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

#[cfg(test)]
mod tests {
    use super::*;

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
}
