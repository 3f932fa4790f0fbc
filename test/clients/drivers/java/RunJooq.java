import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jooq.Constants;
import org.jooq.DSLContext;
import org.jooq.DataType;
import org.jooq.Field;
import org.jooq.Query;
import org.jooq.Record;
import org.jooq.SQLDialect;
import org.jooq.Table;
import org.jooq.TransactionalRunnable;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

/** jOOQ upon JDBC. */
final class RunJooq {
  private static final String BELOW = "left to the driver below";
  private static final Table<Record> MARKS = DSL.table("marks");
  private static final Table<Record> LEDGER = DSL.table("ledger");
  private static final Field<String> OWNER = DSL.field("driver", SQLDataType.CLOB);
  private static final Field<Integer> N = DSL.field("n", SQLDataType.INTEGER);
  private static final Field<Integer> AMOUNT = DSL.field("amount", SQLDataType.INTEGER);

  /** Where jOOQ would not choose the type that it can write back. */
  private static final Map<String, DataType<?>> TYPES =
      Map.of(
          "tm", SQLDataType.CLOB,
          "iv", SQLDataType.INTERVAL,
          "j", SQLDataType.JSONB,
          "ints", SQLDataType.INTEGER.array(),
          "texts", SQLDataType.CLOB.array());

  private static final List<Field<?>> SAMPLE =
      Stream.concat(Stream.of("id"), Scenario.COLUMNS.stream())
          .<Field<?>>map(name -> DSL.field(name, TYPES.getOrDefault(name, SQLDataType.OTHER)))
          .toList();

  public static void main(String[] arguments) {
    System.setProperty("org.jooq.no-logo", "true");
    System.setProperty("org.jooq.no-tips", "true");
    new Scenario()
        .part("types_text", () -> echo("text", "binaryTransfer=false"))
        .part("types_binary", () -> echo("binary", "prepareThreshold=-1"))
        .part("large", RunJooq::large)
        .part("prepared", RunJooq::prepared)
        .part("transactions", RunJooq::transactions)
        .part("errors", RunJooq::errors)
        .part("timeout", RunJooq::timeout)
        .cannot(BELOW, "cancel", "copy_in", "copy_out", "notice")
        .part("refused", RunJooq::refused)
        .part("held", RunJooq::held)
        .part("masked", RunJooq::masked)
        .part("slices", RunJooq::slices)
        .part("ahead", RunJooq::ahead)
        .part("migrates", RunJooq::migrates)
        .run("jOOQ " + Constants.FULL_VERSION);
  }

  private static DSLContext upon(Connection connection) {
    return DSL.using(connection, SQLDialect.POSTGRES);
  }

  private static Object echo(String format, String setting) throws SQLException {
    try (Connection connection = Scenario.connect(setting)) {
      DSLContext db = upon(connection);
      List<Integer> ids = new ArrayList<>();
      for (Record sample : db.select(SAMPLE).from("samples").orderBy(DSL.field("id"))) {
        List<Object> values = new ArrayList<>(List.of(Scenario.DRIVER, format));
        Collections.addAll(values, sample.intoArray());
        db.execute(Scenario.WRITE_ECHO, values.toArray());
        ids.add(sample.get("id", Integer.class));
      }
      return new Scenario.Remarked(ids, "jOOQ cuts fractions of a second off `time`, so that it is read as text");
    }
  }

  private static Object large() throws SQLException {
    try (Connection connection = Scenario.connect()) {
      DSLContext db = upon(connection);
      byte[] data = db.fetchSingle("SELECT data FROM blobs").get(0, byte[].class);
      db.execute("INSERT INTO blob_echoes VALUES (?, ?)", Scenario.DRIVER, data);
      return data.length;
    }
  }

  private static Object prepared() throws SQLException {
    try (Connection connection = Scenario.connect()) {
      DSLContext db = upon(connection);
      return IntStream.range(0, 40).map(n -> db.select(DSL.val(n)).fetchSingle().value1()).sum();
    }
  }

