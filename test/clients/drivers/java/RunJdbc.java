import java.io.StringReader;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.postgresql.Driver;
import org.postgresql.PGConnection;
import org.postgresql.util.PGInterval;
import org.postgresql.util.PGobject;

/** JDBC by its own means. */
final class RunJdbc {
  /** Of the samples' columns, from the second on. */
  private static final List<Class<?>> CLASSES =
      List.of(
          Boolean.class, Integer.class, Integer.class, Long.class, BigDecimal.class, Float.class, Double.class,
          String.class, byte[].class, LocalDate.class, LocalDateTime.class, OffsetDateTime.class, LocalTime.class,
          PGInterval.class, UUID.class, PGobject.class, Array.class, Array.class);

  public static void main(String[] arguments) {
    new Scenario()
        .part("types_text", () -> echo("text", "binaryTransfer=false"))
        .part("types_binary", () -> echo("binary", "prepareThreshold=-1"))
        .part("large", RunJdbc::large)
        .part("prepared", RunJdbc::prepared)
        .part("transactions", RunJdbc::transactions)
        .part("errors", RunJdbc::errors)
        .part("cancel", RunJdbc::cancel)
        .part("timeout", RunJdbc::timeout)
        .part("copy_in", RunJdbc::copyIn)
        .part("copy_out", RunJdbc::copyOut)
        .part("notice", RunJdbc::notice)
        .part("refused", RunJdbc::refused)
        .part("held", RunJdbc::held)
        .part("masked", RunJdbc::masked)
        .part("slices", RunJdbc::slices)
        .part("ahead", RunJdbc::ahead)
        .run("pgJDBC " + Driver.class.getPackage().getImplementationVersion());
  }

  private static Object echo(String format, String setting) throws SQLException {
    try (Connection connection = Scenario.connect(setting);
        PreparedStatement write = connection.prepareStatement(Scenario.WRITE_ECHO);
        PreparedStatement read = connection.prepareStatement(Scenario.READ_SAMPLES);
        ResultSet rows = read.executeQuery()) {
      List<Integer> ids = new ArrayList<>();
      while (rows.next()) {
        ids.add(rows.getInt(1));
        write.setString(1, Scenario.DRIVER);
        write.setString(2, format);
        write.setInt(3, rows.getInt(1));
        for (int column = 0; column < CLASSES.size(); column++) {
          write.setObject(column + 4, value(rows, column + 2, CLASSES.get(column)));
        }
        write.executeUpdate();
      }
      return ids;
    }
  }

  private static Object value(ResultSet rows, int column, Class<?> type) throws SQLException {
    if (type == Array.class) return rows.getArray(column);
    return type == PGobject.class ? rows.getObject(column) : rows.getObject(column, type);
  }

  private static Object large() throws SQLException {
    try (Connection connection = Scenario.connect();
        Statement read = connection.createStatement();
        ResultSet rows = read.executeQuery("SELECT data FROM blobs");
        PreparedStatement write = connection.prepareStatement("INSERT INTO blob_echoes VALUES (?, ?)")) {
      rows.next();
      byte[] data = rows.getBytes(1);
      write.setString(1, Scenario.DRIVER);
      write.setBytes(2, data);
      write.executeUpdate();
      return data.length;
    }
  }

  private static Object prepared() throws SQLException {
    try (Connection connection = Scenario.connect();
        PreparedStatement statement = connection.prepareStatement("SELECT CAST(? AS int)")) {
      int total = 0;
      for (int n = 0; n < 40; n++) {
        statement.setInt(1, n);
        try (ResultSet rows = statement.executeQuery()) {
          rows.next();
          total += rows.getInt(1);
        }
      }
      return total;
    }
  }

  private static Object transactions() throws SQLException {
    try (Connection connection = Scenario.connect()) {
      connection.setAutoCommit(false);
      mark(connection, 1);
      Savepoint here = connection.setSavepoint("here");
      mark(connection, 2);
      connection.rollback(here);
      mark(connection, 3);
      connection.commit();
      mark(connection, 4);
      connection.rollback();
      return column(connection, "SELECT n FROM marks WHERE driver = '%s' ORDER BY n".formatted(Scenario.DRIVER));
    }
  }

