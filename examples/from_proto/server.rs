//! The guide itself: what it knows, and the trait that was generated, implemented.

use std::{
    collections::BTreeMap,
    sync::Mutex,
    time::{Duration, SystemTime},
};

use futures_util::{StreamExt, stream};
use rpc_core::{Code, Status, Stream, Streaming};

use crate::{
    geo::Point,
    v1::{Kind, ListSightsRequest, Note, RouteGuide, Sight, SightEntry, SightHours, Stats, Step, WalkSummary},
};

/// Metres in one unit of latitude.
const METRES: f64 = 0.011_132;

/// A guide who knows a town, and keeps the notes that people leave.
pub(crate) struct Guide {
    sights: Vec<Sight>,
    notes: Mutex<Vec<Note>>,
    walks: Mutex<BTreeMap<String, u64>>,
}

impl Guide {
    pub(crate) fn of_the_town() -> Self {
        let hours = |opens, closes| {
            let hour = |number| Some(Duration::from_hours(number));
            (1..=5).map(|day| (day, SightHours { opens: hour(opens), closes: hour(closes) })).collect()
        };
        let sight = |name: &str, latitude, longitude, kind, entry| Sight {
            name: name.to_owned(),
            at: Some(Point { latitude, longitude }),
            kind,
            entry,
            ..Sight::default()
        };
        let sights = vec![
            Sight {
                hours: hours(9, 17),
                website: Some("tower.example".to_owned()),
                ..sight("the old tower", 500, 200, Kind::Tower, Some(SightEntry::Cents(350)))
            },
            sight("the iron bridge", 700, 900, Kind::Bridge, Some(SightEntry::Free(()))),
            sight("the herb garden", 1_500, 900, Kind::Garden, Some(SightEntry::Ask("what is in bloom".to_owned()))),
        ];
        Self { sights, notes: Mutex::default(), walks: Mutex::default() }
    }

    fn sight_at(&self, at: &Point) -> Option<&Sight> {
        self.sights.iter().find(|sight| sight.at.as_ref() == Some(at))
    }

    /// Keeps a note, and gives those that were left at the same place before.
    fn exchange(&self, mut note: Note) -> Vec<Note> {
        note.left = Some(SystemTime::now());
        let mut notes = self.notes.lock().expect("nobody panics with the notes");
        let there = notes.iter().filter(|earlier| earlier.at == note.at).cloned().collect();
        notes.push(note);
        there
    }
}

impl RouteGuide for Guide {
    async fn find_sight(&self, request: Point) -> Result<Sight, Status> {
        let found = self.sight_at(&request).cloned();
        found.ok_or_else(|| {
            let Point { latitude, longitude } = request;
            Status::new(Code::NotFound, format!("there is nothing to see at {latitude}, {longitude}"))
        })
    }

    async fn list_sights(
        &self,
        request: ListSightsRequest,
    ) -> Result<impl Stream<Item = Result<Sight, Status>>, Status> {
        let area = request.area.unwrap_or_default();
        let (low, high) = (area.low.unwrap_or_default(), area.high.unwrap_or_default());
        if low.latitude > high.latitude || low.longitude > high.longitude {
            return Err(Status::new(Code::InvalidArgument, "the low corner is above the high one"));
        }
        let within = move |at: &Point| {
            (low.latitude..=high.latitude).contains(&at.latitude)
                && (low.longitude..=high.longitude).contains(&at.longitude)
        };
        let sights = self.sights.iter().filter(move |sight| sight.at.as_ref().is_some_and(&within));
        let wanted = sights.filter(move |sight| request.kinds.is_empty() || request.kinds.contains(&sight.kind));
        Ok(stream::iter(wanted.cloned().map(Ok)))
    }

    async fn record_walk(&self, mut requests: Streaming<Step>) -> Result<WalkSummary, Status> {
        let mut summary = WalkSummary::default();
        let mut before: Option<Step> = None;
        let mut began = None;
        while let Some(step) = requests.try_next().await? {
            let at = step.at.clone().ok_or_else(|| Status::new(Code::InvalidArgument, "a step is somewhere"))?;
            summary.steps += 1;
            summary.passed.extend(self.sight_at(&at).cloned());
            if let Some(from) = before.as_ref().and_then(|step| step.at.as_ref()) {
                let (north, east) = (at.latitude - from.latitude, at.longitude - from.longitude);
                summary.metres += f64::from(north).hypot(f64::from(east)) * METRES;
            }
            began = began.or(step.when);
            summary.took = step.when.zip(began).and_then(|(now, began)| now.duration_since(began).ok());
            before = Some(step);
        }
        let kind = if summary.metres < 10.0 { "short" } else { "long" };
        *self.walks.lock().expect("nobody panics with the walks").entry(kind.to_owned()).or_default() += 1;
        Ok(summary)
    }

    async fn exchange_notes(
        &self,
        requests: Streaming<Note>,
    ) -> Result<impl Stream<Item = Result<Note, Status>>, Status> {
        let answers = requests.map(|note| match note {
            Ok(note) => self.exchange(note).into_iter().map(Ok).collect(),
            Err(status) => vec![Err(status)],
        });
        Ok(answers.flat_map(stream::iter))
    }

    async fn count(&self) -> Result<Stats, Status> {
        let walks = self.walks.lock().expect("nobody panics with the walks").clone();
        Ok(Stats { sights: self.sights.len() as u32, walks_by_kind: walks })
    }
}
