//! Plays the scenario with tokio-postgres, which speaks the protocol by itself.

use std::error::Error;
use std::io::Write;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::future::{Either, select, try_join_all};
use futures_util::{SinkExt, TryStreamExt, stream};
use native_tls::Certificate;
use postgres_native_tls::MakeTlsConnector;
use serde_json::{Value, json};
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{AsyncMessage, Client, SimpleQueryMessage};

type Saw = Result<Value, Box<dyn Error>>;

const COLUMNS: &str = "b, i2, i4, i8, n, f4, f8, t, by, d, ts, tz, tm, iv, u, j, ints, texts";
const READ_SAMPLES: &str = "SELECT id, b, i2, i4, i8, n, f4, f8, t, by, d, ts, tz, tm, iv, u, j, ints, texts FROM samples ORDER BY id";
const REFUSED: &str = "DROP TABLE customers";
const MASKED: &str = "SELECT email, card FROM customers ORDER BY id";
/// Each fails in its own way: unique violation, division by zero, no such column, no SQL.
const FAILING: [&str; 4] = [
    "INSERT INTO marks VALUES ('nobody', 1), ('nobody', 1)",
    "SELECT 1 / 0",
    "SELECT nothing FROM marks",
    "SELECT FROM WHERE",
];

#[tokio::main]
async fn main() {
    println!("{}", json!({ "version": format!("tokio-postgres {}", version()) }));
    report("types_text", types_text().await);
    report("types_binary", types_binary().await);
    report("large", large().await);
    report("prepared", prepared().await);
    report("transactions", transactions().await);
    report("errors", errors().await);
    report("cancel", cancel().await);
    report("timeout", timeout().await);
    report("copy_in", copy_in().await);
    report("copy_out", copy_out().await);
    report("notice", notice().await);
    report("refused", refused().await);
    report("held", held().await);
    report("masked", masked().await);
    report("slices", slices().await);
    report("ahead", ahead().await);
}

/// Cargo tells a program its own version only: the lock file knows the driver's.
fn version() -> &'static str {
    let (_, locked) = include_str!("../Cargo.lock")
        .split_once("name = \"tokio-postgres\"\nversion = \"")
        .expect("it is locked");
    locked.split('"').next().expect("a version ends")
}

fn report(part: &str, saw: Saw) {
    match saw {
        Ok(saw) => println!("{}", json!({ "part": part, "saw": saw })),
        Err(error) => println!("{}", json!({ "part": part, "failed": format!("{error:?}") })),
    }
    std::io::stdout().flush().expect("standard output is open");
}

fn env(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"))
}

fn driver() -> String {
    env("DRIVER")
}

/// What the server said without being asked.
type Notices = Arc<Mutex<Vec<String>>>;

fn tls() -> Result<MakeTlsConnector, Box<dyn Error>> {
    let authority = Certificate::from_pem(&std::fs::read(env("PGSSLROOTCERT"))?)?;
    let connector = native_tls::TlsConnector::builder()
        .add_root_certificate(authority)
        .build()?;
    Ok(MakeTlsConnector::new(connector))
}

async fn connect() -> Result<(Client, Notices), Box<dyn Error>> {
    let (client, mut connection) = tokio_postgres::Config::new()
        .host(env("PGHOST"))
        .port(env("PGPORT").parse()?)
        .dbname(env("PGDATABASE"))
        .user(env("PGUSER"))
        .password(env("PGPASSWORD"))
        .ssl_mode(tokio_postgres::config::SslMode::Require)
        .connect(tls()?)
        .await?;
    let notices = Notices::default();
    let heard = notices.clone();
    tokio::spawn(async move {
        let mut messages = stream::poll_fn(move |context| connection.poll_message(context));
        while let Ok(Some(message)) = messages.try_next().await {
            if let AsyncMessage::Notice(notice) = message {
                heard
                    .lock()
                    .expect("nobody panics with it")
                    .push(notice.message().to_owned());
            }
        }
    });
    Ok((client, notices))
}

fn write_echo(values: &[String]) -> String {
    format!(
        "INSERT INTO echoes (driver, format, id, {COLUMNS}) VALUES ({})",
        values.join(", ")
    )
}

