//! What was asked, run and answered: the truth that both ends are held to. Every entry is checked as it is made.

use super::{Bytes, Flags, Head, Kind, message};

/// All requests of a history, by their number.
#[derive(Debug, Default)]
pub(super) struct Ledger(Vec<Record>);

#[derive(Debug)]
struct Record {
    request: (Head, Bytes),
    ran: bool,
    refused: bool,
    response: Option<(Head, Bytes)>,
    given_up: bool,
    end: Option<End>,
}

/// How a request ended for its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Its response was delivered.
    Done,
    /// Its caller gave it up, and its terminal frame has come.
    Abandoned,
    /// It was taken back before any of it was sent.
    Forgotten,
    /// A oneway that was sent to the last byte.
    Sent,
}

impl Ledger {
    /// The number of the next request.
    pub(super) fn next(&self) -> usize {
        self.0.len()
    }

    /// A new request. Its head says its number, and is unlike any other in every field.
    pub(super) fn ask(&mut self, call: u32, size: usize, priority: u8) -> (Head, Bytes) {
        let number = self.next();
        let head = Head::new(Kind::Request, call).word(number as u32);
        let head = Head { codec: number as u8, priority, extra: !head.word, ..head };
        let request = (head, message(number, size));
        self.0.push(Record {
            request: request.clone(),
            ran: false,
            refused: false,
            response: None,
            given_up: false,
            end: None,
        });
        request
    }

    /// The callee runs a request.
    pub(super) fn run(&mut self, head: &Head, message: &[u8]) {
        let record = &mut self.0[head.word as usize];
        assert_eq!((*head, message), (record.request.0, &record.request.1[..]), "a request changed on its way");
        assert!(!record.ran && !record.refused, "a request ran twice, or after it was refused");
        record.ran = true;
    }

    /// The callee refuses a request.
    pub(super) fn refuse(&mut self, number: usize) {
        let record = &mut self.0[number];
        assert!(!record.ran && !record.refused, "a request was refused twice, or after it ran");
        record.refused = true;
    }

    /// The callee answers a request.
    pub(super) fn answer(&mut self, number: usize, head: Head, message: Bytes) {
        let record = &mut self.0[number];
        assert_eq!(head.flags.has(Flags::NOT_RUN), record.refused);
        assert!(record.response.replace((head, message)).is_none(), "a request was answered twice");
    }

    /// The head of a request's response.
    pub(super) fn response(&self, number: usize) -> Head {
        self.0[number].response.as_ref().expect("it was answered").0
    }

    /// The caller waits for a request no more.
    pub(super) fn give_up(&mut self, number: usize) {
        assert!(!std::mem::replace(&mut self.0[number].given_up, true));
    }

    pub(super) fn is_given_up(&self, number: usize) -> bool {
        self.0[number].given_up
    }

    /// The caller got a response.
    pub(super) fn deliver(&mut self, number: usize, head: &Head, message: &[u8]) {
        let (sent, body) = self.0[number].response.as_ref().expect("a response that nobody sent");
        assert_eq!((head, message), (sent, &body[..]), "a response changed on its way, or met another call");
        self.end(number, End::Done);
    }

    /// A request has ended for its caller.
    pub(super) fn end(&mut self, number: usize, end: End) {
        let record = &mut self.0[number];
        assert_eq!(record.end, None, "request {number} ended twice");
        assert_eq!(record.given_up, end == End::Abandoned, "request {number}: {end:?}");
        record.end = Some(end);
    }

    /// Nothing is under way any more: each request has ended, and ran or was refused unless it was taken back.
    pub(super) fn check_settled(&self) {
        for (number, record) in self.0.iter().enumerate() {
            let end = record.end.expect("a request without an end");
            let times = u32::from(record.ran) + u32::from(record.refused);
            assert_eq!(times, u32::from(end != End::Forgotten), "request {number}: {record:?}");
        }
    }
}
