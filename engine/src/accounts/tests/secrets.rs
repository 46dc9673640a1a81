//! What somebody gets who gets the database.

use sqlx::{AssertSqlSafe, PgPool};

use super::{super::*, *};

/// Every row of every table as text.
async fn dump(db: &PgPool) -> String {
    let tables: Vec<String> =
        sqlx::query_scalar("select tablename::text from pg_tables where schemaname = 'public' order by 1")
            .fetch_all(db)
            .await
            .unwrap();
    let mut text = String::new();
    for table in tables {
        let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(format!("select t::text from \"{table}\" t")))
            .fetch_all(db)
            .await
            .unwrap();
        text.push_str(&rows.join("\n"));
    }
    text
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_dump_of_the_database_contains_no_usable_credential(db: PgPool) {
    let world = World::new(db);
    world.signs_up("ada@example.com").await.unwrap();
    request_password_reset(&world.engine, "ada@example.com", HERE).await.unwrap();
    // While the mails wait …
    let waiting = dump(&world.engine.db).await;
    assert!(waiting.contains("ada@example.com") && waiting.contains("$argon2id$"), "the dump is one");
    world.run_due().await;
    let tokens: Vec<String> = world
        .letters_to("ada@example.com")
        .iter()
        .filter_map(|letter| letter.link.clone())
        .map(|link| link.query_pairs().find(|(name, _)| name == "token").unwrap().1.into_owned())
        .collect();
    assert_eq!(tokens.len(), 2);
    // … after they went, and once somebody is signed in.
    let ada = confirm_email(&world.engine, &tokens[0]).await.unwrap();
    let cookie: i128 = 0x1234_5678_9abc_def0_1122_3344_5566_7788;
    world.session(ada, cookie).await;
    let dump = waiting + &dump(&world.engine.db).await;

    for token in &tokens {
        assert!(!dump.contains(token.as_str()));
        let bytes = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, token).unwrap();
        assert!(!dump.contains(&hex::encode(bytes)));
    }
    let cookie_forms = [cookie.to_string(), hex::encode(cookie.to_le_bytes()), hex::encode(cookie.to_be_bytes())];
    assert!(cookie_forms.iter().all(|form| !dump.contains(form.as_str())));
    assert!(!dump.contains(PASSWORD));
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn throttles_name_nobody(db: PgPool) {
    let world = World::new(db);
    world.signs_in("eve@example.com", OTHER).await.unwrap_err();
    let dump = dump(&world.engine.db).await;
    assert!(!dump.contains("eve@") && !dump.contains("203.0.113.9"));
    use sha2::Digest;
    // Nor by a hash that anybody could compute for all addresses there are.
    for subject in ["eve@example.com", "203.0.113.9"] {
        assert!(!dump.contains(&hex::encode(sha2::Sha256::digest(subject))));
    }
}