fn literal(text: Option<&str>) -> String {
    text.map_or("NULL".to_owned(), |text| {
        format!("'{}'", text.replace('\'', "''"))
    })
}

/// The simple protocol: all is text, both ways.
async fn types_text() -> Saw {
    let (client, _) = connect().await?;
    let mut ids = Vec::new();
    for message in client.simple_query(READ_SAMPLES).await? {
        let SimpleQueryMessage::Row(row) = message else {
            continue;
        };
        let mut values = vec![literal(Some(&driver())), literal(Some("text"))];
        values.extend((0..row.len()).map(|column| literal(row.get(column))));
        client.simple_query(&write_echo(&values)).await?;
        ids.push(row.get(0).ok_or("a sample without id")?.parse::<i32>()?);
    }
    Ok(json!(ids))
}

/// A value of any type as the bytes it came in.
#[derive(Debug)]
struct Raw(Option<Vec<u8>>);

impl<'a> FromSql<'a> for Raw {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Raw(Some(raw.to_vec())))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Raw(None))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

impl ToSql for Raw {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        let Some(bytes) = &self.0 else {
            return Ok(IsNull::Yes);
        };
        out.extend_from_slice(bytes);
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

async fn types_binary() -> Saw {
    let (client, _) = connect().await?;
    let rows = client.query(READ_SAMPLES, &[]).await?;
    let columns = COLUMNS.split(',').count() + 3;
    let marks: Vec<String> = (1..=columns).map(|n| format!("${n}")).collect();
    let statement = client.prepare(&write_echo(&marks)).await?;
    let mut ids = Vec::new();
    for row in rows {
        let mut values = vec![Raw(Some(driver().into())), Raw(Some("binary".into()))];
        values.extend((0..row.len()).map(|column| row.get::<_, Raw>(column)));
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as _).collect();
        client.execute(&statement, &values).await?;
        ids.push(row.get::<_, i32>(0));
    }
    Ok(json!(ids))
}

async fn large() -> Saw {
    let (client, _) = connect().await?;
    let data: Vec<u8> = client.query_one("SELECT data FROM blobs", &[]).await?.get(0);
    client
        .execute("INSERT INTO blob_echoes VALUES ($1, $2)", &[&driver(), &data])
        .await?;
    Ok(json!(data.len()))
}

async fn prepared() -> Saw {
    let (client, _) = connect().await?;
    let statement = client.prepare("SELECT $1::int").await?;
    let mut total = 0;
    for n in 0..40 {
        total += client.query_one(&statement, &[&n]).await?.get::<_, i32>(0);
    }
    Ok(json!(total))
}

async fn transactions() -> Saw {
    let (mut client, _) = connect().await?;
    let mark = "INSERT INTO marks VALUES ($1, $2)";
    let mut outer = client.transaction().await?;
    outer.execute(mark, &[&driver(), &1]).await?;
    let inner = outer.savepoint("here").await?;
    inner.execute(mark, &[&driver(), &2]).await?;
    inner.rollback().await?;
    outer.execute(mark, &[&driver(), &3]).await?;
    outer.commit().await?;
    let other = client.transaction().await?;
    other.execute(mark, &[&driver(), &4]).await?;
    other.rollback().await?;
    let rows = client
        .query("SELECT n FROM marks WHERE driver = $1 ORDER BY n", &[&driver()])
        .await?;
    Ok(json!(
        rows.iter().map(|row| row.get::<_, i32>(0)).collect::<Vec<_>>()
    ))
}

fn code_of<T>(answer: Result<T, tokio_postgres::Error>) -> String {
    match answer {
        Ok(_) => "no error".to_owned(),
        Err(error) => error
            .code()
            .map_or(error.to_string(), |code| code.code().to_owned()),
    }
}

async fn errors() -> Saw {
    let (mut client, _) = connect().await?;
    let mut codes = Vec::new();
    for sql in FAILING {
        codes.push(code_of(client.execute(sql, &[]).await));
    }
    let transaction = client.transaction().await?;
    code_of(transaction.execute(FAILING[1], &[]).await);
    codes.push(code_of(transaction.execute("SELECT 1", &[]).await));
    Ok(json!(codes))
}

