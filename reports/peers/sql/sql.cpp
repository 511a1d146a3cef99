// "List 1,000 projects with 20 tasks each, with their owners" on SQLite in memory and on PostgreSQL: a query
// for each row (N+1) and one join. Both read every column of every row.
//
//     PROGRAM … [--postgres "host=… user=… dbname=…"]
//     PROGRAM --version sqlite
#include <libpq-fe.h>
#include <sqlite3.h>

#include <array>

#include "reports/peers/common/peer.h"

namespace {

constexpr int kProjects = 1000;
constexpr int kTasks = 20;
constexpr int kOwners = 100;
constexpr const char* kSchema =
    "CREATE TABLE owners (id INTEGER PRIMARY KEY, name TEXT NOT NULL);"
    "CREATE TABLE projects (id INTEGER PRIMARY KEY, name TEXT NOT NULL);"
    "CREATE TABLE tasks (id INTEGER PRIMARY KEY, project INTEGER NOT NULL, owner INTEGER NOT NULL, title "
    "TEXT NOT NULL);"
    "CREATE INDEX tasks_of_project ON tasks (project);";
constexpr const char* kAllProjects = "SELECT id FROM projects ORDER BY id";
constexpr const char* kJoined =
    "SELECT p.id, t.id, o.name FROM projects p JOIN tasks t ON t.project = p.id "
    "JOIN owners o ON o.id = t.owner ORDER BY p.id";

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "%s\n", what.c_str());
  std::exit(1);
}

// The rows of all three tables as statements; the same in both databases.
std::string rows() {
  std::string out = "BEGIN;";
  for (int i = 1; i <= kOwners; ++i) {
    out += "INSERT INTO owners VALUES (" + std::to_string(i) + ", 'owner " + std::to_string(i) + "');";
  }
  peer::Random random(1);
  int task = 0;
  for (int p = 1; p <= kProjects; ++p) {
    out += "INSERT INTO projects VALUES (" + std::to_string(p) + ", 'project " + std::to_string(p) + "');";
    for (int t = 0; t < kTasks; ++t) {
      ++task;
      out += "INSERT INTO tasks VALUES (" + std::to_string(task) + ", " + std::to_string(p) + ", " +
             std::to_string(1 + random.below(kOwners)) + ", 'task " + std::to_string(task) + "');";
    }
  }
  return out + "COMMIT;";
}

// Both ways must see the same tasks and owners.
void expect(std::uint64_t tasks) {
  if (tasks != std::uint64_t{kProjects} * kTasks) fail("a listing lacks tasks");
}

class Sqlite {
 public:
  Sqlite() {
    if (sqlite3_open(":memory:", &db_) != SQLITE_OK) fail("no SQLite database");
    run(kSchema);
    run(rows().c_str());
    projects_ = prepare(kAllProjects);
    tasks_ = prepare("SELECT id, owner FROM tasks WHERE project = ?");
    owner_ = prepare("SELECT name FROM owners WHERE id = ?");
    joined_ = prepare(kJoined);
  }
  Sqlite(const Sqlite&) = delete;
  Sqlite& operator=(const Sqlite&) = delete;
  ~Sqlite() {
    for (sqlite3_stmt* s : {projects_, tasks_, owner_, joined_}) sqlite3_finalize(s);
    sqlite3_close(db_);
  }

  void each() {
    std::uint64_t count = 0;
    while (sqlite3_step(projects_) == SQLITE_ROW) {
      sqlite3_bind_int(tasks_, 1, sqlite3_column_int(projects_, 0));
      for (; sqlite3_step(tasks_) == SQLITE_ROW; ++count) {
        sum_ += static_cast<unsigned>(sqlite3_column_int(tasks_, 0));
        sqlite3_bind_int(owner_, 1, sqlite3_column_int(tasks_, 1));
        if (sqlite3_step(owner_) != SQLITE_ROW) fail("an owner is missing");
        read(owner_, 0);
        sqlite3_reset(owner_);
      }
      sqlite3_reset(tasks_);
    }
    sqlite3_reset(projects_);
    expect(count);
  }
  void joined() {
    std::uint64_t count = 0;
    for (; sqlite3_step(joined_) == SQLITE_ROW; ++count) {
      sum_ += static_cast<unsigned>(sqlite3_column_int(joined_, 1));
      read(joined_, 2);
    }
    sqlite3_reset(joined_);
    expect(count);
  }

