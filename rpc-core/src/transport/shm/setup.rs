//! The exchange on the control socket that makes a ring: each side sends one message of 48 bytes with the descriptor of
//! its region, the dialling one first (protocol §13.2). Knows the message and who sends what when; what a region must be is
//! in `region`.

use std::{
    io::{self, IoSlice},
    mem::MaybeUninit,
    os::fd::{AsFd, OwnedFd},
};

use rustix::{
    cmsg_space,
    net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg},
};
use tokio::{io::Interest, net::UnixStream};

use super::{
    faults::point,
    geometry::Geometry,
    memory::{OwnMapping, PeerMapping},
    received::{self, Files},
    region::{self, Unfit},
};

/// What the message begins with: no text, and not the native protocol without a ring.
const MAGIC: [u8; 8] = [0xf6, b'R', b'P', b'C', b's', b'h', b'm', 0x0a];
/// The only version there is.
const VERSION: u16 = 1;
/// Bytes of the message.
const LEN: usize = 48;

/// The two regions of a connection.
#[derive(Debug)]
pub(super) struct Regions {
    pub(super) own: OwnMapping,
    pub(super) own_geometry: Geometry,
    pub(super) peer: PeerMapping,
    pub(super) peer_geometry: Geometry,
}

/// Why a peer takes no ring (protocol §13.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
enum Refusal {
    None = 0,
    Malformed = 1,
    Version = 2,
    Unfit = 3,
    TooLarge = 4,
    Failed = 5,
}

impl Refusal {
    fn text(code: u32) -> &'static str {
        match code {
            1 => "the message that asks for it is malformed",
            2 => "it speaks no version of the ring that this side does",
            3 => "this side's region is not sealed as it must be",
            4 => "this side's region is larger than its limit `shared_memory`",
            5 => "it cannot make a region of its own",
            _ => "it does not say why",
        }
    }
}

/// What one side says of its region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Message {
    versions: (u16, u16),
    refusal: u32,
    cells: u32,
    area: u64,
    len: u64,
}

impl Message {
    fn of(geometry: &Geometry) -> Self {
        let (cells, area, len) = (geometry.cells() as u32, geometry.area() as u64, geometry.len() as u64);
        Self { versions: (VERSION, VERSION), refusal: 0, cells, area, len }
    }

    fn refusing(refusal: Refusal) -> Self {
        Self { versions: (VERSION, VERSION), refusal: refusal as u32, cells: 0, area: 0, len: 0 }
    }

    fn encode(&self) -> [u8; LEN] {
        let mut bytes = [0; LEN];
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[8..10].copy_from_slice(&self.versions.0.to_le_bytes());
        bytes[10..12].copy_from_slice(&self.versions.1.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.refusal.to_le_bytes());
        bytes[16..20].copy_from_slice(&self.cells.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.area.to_le_bytes());
        bytes[32..40].copy_from_slice(&self.len.to_le_bytes());
        bytes
    }

    /// `None` where the bytes are no such message. What is reserved is for later versions, and ignored.
    fn decode(bytes: &[u8; LEN]) -> Option<Self> {
        let (magic, rest) = bytes.split_first_chunk::<8>()?;
        if *magic != MAGIC {
            return None;
        }
        let u16 = |at: usize| u16::from_le_bytes([rest[at], rest[at + 1]]);
        let u32 = |at: usize| u32::from(u16(at)) | u32::from(u16(at + 2)) << 16;
        let u64 = |at: usize| u64::from(u32(at)) | u64::from(u32(at + 4)) << 32;
        Some(Self { versions: (u16(0), u16(2)), refusal: u32(4), cells: u32(8), area: u64(16), len: u64(24) })
    }

    /// The sizes it says, if a ring can have them.
    fn geometry(&self) -> Result<Geometry, SetupError> {
        let geometry =
            Geometry::new(self.cells.into(), self.area).map_err(|wrong| SetupError::Malformed(wrong.to_string()))?;
        if self.len == geometry.len() as u64 {
            return Ok(geometry);
        }
        let why = format!("a region of {} bytes, and its cells and size make {}", self.len, geometry.len());
        Err(SetupError::Malformed(why))
    }
}