/// A cancel that comes too early hits nothing, so it is sent again and again.
async fn cancel() -> Saw {
    let (client, _) = connect().await?;
    let token = client.cancel_token();
    let mut running = pin!(client.execute("SELECT pg_sleep(30)", &[]));
    loop {
        let pause = pin!(tokio::time::sleep(Duration::from_millis(100)));
        match select(running.as_mut(), pause).await {
            Either::Left((answer, _)) => return Ok(json!(code_of(answer))),
            Either::Right(_) => token.cancel_query(tls()?).await?,
        }
    }
}

async fn timeout() -> Saw {
    let (client, _) = connect().await?;
    client.batch_execute("SET statement_timeout = '100ms'").await?;
    Ok(json!(code_of(client.execute("SELECT pg_sleep(30)", &[]).await)))
}

async fn copy_in() -> Saw {
    let (client, _) = connect().await?;
    let mut sink = pin!(client.copy_in::<_, Bytes>("COPY lines FROM STDIN").await?);
    for n in 1..=1000 {
        sink.send(format!("{}\t{n}\tgrüße\\t{n}\n", driver()).into())
            .await?;
    }
    Ok(json!(sink.finish().await?))
}

async fn copy_out() -> Saw {
    let (client, _) = connect().await?;
    let sql = format!(
        "COPY (SELECT n, note FROM lines WHERE driver = '{}' ORDER BY n) TO STDOUT",
        driver()
    );
    let chunks: Vec<Bytes> = client.copy_out(&sql).await?.try_collect().await?;
    let text = String::from_utf8(chunks.concat())?;
    let (n, note) = text
        .lines()
        .last()
        .and_then(|line| line.split_once('\t'))
        .ok_or("no line")?;
    Ok(json!([text.lines().count(), n, note.replace("\\t", "\t")]))
}

async fn notice() -> Saw {
    let (client, notices) = connect().await?;
    client.batch_execute("ROLLBACK").await?;
    let seen = notices.lock().expect("nobody panics with it");
    Ok(json!(*seen))
}

async fn refused() -> Saw {
    let (client, _) = connect().await?;
    let error = client.execute(REFUSED, &[]).await.err().ok_or("not refused")?;
    let said = error.as_db_error().ok_or("not the server's")?;
    Ok(json!([said.code().code(), said.hint()]))
}

async fn held() -> Saw {
    let (client, _) = connect().await?;
    let sql = "UPDATE ledger SET amount = amount + 1 WHERE driver = $1";
    Ok(json!(client.execute(sql, &[&driver()]).await?))
}

async fn masked() -> Saw {
    let (client, _) = connect().await?;
    let rows = client.query(MASKED, &[]).await?;
    let binary: Vec<[String; 2]> = rows.iter().map(|row| [row.get(0), row.get(1)]).collect();
    let mut text = Vec::new();
    for message in client.simple_query(MASKED).await? {
        if let SimpleQueryMessage::Row(row) = message {
            text.push([0, 1].map(|column| row.get(column).unwrap_or_default().to_owned()));
        }
    }
    Ok(if text == binary {
        json!(text)
    } else {
        json!([text, binary])
    })
}

/// A portal, executed in slices.
async fn slices() -> Saw {
    let (mut client, _) = connect().await?;
    let transaction = client.transaction().await?;
    let portal = transaction
        .bind("SELECT n FROM generate_series(1, 1000) AS n", &[])
        .await?;
    let mut total = 0;
    loop {
        let rows = transaction.query_portal(&portal, 100).await?;
        if rows.is_empty() {
            return Ok(json!(total));
        }
        total += rows.iter().map(|row| row.get::<_, i32>(0)).sum::<i32>();
    }
}

/// Futures of one connection that are polled together go out together.
async fn ahead() -> Saw {
    let (client, _) = connect().await?;
    let statement = client.prepare("SELECT $1::int").await?;
    let numbers: Vec<i32> = (0..50).collect();
    let asked = numbers.iter().map(|n| {
        let (client, statement) = (&client, &statement);
        async move { client.query_one(statement, &[n]).await }
    });
    let answers = try_join_all(asked).await?;
    Ok(json!(answers.iter().map(|row| row.get::<_, i32>(0)).sum::<i32>()))
}
