// Plays the scenario with pgx, which speaks the protocol by itself.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

var (
	driver  = os.Getenv("DRIVER")
	columns = strings.Fields("b i2 i4 i8 n f4 f8 t by d ts tz tm iv u j ints texts")
	casts   = strings.Fields("text text int bool smallint int bigint numeric real float8 text bytea date timestamp" +
		" timestamptz time interval uuid jsonb int[] text[]")
	readSamples = "SELECT id, " + strings.Join(columns, ", ") + " FROM samples ORDER BY id"
	refused     = "DROP TABLE customers"
	masked      = "SELECT email, card FROM customers ORDER BY id"
	// Each fails in its own way: unique violation, division by zero, no such column, no SQL.
	failing = []string{
		"INSERT INTO marks VALUES ('nobody', 1), ('nobody', 1)",
		"SELECT 1 / 0",
		"SELECT nothing FROM marks",
		"SELECT FROM WHERE",
	}
	ctx = context.Background()
)

func main() {
	parts := []struct {
		name string
		play func(*pgx.Conn) (any, error)
	}{
		{"types_text", func(c *pgx.Conn) (any, error) { return echo(c, "text", pgx.TextFormatCode) }},
		{"types_binary", func(c *pgx.Conn) (any, error) { return echo(c, "binary", pgx.BinaryFormatCode) }},
		{"large", large},
		{"prepared", prepared},
		{"transactions", transactions},
		{"errors", failures},
		{"cancel", cancel},
		{"timeout", timeout},
		{"copy_in", copyIn},
		{"copy_out", copyOut},
		{"notice", notice},
		{"refused", refusal},
		{"held", held},
		{"masked", readMasked},
		{"slices", slices},
		{"ahead", ahead},
	}
	say(map[string]any{"version": "pgx " + version()})
	for _, part := range parts {
		saw, err := played(part.play)
		if err != nil {
			say(map[string]any{"part": part.name, "failed": err.Error()})
		} else {
			say(map[string]any{"part": part.name, "saw": saw})
		}
	}
}

func version() string {
	info, _ := debug.ReadBuildInfo()
	for _, module := range info.Deps {
		if module.Path == "github.com/jackc/pgx/v5" {
			return strings.TrimPrefix(module.Version, "v")
		}
	}
	return "?"
}

func say(report map[string]any) {
	line, err := json.Marshal(report)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(line))
}

// Notices of the connection that is open.
var notices = []string{}

func played(play func(*pgx.Conn) (any, error)) (any, error) {
	config, err := pgx.ParseConfig("")
	if err != nil {
		return nil, err
	}
	config.OnNotice = func(_ *pgconn.PgConn, notice *pgconn.Notice) { notices = append(notices, notice.Message) }
	connection, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	defer connection.Close(ctx)
	return play(connection)
}

func writeEcho() string {
	values := make([]string, len(casts))
	for i, cast := range casts {
		values[i] = fmt.Sprintf("CAST($%d AS %s)", i+1, cast)
	}
	return fmt.Sprintf("INSERT INTO echoes (driver, format, id, %s) VALUES (%s)",
		strings.Join(columns, ", "), strings.Join(values, ", "))
}

// Reads all samples in one format, and writes them back: as the driver's own values, or as the text they came in.
func echo(c *pgx.Conn, format string, code int16) (any, error) {
	values := func(row pgx.CollectableRow) ([]any, error) { return row.Values() }
	mode := pgx.QueryExecModeCacheStatement
	if code == pgx.TextFormatCode {
		values = texts
		mode = pgx.QueryExecModeExec
	}
	rows, err := c.Query(ctx, readSamples, pgx.QueryResultFormats{code})
	if err != nil {
		return nil, err
	}
	samples, err := pgx.CollectRows(rows, values)
	if err != nil {
		return nil, err
	}
	for i, sample := range samples {
		arguments := append([]any{mode, driver, format}, sample...)
		if _, err := c.Exec(ctx, writeEcho(), arguments...); err != nil {
			return nil, fmt.Errorf("sample %d: %w", i+1, err)
		}
	}
	rows, err = c.Query(ctx, "SELECT id FROM echoes WHERE driver = $1 AND format = $2 ORDER BY id", driver, format)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int])
}

func texts(row pgx.CollectableRow) ([]any, error) {
	values := []any{}
	for _, raw := range row.RawValues() {
		if raw == nil {
			values = append(values, nil)
		} else {
			values = append(values, string(raw))
		}
	}
	return values, nil
}

func large(c *pgx.Conn) (any, error) {
	var data []byte
	if err := c.QueryRow(ctx, "SELECT data FROM blobs").Scan(&data); err != nil {
		return nil, err
	}
	_, err := c.Exec(ctx, "INSERT INTO blob_echoes VALUES ($1, $2)", driver, data)
	return len(data), err
}

func prepared(c *pgx.Conn) (any, error) {
	if _, err := c.Prepare(ctx, "same", "SELECT $1::int"); err != nil {
		return nil, err
	}
	total := 0
	for n := range 40 {
		var answer int
		if err := c.QueryRow(ctx, "same", n).Scan(&answer); err != nil {
			return nil, err
		}
		total += answer
	}
	return total, nil
}

