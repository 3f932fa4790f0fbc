import java.io.PrintWriter;
import java.io.StringWriter;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.postgresql.util.PSQLException;

/** What the runners in Java share: the statements of the scenario, and a line of JSON for each of its parts. */
final class Scenario {
  static final String DRIVER = System.getenv("DRIVER");
  static final List<String> COLUMNS =
      List.of("b i2 i4 i8 n f4 f8 t by d ts tz tm iv u j ints texts".split(" "));
  private static final List<String> CASTS =
      List.of(
          ("text text int bool smallint int bigint numeric real float8 text bytea date timestamp timestamptz time"
                  + " interval uuid jsonb int[] text[]")
              .split(" "));
  static final String READ_SAMPLES = "SELECT id, " + String.join(", ", COLUMNS) + " FROM samples ORDER BY id";
  static final String WRITE_ECHO =
      "INSERT INTO echoes (driver, format, id, %s) VALUES (%s)"
          .formatted(
              String.join(", ", COLUMNS),
              CASTS.stream().map("CAST(? AS %s)"::formatted).collect(Collectors.joining(", ")));
  static final String REFUSED = "DROP TABLE customers";
  static final String MASKED = "SELECT email, card FROM customers ORDER BY id";

  /** Each fails in its own way: unique violation, division by zero, no such column, no SQL. */
  static final List<String> FAILING =
      List.of(
          "INSERT INTO marks VALUES ('nobody', 1), ('nobody', 1)",
          "SELECT 1 / 0",
          "SELECT nothing FROM marks",
          "SELECT FROM WHERE");

  private final Map<String, Callable<Object>> parts = new LinkedHashMap<>();

  /** This client has no such thing; says why. */
  static final class Cannot extends Exception {
    Cannot(String why) {
      super(why);
    }
  }

  /** What was seen, and what a user of the driver should know of it. */
  record Remarked(Object saw, String remark) {}

  Scenario part(String name, Callable<Object> play) {
    parts.put(name, play);
    return this;
  }

  Scenario cannot(String why, String... names) {
    for (String name : names) {
      part(name, () -> {
        throw new Cannot(why);
      });
    }
    return this;
  }

  void run(String version) {
    say(Map.of("version", version));
    parts.forEach((name, play) -> {
      try {
        Object saw = play.call();
        if (saw instanceof Remarked it) say(Map.of("part", name, "saw", it.saw(), "remark", it.remark()));
        else say(Map.of("part", name, "saw", saw));
      } catch (Cannot reason) {
        say(Map.of("part", name, "cannot", reason.getMessage()));
      } catch (Exception error) {
        StringWriter trace = new StringWriter();
        error.printStackTrace(new PrintWriter(trace));
        say(Map.of("part", name, "failed", trace.toString()));
      }
    });
  }

  /** With the driver's own settings, as they stand in its URL. */
  static Connection connect(String... settings) throws SQLException {
    return connectAs("PGPASSWORD", settings);
  }

  static Connection connectAs(String password, String... settings) throws SQLException {
    Map<String, String> env = System.getenv();
    String url =
        "jdbc:postgresql://%s:%s/%s?sslmode=%s&sslrootcert=%s"
            .formatted(
                env.get("PGHOST"),
                env.get("PGPORT"),
                env.get("PGDATABASE"),
                env.get("PGSSLMODE"),
                env.get("PGSSLROOTCERT"));
    for (String setting : settings) url += "&" + setting;
    return DriverManager.getConnection(url, env.get("PGUSER"), env.get(password));
  }

  static String note(int n) {
    return "grüße\t" + n;
  }

  /** Does something again and again until `done` is: a cancel that comes too early hits nothing. */
  static <T> T again(Callable<?> act, Callable<T> done) throws Exception {
    CountDownLatch ended = new CountDownLatch(1);
    Thread thread = new Thread(() -> {
      try {
        while (!ended.await(100, TimeUnit.MILLISECONDS)) act.call();
      } catch (Exception error) {
        throw new IllegalStateException(error);
      }
    });
    thread.start();
    try {
      return done.call();
    } finally {
      ended.countDown();
      thread.join();
    }
  }

  /** What the server said, below whatever was thrown. */
  static PSQLException serverError(Throwable error) {
    return error instanceof PSQLException found ? found : serverError(error.getCause());
  }

  static List<Object> refusal(Throwable error) {
    PSQLException found = serverError(error);
    return List.of(found.getSQLState(), found.getServerErrorMessage().getHint());
  }


  private static void say(Map<String, Object> report) {
    System.out.println(json(report));
    System.out.flush();
  }

  private static String json(Object it) {
    if (it instanceof Number) return it.toString();
    if (it instanceof Map<?, ?> map) {
      return map.entrySet().stream()
          .map(entry -> json(entry.getKey()) + ":" + json(entry.getValue()))
          .collect(Collectors.joining(",", "{", "}"));
    }
    if (it instanceof List<?> list) {
      return list.stream().map(Scenario::json).collect(Collectors.joining(",", "[", "]"));
    }
    String escaped =
        it.toString().chars().mapToObj(c -> c < ' ' || c == '"' || c == '\\' || c > '~'
                ? "\\u%04x".formatted(c)
                : String.valueOf((char) c))
            .collect(Collectors.joining());
    return '"' + escaped + '"';
  }
}
