//! A chat: everybody in the room sends a stream of lines and gets a stream of what happens. Streams both ways.
//!
//! ```text
//! cargo run --example chat                              # a scripted evening in one process
//! cargo run --example chat -- serve tcp://127.0.0.1:7500
//! cargo run --example chat -- join tcp://127.0.0.1:7500 ann   # in as many terminals as you like; what you type is said
//! ```
//! Who leaves just drops the stream, or the connection, and the room sees it at once. Who does not read for a while holds
//! nobody up, and is told how much was missed.

use std::{
    collections::BTreeSet,
    error::Error,
    fmt,
    io::stdin,
    sync::{Mutex, MutexGuard},
    time::Duration,
};

use futures_util::stream;
use rpc_core::{CallError, Limits, Server, Stream, Streaming, service, shutdown_signal};
use serde::{Deserialize, Serialize};
use tokio::sync::{
    broadcast::{self, error::RecvError},
    mpsc,
};

type Failure = Box<dyn Error>;

/// Events that the room keeps for those who are behind.
const KEPT: usize = 8;

/// A room to talk in.
#[service]
trait Room {
    /// Joins: says each line of `lines` to everybody, and gives what happens in the room, one's own part included. It ends
    /// with the lines.
    async fn join(&self, name: String, lines: Streaming<String>) -> Result<impl Stream<Item = Event>, Refused>;
}

/// What happens in a room.
#[derive(Clone, Debug, Serialize, Deserialize)]
enum Event {
    Joined {
        name: String,
    },
    Said {
        name: String,
        line: String,
    },
    Left {
        name: String,
    },
    /// To one who was too slow: so many events are gone.
    Missed {
        events: u64,
    },
}

/// Why somebody cannot join.
#[derive(Debug, thiserror::Error, Serialize, Deserialize)]
enum Refused {
    #[error("there is a {0} already")]
    NameTaken(String),
}

/// A room with people in it.
struct Lounge {
    people: Mutex<BTreeSet<String>>,
    events: broadcast::Sender<Event>,
}

/// Somebody in the room, until dropped.
struct Person<'a> {
    room: &'a Lounge,
    name: String,
    lines: Streaming<String>,
    events: broadcast::Receiver<Event>,
}

impl Room for Lounge {
    async fn join(&self, name: String, lines: Streaming<String>) -> Result<impl Stream<Item = Event>, Refused> {
        let person = self.enter(name, lines)?;
        // The stream owns the person: when it goes, so does the person, however that comes about. It is asked for an event
        // only when there is room for one on the way to its reader.
        Ok(stream::unfold(person, |mut person| async { Some((person.next().await?, person)) }))
    }
}

impl Lounge {
    fn new() -> Self {
        Self { people: Mutex::default(), events: broadcast::Sender::new(KEPT) }
    }

    fn enter(&self, name: String, lines: Streaming<String>) -> Result<Person<'_>, Refused> {
        if !self.people().insert(name.clone()) {
            return Err(Refused::NameTaken(name));
        }
        let person = Person { room: self, name: name.clone(), lines, events: self.events.subscribe() };
        self.tell(Event::Joined { name });
        Ok(person)
    }

    fn tell(&self, event: Event) {
        let _ = self.events.send(event); // an error says that nobody is here
    }

    fn people(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.people.lock().expect("nobody panics while it is held")
    }
}

impl Person<'_> {
    /// What happens next, while this one talks; `None` when this one has no more to say.
    async fn next(&mut self) -> Option<Event> {
        loop {
            tokio::select! {
                line = self.lines.next() => {
                    let (name, line) = (self.name.clone(), line?.ok()?); // an error says that the caller is gone
                    self.room.tell(Event::Said { name, line });
                }
                event = self.events.recv() => {
                    return match event {
                        Ok(event) => Some(event),
                        Err(RecvError::Lagged(events)) => Some(Event::Missed { events }),
                        Err(RecvError::Closed) => None,
                    };
                }
            }
        }
    }
}

impl Drop for Person<'_> {
    fn drop(&mut self) {
        self.room.people().remove(&self.name);
        self.room.tell(Event::Left { name: self.name.clone() });
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Joined { name } => write!(f, "* {name} is here"),
            Self::Said { name, line } => write!(f, "{name}: {line}"),
            Self::Left { name } => write!(f, "* {name} has left"),
            Self::Missed { events } => write!(f, "* you have missed {events}"),
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => evening().await,
        ["serve", url] => serve(url).await,
        ["join", url, name] => join(url, name).await,
        _ => Err("say nothing, or `serve URL`, or `join URL NAME`".into()),
    }
}

