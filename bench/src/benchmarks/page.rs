//! `page`: the overview as the server renders it for somebody who is signed in, asked for 200
//! times a second whether the answers before came or not.

use std::{sync::Arc, time::Duration};

use super::Run;
use crate::{
    Result, client,
    flood::{self, Template},
    history::Report,
    nginx::Nginx,
};

const PER_SECOND: f64 = 200.0;

pub async fn run(run: &Run) -> Result<()> {
    let mut report = Report::begin("page");
    let size = if run.quick { 40_000 } else { 1_000_000 };
    let (time, times) = if run.quick { (Duration::from_secs(1), 3) } else { (Duration::from_secs(10), 5) };
    let mut stock = run.stock().await?;
    let (project, _) = stock.project(size).await?;
    let subject = &stock.subject;
    let cookie = subject.sign_in().await?;
    let path = format!("/projects/{}", project.id);
    let headers = [("accept", "text/html"), ("accept-encoding", "br, gzip"), ("cookie", &cookie)];
    let page = subject.get(&path, &headers).await?;
    if page.status != 200 {
        return Err(format!("{path} was answered {}", page.status).into());
    }
    report.figure("page views of the project", size as f64, "", "");
    report.figure("pages a second", PER_SECOND, "", "200");
    report.figure("bytes of the page as sent", page.body.len() as f64, "B", "");
    let request = client::get_with(subject.address(), &path, &headers);
    let templates = Arc::new(vec![Template::fixed(request)]);
    // What sender and machine take themselves: an answer that costs nothing, asked for in the same way.
    let nginx = Nginx::start()?;

    flood::pace(subject.address(), Arc::clone(&templates), run.connections, time, PER_SECOND).await?;
    let [mut p50, mut p99, mut whole, mut cpu, mut noise50, mut noise99] = [const { Vec::new() }; 6];
    let mut others = 0;
    for _ in 0..times {
        if let Some(nginx) = &nginx {
            let request = Arc::new(vec![Template::fixed(client::get(nginx.address(), "/"))]);
            let noise = flood::pace(nginx.address(), request, run.connections, time, PER_SECOND).await?;
            noise50.push(noise.first_p50_ms);
            noise99.push(noise.first_p99_ms);
        }
        let before = subject.cpu_seconds();
        let outcome = flood::pace(subject.address(), Arc::clone(&templates), run.connections, time, PER_SECOND).await?;
        let answered = outcome.answered(200);
        cpu.push((subject.cpu_seconds() - before) * 1e3 / answered as f64);
        others += outcome.broken + outcome.by_status.values().sum::<u64>() - answered;
        p50.push(outcome.first_p50_ms);
        p99.push(outcome.first_p99_ms);
        whole.push(outcome.p99_ms);
    }
    report.spread("p50 of the first byte", &p50, "ms", "≤ 5 ms");
    report.spread("p99 of the first byte", &p99, "ms", "≤ 25 ms");
    report.spread("p99 of the whole page", &whole, "ms", "");
    report.spread("CPU of server and PostgreSQL a page", &cpu, "ms", "");
    report.spread("p50 of nginx's first byte, answering 204", &noise50, "ms", "");
    report.spread("p99 of nginx's first byte, answering 204", &noise99, "ms", "");
    report.figure("not answered with the page", others as f64, "", "0");
    report.end(&run.history, run.profile())
}
