//! What a call gives instead of its value: the service's own error, or a failure of the call.

use std::{error::Error, fmt};

use crate::status::{Code, Delivery, Status};

/// Why a call gave no value. `E` is the method's own error; `Infallible` for a method that returns no `Result`.
#[derive(Clone, Debug)]
pub enum CallError<E> {
    /// The method ran and returned this error.
    App(E),
    /// The call failed; [`Status::delivery`] says whether the method may have run.
    Rpc(Status),
}

impl<E> CallError<E> {
    /// Whether the method may have run; one that returned an error of its own has.
    #[must_use]
    pub fn delivery(&self) -> Delivery {
        match self {
            Self::App(_) => Delivery::Failed,
            Self::Rpc(status) => status.delivery(),
        }
    }

    /// The failure of the call, unless the method itself returned an error.
    #[must_use]
    pub fn status(&self) -> Option<&Status> {
        match self {
            Self::App(_) => None,
            Self::Rpc(status) => Some(status),
        }
    }

    /// The kind of failure, unless the method itself returned an error.
    #[must_use]
    pub fn code(&self) -> Option<Code> {
        self.status().map(Status::code)
    }
}

impl<E> From<Status> for CallError<E> {
    fn from(status: Status) -> Self {
        Self::Rpc(status)
    }
}

impl<E: fmt::Display> fmt::Display for CallError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::App(error) => error.fmt(f),
            Self::Rpc(status) => status.fmt(f),
        }
    }
}

impl<E: Error + 'static> Error for CallError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::App(error) => error.source(),
            Self::Rpc(status) => status.source(),
        }
    }
}