  private static void mark(Connection connection, int n) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement("INSERT INTO marks VALUES (?, ?)")) {
      statement.setString(1, Scenario.DRIVER);
      statement.setInt(2, n);
      statement.executeUpdate();
    }
  }

  private static List<Object> column(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      List<Object> values = new ArrayList<>();
      while (rows.next()) values.add(rows.getObject(1));
      return values;
    }
  }

  private static String codeOf(Connection connection, String sql) {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
      return "no error";
    } catch (SQLException error) {
      return error.getSQLState();
    }
  }

  private static Object errors() throws SQLException {
    try (Connection connection = Scenario.connect()) {
      List<Object> codes = new ArrayList<>();
      for (String sql : Scenario.FAILING) codes.add(codeOf(connection, sql));
      connection.setAutoCommit(false);
      codeOf(connection, Scenario.FAILING.get(1));
      codes.add(codeOf(connection, "SELECT 1"));
      return codes;
    }
  }

  private static Object cancel() throws Exception {
    try (Connection connection = Scenario.connect();
        Statement statement = connection.createStatement()) {
      return Scenario.again(
          () -> {
            statement.cancel();
            return null;
          },
          () -> {
            try {
              statement.execute("SELECT pg_sleep(30)");
              return "no error";
            } catch (SQLException error) {
              return error.getSQLState();
            }
          });
    }
  }

  private static Object timeout() throws SQLException {
    try (Connection connection = Scenario.connect("options=-c%20statement_timeout=100ms")) {
      return codeOf(connection, "SELECT pg_sleep(30)");
    }
  }

  private static Object copyIn() throws Exception {
    try (Connection connection = Scenario.connect()) {
      String lines =
          IntStream.rangeClosed(1, 1000)
              .mapToObj(n -> Scenario.DRIVER + "\t" + n + "\t" + Scenario.note(n).replace("\t", "\\t") + "\n")
              .collect(Collectors.joining());
      return connection.unwrap(PGConnection.class).getCopyAPI().copyIn("COPY lines FROM STDIN", new StringReader(lines));
    }
  }

  private static Object copyOut() throws Exception {
    try (Connection connection = Scenario.connect()) {
      StringWriter out = new StringWriter();
      String sql =
          "COPY (SELECT n, note FROM lines WHERE driver = '%s' ORDER BY n) TO STDOUT".formatted(Scenario.DRIVER);
      connection.unwrap(PGConnection.class).getCopyAPI().copyOut(sql, out);
      List<String> lines = out.toString().lines().toList();
      String[] last = lines.get(lines.size() - 1).split("\t");
      return List.of(lines.size(), last[0], last[1].replace("\\t", "\t"));
    }
  }

  private static Object notice() throws SQLException {
    try (Connection connection = Scenario.connect();
        Statement statement = connection.createStatement()) {
      statement.execute("ROLLBACK");
      return List.of(statement.getWarnings().getMessage());
    }
  }

  private static Object refused() throws SQLException {
    try (Connection connection = Scenario.connect();
        Statement statement = connection.createStatement()) {
      statement.execute(Scenario.REFUSED);
      return "not refused";
    } catch (SQLException error) {
      return Scenario.refusal(error);
    }
  }

  private static Object held() throws SQLException {
    try (Connection connection = Scenario.connect();
        PreparedStatement statement =
            connection.prepareStatement("UPDATE ledger SET amount = amount + 1 WHERE driver = ?")) {
      statement.setString(1, Scenario.DRIVER);
      return statement.executeUpdate();
    }
  }

  private static Object masked() throws SQLException {
    List<List<String>> text = masked("binaryTransfer=false");
    List<List<String>> binary = masked("prepareThreshold=-1");
    return text.equals(binary) ? text : List.of(text, binary);
  }

  private static List<List<String>> masked(String setting) throws SQLException {
    try (Connection connection = Scenario.connect(setting);
        PreparedStatement statement = connection.prepareStatement(Scenario.MASKED);
        ResultSet rows = statement.executeQuery()) {
      List<List<String>> seen = new ArrayList<>();
      while (rows.next()) seen.add(List.of(rows.getString(1), rows.getString(2)));
      return seen;
    }
  }

  /** The driver reckons the size of each slice from the rows of the one before. */
  private static Object slices() throws SQLException {
    try (Connection connection =
        Scenario.connect("adaptiveFetch=true", "adaptiveFetchMinimum=50", "defaultRowFetchSize=100", "maxResultBuffer=4k")) {
      connection.setAutoCommit(false);
      List<Object> numbers = column(connection, "SELECT n FROM generate_series(1, 1000) AS n");
      return numbers.stream().mapToInt(n -> (Integer) n).sum();
    }
  }

  /** A batch: all is sent before an answer is read. */
  private static Object ahead() throws SQLException {
    try (Connection connection = Scenario.connect();
        PreparedStatement statement = connection.prepareStatement("INSERT INTO marks VALUES (?, ?)")) {
      for (int n = 0; n < 50; n++) {
        statement.setString(1, Scenario.DRIVER);
        statement.setInt(2, 100 + n);
        statement.addBatch();
      }
      statement.executeBatch();
      String sql = "SELECT sum(n - 100)::int FROM marks WHERE driver = '%s' AND n >= 100".formatted(Scenario.DRIVER);
      return column(connection, sql).get(0);
    }
  }
}
