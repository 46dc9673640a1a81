//! The figures of an open overview: anew as soon as they are others, and for nobody else's eyes.

use domain::accounts::Actor;
use engine::projects;
use reqwest::{Method, Response, header};
use serde_json::Value;

use crate::{
    api::{send, world_with_a_shop},
    world::{Browser, insistently},
};

const ADA: &str = "ada@example.com";
const BEN: &str = "ben@example.com";

/// As the script of the open page asks.
async fn ask(browser: &Browser, path: &str) -> Response {
    insistently(async || {
        browser.send(browser.request(Method::GET, path).header(header::ACCEPT, "application/json")).await
    })
    .await
}

/// What the open page is answered; `None` where all is as the stamp says.
async fn look(browser: &Browser, project: &str, view: &str, unless: &str) -> Option<(String, String)> {
    let path = format!("/api/ui/rum/figures?project={project}&demo=false&view={view}&unless={unless}");
    let answer = ask(browser, &path).await;
    assert_eq!(answer.status(), 200);
    let told: Value = answer.json().await.unwrap();
    let text = |name: &str| told[name].as_str().unwrap().to_owned();
    (!told.is_null()).then(|| (text("stamp"), text("html")))
}

#[tokio::test]
async fn figures_are_made_anew_as_soon_as_anything_that_they_show_is_another() {
    let (world, _, shop, site_key) = world_with_a_shop().await;
    let (browser, id) = (world.browser(), shop.to_string());
    browser.sign_in(ADA).await;
    send(&world, &site_key, 0..60).await;
    let (first, html) = look(&browser, &id, "", "").await.unwrap();
    assert!(html.contains("60\u{a0}page views"));
    assert_eq!(look(&browser, &id, "", &first).await, None);
    assert_eq!(look(&browser, &id, "", "").await, Some((first.clone(), html)), "the same again, to the byte");
    let phones = look(&browser, &id, "device%3Dmobile", &first).await.unwrap();
    assert!(phones.1.contains("30\u{a0}page views"), "another view has another stamp");

    let change = async |what: &str, stamp: &str, shown: &str| {
        let (new, html) = look(&browser, &id, "", stamp).await.unwrap_or_else(|| panic!("{what} went unnoticed"));
        assert!(html.contains(shown), "{what} is not shown");
        assert_eq!(look(&browser, &id, "", &new).await, None, "{what}");
        new
    };
    send(&world, &site_key, 60..61).await;
    let stamp = change("a page view", &first, "61\u{a0}page views").await;
    let owner = Actor::System;
    projects::add_deploy(world.engine(), &owner, shop, "2026.11.4", None, "").await.unwrap();
    let stamp = change("a deploy", &stamp, "2026.11.4").await;
    projects::rename_project(world.engine(), &owner, shop, "Corner shop").await.unwrap();
    let stamp = change("a name", &stamp, "Corner shop").await;
    projects::set_templates(world.engine(), &owner, shop, vec!["/product/**".to_owned()]).await.unwrap();
    change("a template", &stamp, "/product/**").await;
    world.stop().await;
}

#[tokio::test]
async fn what_was_made_for_one_is_refused_to_who_may_not_see_it() {
    let (world, _, shop, site_key) = world_with_a_shop().await;
    world.user(BEN).await;
    send(&world, &site_key, 0..20).await;
    let (ada, ben, nobody) = (world.browser(), world.browser(), world.browser());
    ada.sign_in(ADA).await;
    ben.sign_in(BEN).await;
    let path = format!("/api/ui/rum/figures?project={shop}&demo=false&view=&unless=");
    for (browser, status) in [(&ada, 200), (&ben, 404), (&nobody, 401)] {
        assert_eq!(ask(browser, &path).await.status(), status);
    }
    world.stop().await;
}