func transactions(c *pgx.Conn) (any, error) {
	undo := errors.New("undo")
	mark := func(tx pgx.Tx, n int) error {
		_, err := tx.Exec(ctx, "INSERT INTO marks VALUES ($1, $2)", driver, n)
		return err
	}
	undone := func(tx pgx.Tx, n int) error {
		err := pgx.BeginFunc(ctx, tx, func(inner pgx.Tx) error { return errors.Join(mark(inner, n), undo) })
		if err != nil && !errors.Is(err, undo) {
			return err
		}
		return nil
	}
	err := pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error {
		return errors.Join(mark(tx, 1), undone(tx, 2), mark(tx, 3))
	})
	if err != nil {
		return nil, err
	}
	err = pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error { return errors.Join(mark(tx, 4), undo) })
	if !errors.Is(err, undo) {
		return nil, err
	}
	rows, err := c.Query(ctx, "SELECT n FROM marks WHERE driver = $1 ORDER BY n", driver)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int])
}

func codeOf(err error) string {
	var found *pgconn.PgError
	if errors.As(err, &found) {
		return found.Code
	}
	return fmt.Sprint(err)
}

func failures(c *pgx.Conn) (any, error) {
	codes := []string{}
	for _, sql := range failing {
		_, err := c.Exec(ctx, sql)
		codes = append(codes, codeOf(err))
	}
	tx, err := c.Begin(ctx)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback(ctx)
	tx.Exec(ctx, failing[1])
	_, err = tx.Exec(ctx, "SELECT 1")
	return append(codes, codeOf(err)), nil
}

// A cancel that comes too early hits nothing, so it is sent again and again.
func cancel(c *pgx.Conn) (any, error) {
	done := make(chan struct{})
	go func() {
		ticker := time.NewTicker(100 * time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
				c.PgConn().CancelRequest(ctx)
			}
		}
	}()
	_, err := c.Exec(ctx, "SELECT pg_sleep(30)")
	close(done)
	return codeOf(err), nil
}

func timeout(c *pgx.Conn) (any, error) {
	if _, err := c.Exec(ctx, "SET statement_timeout = '100ms'"); err != nil {
		return nil, err
	}
	_, err := c.Exec(ctx, "SELECT pg_sleep(30)")
	return codeOf(err), nil
}

// Binary, as pgx does it.
func copyIn(c *pgx.Conn) (any, error) {
	return c.CopyFrom(ctx, pgx.Identifier{"lines"}, []string{"driver", "n", "note"},
		pgx.CopyFromSlice(1000, func(i int) ([]any, error) {
			return []any{driver, i + 1, "grüße\t" + strconv.Itoa(i+1)}, nil
		}))
}

func copyOut(c *pgx.Conn) (any, error) {
	var out bytes.Buffer
	sql := fmt.Sprintf("COPY (SELECT n, note FROM lines WHERE driver = '%s' ORDER BY n) TO STDOUT", driver)
	if _, err := c.PgConn().CopyTo(ctx, &out, sql); err != nil {
		return nil, err
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	n, note, _ := strings.Cut(lines[len(lines)-1], "\t")
	return []any{len(lines), n, strings.ReplaceAll(note, `\t`, "\t")}, nil
}

func notice(c *pgx.Conn) (any, error) {
	notices = nil
	_, err := c.Exec(ctx, "ROLLBACK")
	return notices, err
}

func refusal(c *pgx.Conn) (any, error) {
	_, err := c.Exec(ctx, refused)
	var found *pgconn.PgError
	if !errors.As(err, &found) {
		return nil, fmt.Errorf("not refused: %w", err)
	}
	return []string{found.Code, found.Hint}, nil
}

func held(c *pgx.Conn) (any, error) {
	tag, err := c.Exec(ctx, "UPDATE ledger SET amount = amount + 1 WHERE driver = $1", driver)
	return tag.RowsAffected(), err
}

func readMasked(c *pgx.Conn) (any, error) {
	var seen [][][]string
	for _, format := range []int16{pgx.TextFormatCode, pgx.BinaryFormatCode} {
		rows, err := c.Query(ctx, masked, pgx.QueryResultFormats{format})
		if err != nil {
			return nil, err
		}
		customers, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) ([]string, error) {
			pair := make([]string, 2)
			return pair, row.Scan(&pair[0], &pair[1])
		})
		if err != nil {
			return nil, err
		}
		seen = append(seen, customers)
	}
	if fmt.Sprint(seen[0]) != fmt.Sprint(seen[1]) {
		return seen, nil
	}
	return seen[0], nil
}

// pgx has no cursors of its own: SQL's.
func slices(c *pgx.Conn) (any, error) {
	total := 0
	err := pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "DECLARE slices CURSOR FOR SELECT n FROM generate_series(1, 1000) AS n")
		for err == nil {
			rows, _ := tx.Query(ctx, "FETCH 100 FROM slices")
			var numbers []int
			if numbers, err = pgx.CollectRows(rows, pgx.RowTo[int]); len(numbers) == 0 {
				break
			}
			for _, n := range numbers {
				total += n
			}
		}
		return err
	})
	return total, err
}

func ahead(c *pgx.Conn) (any, error) {
	batch := &pgx.Batch{}
	total := 0
	for n := range 50 {
		batch.Queue("SELECT $1::int", n).QueryRow(func(row pgx.Row) error {
			var answer int
			err := row.Scan(&answer)
			total += answer
			return err
		})
	}
	err := c.SendBatch(ctx, batch).Close()
	return total, err
}