  private static Object transactions() throws SQLException {
    try (Connection connection = Scenario.connect()) {
      DSLContext db = upon(connection);
      db.transaction(outer -> {
        mark(outer.dsl(), 1).execute();
        undone(outer.dsl(), inner -> mark(inner.dsl(), 2).execute());
        mark(outer.dsl(), 3).execute();
      });
      undone(db, outer -> mark(outer.dsl(), 4).execute());
      return db.select(N).from(MARKS).where(OWNER.eq(Scenario.DRIVER)).orderBy(N).fetch(N);
    }
  }

  private static void undone(DSLContext db, TransactionalRunnable work) {
    IllegalStateException undo = new IllegalStateException("undo");
    try {
      db.transaction(within -> {
        work.run(within);
        throw undo;
      });
    } catch (IllegalStateException error) {
      if (error != undo) throw error;
    }
  }

  private static Query mark(DSLContext db, int n) {
    return db.insertInto(MARKS, OWNER, N).values(Scenario.DRIVER, n);
  }

  private static String codeOf(DSLContext db, String sql) {
    try {
      db.execute(sql);
      return "no error";
    } catch (DataAccessException error) {
      return error.sqlState();
    }
  }

  private static Object errors() throws SQLException {
    try (Connection connection = Scenario.connect()) {
      DSLContext db = upon(connection);
      List<Object> codes = new ArrayList<>();
      for (String sql : Scenario.FAILING) codes.add(codeOf(db, sql));
      connection.setAutoCommit(false);
      codeOf(db, Scenario.FAILING.get(1));
      codes.add(codeOf(db, "SELECT 1"));
      return codes;
    }
  }

  private static Object timeout() throws SQLException {
    try (Connection connection = Scenario.connect()) {
      DSLContext db = upon(connection);
      db.execute("SET statement_timeout = '100ms'");
      return codeOf(db, "SELECT pg_sleep(30)");
    }
  }

  private static Object refused() throws SQLException {
    try (Connection connection = Scenario.connect()) {
      upon(connection).execute(Scenario.REFUSED);
      return "not refused";
    } catch (DataAccessException error) {
      return Scenario.refusal(error);
    }
  }

  private static Object held() throws SQLException {
    try (Connection connection = Scenario.connect()) {
      return upon(connection).update(LEDGER).set(AMOUNT, AMOUNT.plus(1)).where(OWNER.eq(Scenario.DRIVER)).execute();
    }
  }

  private static Object masked() throws SQLException {
    try (Connection connection = Scenario.connect()) {
      return upon(connection).fetch(Scenario.MASKED).map(row -> List.of(row.get(0), row.get(1)));
    }
  }

  private static Object slices() throws SQLException {
    try (Connection connection = Scenario.connect()) {
      connection.setAutoCommit(false);
      int total = 0;
      try (var rows = upon(connection).select(DSL.field("n", Integer.class)).from("generate_series(1, 1000) AS n").fetchSize(100).fetchLazy()) {
        for (var row : rows) total += row.value1();
      }
      return total;
    }
  }

  private static Object ahead() throws SQLException {
    try (Connection connection = Scenario.connect()) {
      DSLContext db = upon(connection);
      db.batch(IntStream.range(100, 150).mapToObj(n -> mark(db, n)).toList()).execute();
      return db.select(DSL.sum(N.minus(100))).from(MARKS).where(OWNER.eq(Scenario.DRIVER), N.ge(100)).fetchSingle().value1();
    }
  }

  private static Object migrates() throws SQLException {
    try (Connection connection = Scenario.connectAs("MIGRATOR_PASSWORD")) {
      DSLContext db = upon(connection);
      Table<?> notes = DSL.table("jooq_notes");
      Field<String> note = DSL.field("note", SQLDataType.VARCHAR(100));
      db.transaction(within -> {
        within.dsl().createTable(notes).column("id", SQLDataType.INTEGER.identity(true)).column(note).primaryKey("id").execute();
        within.dsl().insertInto(notes, note).values("one").values("two").execute();
        within.dsl().alterTable(notes).alterColumn(note).setNotNull().execute();
      });
      return db.select(note).from(notes).orderBy(DSL.field("id")).fetch(note);
    }
  }
}
