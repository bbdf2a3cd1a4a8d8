//! A hostile peer of `shm://`, as a process of its own: makes links by hand and breaks the rules of protocol §13, towards a
//! server or a client. Told by its arguments what to do: `dials PATH` or `serves PATH`, the attack, and the attempts, one
//! connection each; says a line per attempt, what came of it. Lines of its input let it go on where it waits; with its
//! input it ends.

#[cfg(target_os = "linux")]
mod attempt;
#[cfg(target_os = "linux")]
mod frames;
#[cfg(target_os = "linux")]
mod orders;
#[cfg(target_os = "linux")]
mod pages;
#[cfg(target_os = "linux")]
mod ring;
#[cfg(target_os = "linux")]
mod setup;
#[cfg(target_os = "linux")]
mod socket;
#[cfg(target_os = "linux")]
mod words;

#[cfg(target_os = "linux")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    use socket::Side;

    let mut arguments = std::env::args().skip(1);
    let [Some(side), Some(path), Some(attack)] = [(); 3].map(|()| arguments.next()) else {
        return Err("say `dials` or `serves`, where, and which attack".into());
    };
    let attack = match &*attack {
        "ask" => setup::ask,
        "shrink" => setup::shrink,
        "trespass" => setup::trespass,
        "poke" => words::poke,
        "scribble" => words::scribbling,
        "toggle" => words::toggling,
        "bells" => frames::bells,
        "wrong" => frames::wrong,
        "flood" => frames::flood,
        "hoard" => frames::hoard,
        "mute" => frames::mute,
        "leave" => frames::leave,
        "early" => frames::early,
        _ => return Err(format!("there is no attack `{attack}`").into()),
    };
    let orders = orders::Orders::new();
    let side = match &*side {
        "dials" => Side::Dials(path),
        _ => Side::Serves(std::os::unix::net::UnixListener::bind(path)?),
    };
    if !side.dials() {
        println!("serves");
    }
    for attempt in arguments {
        println!("{}", attack(&side, &attempt::Attempt::parse(&attempt), &orders)?);
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn main() {}