async fn serve(url: &str) -> Result<(), Failure> {
    // Who is in the room when the server is to end may hear what is said meanwhile, and is not waited for.
    let limits = Limits::default().drain_timeout(Duration::from_secs(1));
    let server = Server::new().limits(limits).add(RoomServer::new(Lounge::new())).listen(url).bind().await?;
    println!("listening {}", server.urls()[0]);
    server.serve_until(shutdown_signal()).await;
    Ok(())
}

/// Says what is typed, and prints what happens.
async fn join(url: &str, name: &str) -> Result<(), Failure> {
    let (says, said) = mpsc::channel(1);
    // In a thread of its own, which ends with the process: nothing can interrupt who waits for the keyboard.
    std::thread::spawn(move || stdin().lines().map_while(Result::ok).try_for_each(|line| says.blocking_send(line)));
    let mut events = RoomClient::connect(url).await?.join(name.to_owned(), received(said)).await?;
    while let Some(event) = events.next().await {
        println!("{}", event?);
    }
    Ok(())
}

/// What comes through a channel, as a stream.
fn received<T>(mut channel: mpsc::Receiver<T>) -> impl Stream<Item = T> {
    stream::poll_fn(move |cx| channel.poll_recv(cx))
}

/// Somebody in the room, seen from outside.
struct Guest {
    name: &'static str,
    says: mpsc::Sender<String>,
    hears: Streaming<Event, CallError<Refused>>,
}

impl Guest {
    async fn enter(room: &RoomClient, name: &'static str) -> Result<Self, CallError<Refused>> {
        let (says, said) = mpsc::channel(1);
        // Two events on the way at most: who does not read is behind soon.
        let hears = room.join(name.to_owned(), received(said)).window(1 << 20, 2).await?;
        Ok(Self { name, says, hears })
    }

    async fn says(&self, line: impl Into<String>) -> Result<(), Failure> {
        Ok(self.says.send(line.into()).await?)
    }
}

/// Each of them hears this next.
async fn hear<const N: usize>(guests: [&mut Guest; N], expected: &str) -> Result<(), Failure> {
    let names = guests.each_ref().map(|guest| guest.name).join(", ");
    for guest in guests {
        let event = guest.hears.next().await.ok_or("the room is closed")??;
        assert_eq!(event.to_string(), expected, "as {} hears it", guest.name);
    }
    println!("{names:>12} | {expected}");
    Ok(())
}

/// A scripted evening. Nobody speaks before all have heard what was last, so that all evenings are the same.
async fn evening() -> Result<(), Failure> {
    const WORDS: usize = 12;
    let server = Server::new().add(RoomServer::new(Lounge::new())).listen("tcp://127.0.0.1:0").bind().await?;
    let url = server.urls()[0].to_string();
    tokio::spawn(server.serve());
    let room = RoomClient::connect(&url).await?;

    let mut ann = Guest::enter(&room, "ann").await?;
    hear([&mut ann], "* ann is here").await?;
    let mut bob = Guest::enter(&room, "bob").await?;
    hear([&mut ann, &mut bob], "* bob is here").await?;
    let refused = Guest::enter(&room, "bob").await.err().ok_or("there are two of them")?;
    println!("{:>12} | {refused}", "another bob");

    ann.says("hello bob").await?;
    hear([&mut ann, &mut bob], "ann: hello bob").await?;
    bob.says("hello ann").await?;
    hear([&mut ann, &mut bob], "bob: hello ann").await?;

    // cy comes and does not listen. The others talk on as if nobody was behind.
    let mut cy = Guest::enter(&room, "cy").await?;
    hear([&mut ann, &mut bob], "* cy is here").await?;
    for word in 1..=WORDS {
        bob.says(format!("word {word}")).await?;
        hear([&mut ann, &mut bob], &format!("bob: word {word}")).await?;
    }
    // What was on its way to cy, how much is gone, and what the room has kept.
    hear([&mut cy], "* cy is here").await?;
    hear([&mut cy], "bob: word 1").await?;
    hear([&mut cy], &format!("* you have missed {}", WORDS - 1 - KEPT)).await?;
    for word in WORDS - KEPT + 1..=WORDS {
        hear([&mut cy], &format!("bob: word {word}")).await?;
    }

    // bob is gone without a word, which the room sees at once; ann has no more to say.
    drop(bob);
    hear([&mut ann, &mut cy], "* bob has left").await?;
    let Guest { says, mut hears, .. } = ann;
    drop(says);
    assert!(hears.next().await.is_none(), "the room lets ann go");
    hear([&mut cy], "* ann has left").await
}
