//! A walk with the guide: every shape of call that there is.

use std::{
    error::Error,
    time::{Duration, SystemTime},
};

use futures_util::stream;
use rpc_core::CallError;

use crate::{
    geo::{Area, Point},
    v1::{Kind, ListSightsRequest, Note, RouteGuideClient, SightEntry, Step},
};

fn point(latitude: i32, longitude: i32) -> Point {
    Point { latitude, longitude }
}

/// Walks through the town, and prints what there is to be told.
pub(crate) async fn walk(url: &str) -> Result<(), Box<dyn Error>> {
    let guide = RouteGuideClient::connect(url).await?;
    ask(&guide).await?;
    look_around(&guide).await?;
    record(&guide).await?;
    leave_notes(&guide).await?;
    let stats = guide.count().await?;
    println!("the guide knows {} sights and has seen {:?} walks", stats.sights, stats.walks_by_kind);
    Ok(())
}

async fn ask(guide: &RouteGuideClient) -> Result<(), Box<dyn Error>> {
    let tower = guide.find_sight(point(500, 200)).await?;
    let entry = match &tower.entry {
        Some(SightEntry::Free(())) => "is free".to_owned(),
        Some(SightEntry::Cents(cents)) => format!("costs {cents} cents"),
        Some(SightEntry::Ask(what)) => format!("depends on {what}"),
        None => "is not known".to_owned(),
    };
    let opens = tower.hours.get(&1).and_then(|hours| hours.opens).unwrap_or_default();
    println!("{}: {entry}, opens {} hours after midnight on Mondays", tower.name, opens.as_secs() / 3_600);
    match guide.find_sight(point(1, 1)).await {
        Err(CallError::App(status)) => println!("{:?}: {}", status.code(), status.message()),
        other => println!("not as it should be: {other:?}"),
    }
    Ok(())
}

async fn look_around(guide: &RouteGuideClient) -> Result<(), Box<dyn Error>> {
    let area = Area { low: Some(point(0, 0)), high: Some(point(1_000, 1_000)) };
    let request = ListSightsRequest { area: Some(area), kinds: vec![Kind::Tower, Kind::Bridge] };
    let mut sights = guide.list_sights(request).await?;
    while let Some(sight) = sights.try_next().await? {
        println!("near: {}, a {:?}", sight.name, sight.kind);
    }
    Ok(())
}

async fn record(guide: &RouteGuideClient) -> Result<(), Box<dyn Error>> {
    let began = SystemTime::now();
    let step = move |minute: u64, at| Step { at: Some(at), when: Some(began + Duration::from_mins(minute)) };
    let steps = [step(0, point(0, 200)), step(4, point(500, 200)), step(15, point(700, 900))];
    let summary = guide.record_walk(stream::iter(steps)).await?;
    let passed: Vec<&str> = summary.passed.iter().map(|sight| &*sight.name).collect();
    let minutes = summary.took.unwrap_or_default().as_secs() / 60;
    println!("{} steps, {:.1} m in {minutes} minutes, past {}", summary.steps, summary.metres, passed.join(" and "));
    Ok(())
}

async fn leave_notes(guide: &RouteGuideClient) -> Result<(), Box<dyn Error>> {
    let note = |text: &str| Note { at: Some(point(700, 900)), text: text.to_owned(), left: None };
    let notes = ["the bridge sways", "not today", "it does"].map(note);
    let mut earlier = guide.exchange_notes(stream::iter(notes)).await?;
    while let Some(note) = earlier.try_next().await? {
        println!("somebody wrote: {}", note.text);
    }
    Ok(())
}