/// No ring came about.
#[derive(Debug, thiserror::Error)]
pub(super) enum SetupError {
    #[error("the peer does not ask for a ring: it may have dialled `unix://`, or speak something else")]
    Stranger,
    #[error("the peer's message is malformed: {0}")]
    Malformed(String),
    #[error("the peer speaks the versions {0} to {1} of the ring, this side {VERSION}")]
    Version(u16, u16),
    #[error("{0} descriptors came with the peer's message, and one is its region")]
    Descriptors(usize),
    #[error("descriptors that came with the peer's message were lost: this process may have no more")]
    DescriptorsLost,
    #[error("the peer's region is not fit to be mapped: {0}")]
    Unfit(#[from] Unfit),
    #[error("the peer makes no ring: {}", Refusal::text(*.0))]
    Refused(u32),
    #[error("the peer closed before its message was complete")]
    Closed,
    #[error("the server closed before its answer was complete: it may serve `unix://` there, and no rings")]
    Unanswered,
    #[error("{0}")]
    Io(#[from] io::Error),
}

impl From<SetupError> for io::Error {
    fn from(error: SetupError) -> Self {
        match error {
            SetupError::Io(error) => error,
            error => Self::new(io::ErrorKind::InvalidData, error),
        }
    }
}

/// Of the side that dials.
pub(super) async fn ask(socket: &UnixStream, own_geometry: Geometry, limit: usize) -> Result<Regions, SetupError> {
    let (own, file) = region::make(&own_geometry)?;
    send(socket, &Message::of(&own_geometry), Some(&file)).await?;
    let (message, files) = receive(socket).await.map_err(|error| match error {
        SetupError::Closed => SetupError::Unanswered,
        error => error,
    })?;
    if message.refusal != Refusal::None as u32 {
        return Err(SetupError::Refused(message.refusal));
    }
    let (peer, peer_geometry) = checked(&message, &files, limit)?;
    Ok(Regions { own, own_geometry, peer, peer_geometry })
}

/// Of the side that accepts. A peer that asks in the wrong way is told so.
pub(super) async fn answer(socket: &UnixStream, own_geometry: Geometry, limit: usize) -> Result<Regions, SetupError> {
    let asked = receive(socket).await.and_then(|(message, files)| checked(&message, &files, limit));
    let made = asked.and_then(|peer| Ok((peer, region::make(&own_geometry)?)));
    match made {
        Ok(((peer, peer_geometry), (own, file))) => {
            send(socket, &Message::of(&own_geometry), Some(&file)).await?;
            Ok(Regions { own, own_geometry, peer, peer_geometry })
        }
        Err(error) => {
            let refusal = match &error {
                SetupError::Stranger | SetupError::Closed | SetupError::Unanswered => return Err(error),
                SetupError::Version(..) => Refusal::Version,
                SetupError::Unfit(Unfit::TooLarge { .. }) => Refusal::TooLarge,
                SetupError::Unfit(_) => Refusal::Unfit,
                SetupError::Io(_) => Refusal::Failed,
                SetupError::Malformed(_)
                | SetupError::Descriptors(_)
                | SetupError::DescriptorsLost
                | SetupError::Refused(_) => Refusal::Malformed,
            };
            // It fails whether or not the peer hears why.
            let _ = send(socket, &Message::refusing(refusal), None).await;
            Err(error)
        }
    }
}

/// The peer's region, if all that is said of it is true.
fn checked(message: &Message, files: &Files, limit: usize) -> Result<(PeerMapping, Geometry), SetupError> {
    let (lowest, highest) = message.versions;
    if !(lowest..=highest).contains(&VERSION) {
        return Err(SetupError::Version(lowest, highest));
    }
    let geometry = message.geometry()?;
    let [file] = files.as_slice() else { return Err(SetupError::Descriptors(files.as_slice().len())) };
    Ok((region::map(file, &geometry, limit)?, geometry))
}

async fn send(socket: &UnixStream, message: &Message, file: Option<&OwnedFd>) -> io::Result<()> {
    let bytes = message.encode();
    let sent = socket
        .async_io(Interest::WRITABLE, || {
            let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(1))];
            let mut descriptors = SendAncillaryBuffer::new(&mut space);
            let files = file.map(AsFd::as_fd);
            if !files.is_none_or(|_| descriptors.push(SendAncillaryMessage::ScmRights(files.as_slice()))) {
                return Err(io::ErrorKind::OutOfMemory.into());
            }
            point();
            let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
            let sent = sendmsg(socket, &[IoSlice::new(&bytes)], &mut descriptors, flags)?;
            point();
            Ok(sent)
        })
        .await?;
    // The socket is empty: it takes so few bytes whole.
    if sent == LEN { Ok(()) } else { Err(io::ErrorKind::WriteZero.into()) }
}

/// The peer's message, and what came with it: descriptors come with its first byte, or not at all.
async fn receive(socket: &UnixStream) -> Result<(Message, Files), SetupError> {
    let (mut bytes, mut files, mut got) = ([0; LEN], Files::default(), 0);
    while got < LEN {
        let received = socket.async_io(Interest::READABLE, || received::receive(socket, &mut bytes[got..], &mut files));
        let (read, lost) = received.await?;
        if lost {
            return Err(SetupError::DescriptorsLost);
        }
        if files.as_slice().len() > 1 {
            return Err(SetupError::Descriptors(files.as_slice().len()));
        }
        if read == 0 {
            return Err(SetupError::Closed);
        }
        got += read;
        let known = got.min(MAGIC.len());
        if bytes[..known] != MAGIC[..known] {
            return Err(SetupError::Stranger);
        }
    }
    let message = Message::decode(&bytes).ok_or(SetupError::Stranger)?;
    Ok((message, files))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_stands_on_the_wire_as_specified() {
        let message = Message { versions: (1, 2), refusal: 3, cells: 0x0405, area: 6, len: 7 };
        let mut bytes = [0; LEN];
        bytes[..20].copy_from_slice(b"\xf6RPCshm\x0a\x01\0\x02\0\x03\0\0\0\x05\x04\0\0");
        bytes[24] = 6;
        bytes[32] = 7;
        assert_eq!(message.encode(), bytes);
        assert_eq!(Message::decode(&bytes), Some(message));
        for at in 0..8 {
            let mut other = bytes;
            other[at] ^= 1;
            assert_eq!(Message::decode(&other), None, "byte {at} of the magic");
        }
    }
}