 private:
  void run(const char* sql) {
    if (sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail(sqlite3_errmsg(db_));
  }
  sqlite3_stmt* prepare(const char* sql) {
    sqlite3_stmt* made = nullptr;
    if (sqlite3_prepare_v2(db_, sql, -1, &made, nullptr) != SQLITE_OK) fail(sqlite3_errmsg(db_));
    return made;
  }
  void read(sqlite3_stmt* row, int column) {
    sum_ += sqlite3_column_text(row, column)[0] + static_cast<unsigned>(sqlite3_column_int(row, 0));
  }
  sqlite3* db_ = nullptr;
  sqlite3_stmt *projects_ = nullptr, *tasks_ = nullptr, *owner_ = nullptr, *joined_ = nullptr;
  std::uint64_t sum_ = 0;
};

class Postgres {
 public:
  explicit Postgres(const std::string& where) : db_(PQconnectdb(where.c_str())) {
    if (PQstatus(db_) != CONNECTION_OK) fail(PQerrorMessage(db_));
    run("SET client_min_messages = warning; DROP TABLE IF EXISTS tasks, projects, owners");
    run(kSchema);
    run(rows().c_str());
    run("ANALYZE");
    prepare("projects", kAllProjects, 0);
    prepare("tasks", "SELECT id, owner FROM tasks WHERE project = $1", 1);
    prepare("owner", "SELECT name FROM owners WHERE id = $1", 1);
    prepare("joined", kJoined, 0);
  }
  Postgres(const Postgres&) = delete;
  Postgres& operator=(const Postgres&) = delete;
  ~Postgres() { PQfinish(db_); }

  void each() {
    std::uint64_t count = 0;
    PGresult* projects = execute("projects", nullptr);
    for (int p = 0; p < PQntuples(projects); ++p) {
      sum_ += read(projects, p);
      PGresult* tasks = execute("tasks", PQgetvalue(projects, p, 0));
      for (int t = 0; t < PQntuples(tasks); ++t, ++count) {
        sum_ += read(tasks, t);
        PGresult* owner = execute("owner", PQgetvalue(tasks, t, 1));
        if (PQntuples(owner) != 1) fail("an owner is missing");
        sum_ += read(owner, 0);
        PQclear(owner);
      }
      PQclear(tasks);
    }
    PQclear(projects);
    expect(count);
  }
  void joined() {
    PGresult* all = execute("joined", nullptr);
    const int count = PQntuples(all);
    for (int row = 0; row < count; ++row) sum_ += read(all, row);
    PQclear(all);
    expect(static_cast<std::uint64_t>(count));
  }

 private:
  void run(const char* sql) {
    PGresult* done = PQexec(db_, sql);
    if (PQresultStatus(done) != PGRES_COMMAND_OK) fail(PQerrorMessage(db_));
    PQclear(done);
  }
  void prepare(const char* name, const char* sql, int parameters) {
    PGresult* done = PQprepare(db_, name, sql, parameters, nullptr);
    if (PQresultStatus(done) != PGRES_COMMAND_OK) fail(PQerrorMessage(db_));
    PQclear(done);
  }
  PGresult* execute(const char* name, const char* parameter) {
    const std::array<const char*, 1> values{parameter};
    PGresult* done =
        PQexecPrepared(db_, name, parameter == nullptr ? 0 : 1, values.data(), nullptr, nullptr, 0);
    if (PQresultStatus(done) != PGRES_TUPLES_OK) fail(PQerrorMessage(db_));
    return done;
  }
  static std::uint64_t read(const PGresult* rows, int row) {
    std::uint64_t sum = 0;
    for (int column = 0; column < PQnfields(rows); ++column) {
      sum += static_cast<unsigned char>(PQgetvalue(rows, row, column)[0]);
    }
    return sum;
  }
  PGconn* db_;
  std::uint64_t sum_ = 0;
};

template <class Database>
void suite(const peer::Bench& bench, const std::string& name, Database& database) {
  bench.milliseconds("projects/" + name + "_each", [&database] { database.each(); });
  bench.milliseconds("projects/" + name + "_joined", [&database] { database.joined(); });
}

}  // namespace

int main(int argc, char** argv) {
  const peer::Bench bench(argc, argv);
  if (bench.option("version") == "sqlite") {
    std::printf("%s\n", sqlite3_libversion());
    return 0;
  }
  Sqlite sqlite;
  suite(bench, "sqlite", sqlite);
  if (const std::string where = bench.option("postgres"); !where.empty()) {
    Postgres postgres(where);
    suite(bench, "postgres", postgres);
  }
}
