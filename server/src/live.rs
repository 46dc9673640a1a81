//! The door for live views: `GET /api/live/{project}`, page views as server-sent events.
//!
//! Each event is one row of the list, as the page shows it, with the cursor after which it was
//! the last as its id. A browser that comes back sends that id, and what came meanwhile is sent
//! again: rows that it has are replaced by themselves. Nothing is kept between two visits, so any
//! replica can answer the next one.

use std::{collections::VecDeque, convert::Infallible, time::Duration};

use app::ssr::Request as AppRequest;
use axum::{
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderName, StatusCode, header, request::Parts},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use domain::{ProjectId, UserId, accounts::Actor, rum::LiveCursor};
use engine::{accounts, rum::NewestViews};
use futures::Stream;
use tokio::{sync::OwnedSemaphorePermit, time::Instant};
use tower_sessions::Session;

use crate::{problem::Problem, state::Server};

/// Between two looks: page views show within five seconds of their beacon.
const GLANCE: Duration = Duration::from_secs(1);

/// Then the browser comes back by itself, and is asked anew who it is.
const LENGTH: Duration = Duration::from_secs(120);

/// How long a browser waits before it comes back.
const RETRY: Duration = Duration::from_secs(1);

/// A line that says nothing, so that those between know that somebody is still there.
const STILL_HERE: Duration = Duration::from_secs(15);

const LAST_EVENT: HeaderName = HeaderName::from_static("last-event-id");

/// `GET /api/live/{project}?since=…`, with the filters of a view. `since` is the cursor that the
/// page was made with; the browser's own `Last-Event-ID` goes before it.
pub async fn watch(State(server): State<Server>, Path(project): Path<String>, request: Request) -> Response {
    let (head, _) = request.into_parts();
    match open(&server, &project, &head).await {
        Ok(stream) => {
            let sse = Sse::new(stream).keep_alive(KeepAlive::new().interval(STILL_HERE));
            // Proxies that gather answers would hold page views back.
            ([(HeaderName::from_static("x-accel-buffering"), "no"), (header::CACHE_CONTROL, "no-store")], sse)
                .into_response()
        }
        Err(problem) => problem.answer(&head.headers),
    }
}

async fn open(
    server: &Server,
    project: &str,
    head: &Parts,
) -> Result<impl Stream<Item = Result<Event, Infallible>> + use<>, Problem> {
    let project: ProjectId = project.parse().map_err(|_| Problem::not_found())?;
    let room = server.bounds.live_view().ok_or_else(Problem::busy)?;
    let actor = actor(server, head).await?;
    let search = head.uri.query().unwrap_or_default();
    let filter = app::routes::view_in(search).filter;
    let views = NewestViews::watch(&server.engine, &actor, project, &filter, since(&head.headers, search))
        .await
        .map_err(|error| refused(&error))?;
    let watched = Watched {
        server: server.clone(),
        actor,
        views,
        waiting: VecDeque::from([Event::default().retry(RETRY).comment("PerfAlly")]),
        ends: Instant::now() + LENGTH,
        _room: room,
    };
    Ok(futures::stream::unfold(watched, |mut watched| async move {
        let event = watched.next().await?;
        Some((Ok(event), watched))
    }))
}

/// Who watches: somebody, even where anybody may look, because a stream is held for long.
async fn actor(server: &Server, head: &Parts) -> Result<Actor, Problem> {
    let session = head.extensions.get::<Session>().ok_or_else(Problem::internal)?;
    let user = session.get::<UserId>(AppRequest::USER).await.map_err(|_| Problem::away())?;
    match accounts::actor(&server.engine, user).await {
        Ok(Actor::Nobody) => Err(refused(&engine::Error::Unauthenticated)),
        Ok(actor) => Ok(actor),
        Err(error) => Err(refused(&error)),
    }
}

fn since(headers: &HeaderMap, search: &str) -> Option<LiveCursor> {
    let last = headers.get(LAST_EVENT).and_then(|id| id.to_str().ok()).and_then(LiveCursor::parse);
    last.or_else(|| LiveCursor::parse(&app::routes::param(search, "since")?))
}

fn refused(error: &engine::Error) -> Problem {
    match error {
        engine::Error::NotFound => Problem::not_found(),
        engine::Error::Unauthenticated => {
            Problem::new(StatusCode::UNAUTHORIZED, "Not signed in", "Sign in, and open the page again.")
        }
        engine::Error::Forbidden => {
            Problem::new(StatusCode::FORBIDDEN, "Not allowed", "Your role does not let you see this project.")
        }
        engine::Error::Upstream { .. } => Problem::away(),
        error => {
            tracing::error!(%error, "a live view failed");
            Problem::internal()
        }
    }
}

/// One browser that watches.
struct Watched {
    server: Server,
    /// Whose clock times are told by.
    actor: Actor,
    views: NewestViews,
    waiting: VecDeque<Event>,
    ends: Instant,
    _room: OwnedSemaphorePermit,
}

impl Watched {
    /// The next event; `None` when it is time to come back, when the database is away, or when
    /// the server stops.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Some(event);
            }
            if Instant::now() >= self.ends {
                return None;
            }
            match self.views.next().await {
                Ok(new) => self.waiting.extend(new.iter().map(|(cursor, line)| {
                    Event::default().event("view").id(cursor.to_string()).data(app::rum::view_row(line, &self.actor))
                })),
                Err(error) => {
                    tracing::warn!(%error, "a live view ends early; its browser comes back");
                    return None;
                }
            }
            if self.waiting.is_empty() {
                tokio::select! {
                    () = tokio::time::sleep(GLANCE) => {}
                    () = self.server.stopping.cancelled() => return None,
                }
            }
        }
    }
}
