// SPDX-License-Identifier: MIT
#include "unit/keep/merging.hpp"

#include <fstream>
#include <iterator>

namespace envkeep::keep {
namespace {

using ::testing::Contains;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// As IPython makes its history: session START LINE... adds one, unstarted LINE... one of which
// nobody knows when it began; lines lists all.
constexpr std::string_view ipython = R"python(
import sqlite3, sys
path, verb, *words = sys.argv[1:]
db = sqlite3.connect(path)
db.executescript("""
CREATE TABLE IF NOT EXISTS sessions (session integer primary key autoincrement, start timestamp,
    end timestamp, num_cmds integer, remark text);
CREATE TABLE IF NOT EXISTS history (session integer, line integer, source text, source_raw text,
    PRIMARY KEY (session, line));
CREATE TABLE IF NOT EXISTS output_history (session integer, line integer, output text,
    PRIMARY KEY (session, line));""")
if verb == "wal":
    db.execute("PRAGMA journal_mode=WAL")
if verb == "forget":
    db.execute("DELETE FROM history WHERE source = ?", words)
if verb in ("session", "wal"):
    start, *lines = words
    found = db.execute("SELECT session FROM sessions WHERE start = ?", (start,)).fetchone()
    session = found[0] if found else db.execute(
        "INSERT INTO sessions VALUES (NULL, ?, NULL, NULL, '')", (start,)).lastrowid
    have = db.execute("SELECT count(*) FROM history WHERE session = ?", (session,)).fetchone()[0]
    for number, line in enumerate(lines, have + 1):
        db.execute("INSERT INTO history VALUES (?, ?, ?, ?)", (session, number, line, line))
        db.execute("INSERT INTO output_history VALUES (?, ?, ?)", (session, number, line))
if verb == "unstarted":
    session = db.execute("INSERT INTO sessions VALUES (NULL, NULL, NULL, NULL, '')").lastrowid
    for number, line in enumerate(words, 1):
        db.execute("INSERT INTO history VALUES (?, ?, ?, ?)", (session, number, line, line))
db.commit()
if verb == "lines":
    for row in db.execute("SELECT session, line, source FROM sessions JOIN history USING (session) ORDER BY 1, 2"):
        print(*row)
if verb == "wal":
    import os
    os.kill(os.getpid(), 9)  # the journal stays
)python";

class MergingDatabases : public testing::Merging {
  protected:
    MergingDatabases() : Merging("history.sqlite") {
        std::ifstream file(std::string(ENVKEEP_SOURCE_DIR) + "/templates/merge_sqlite.py");
        program_text_.assign(std::istreambuf_iterator<char>(file), {});
        program = program_text_;
        pythons = {"/nowhere/python3", "/usr/bin/python3"};
        run("store/home/history.sqlite", {"session", "2026-01-01 00:00:00.000001", "old"});
    }

    std::string run(const std::string& path, const std::vector<std::string>& words) {
        std::vector<std::string> all{"/usr/bin/python3", "-c", std::string(ipython), tree / path};
        all.insert(all.end(), words.begin(), words.end());
        return processes.run({.words = all, .limit = limit}).value().output;
    }

    std::string run(const Home& home, const std::vector<std::string>& words) {
        return run(home.name + "/history.sqlite", words);
    }

    std::string lines() { return run("store/home/history.sqlite", {"lines"}); }

  private:
    std::string program_text_;
};

TEST_F(MergingDatabases, GivesSessionsOfTheirOwnNumbers) {
    Home one = session("one");
    Home two = session("two");
    run(one, {"session", "2026-01-02 00:00:00.000001", "one 1"});
    run(two, {"session", "2026-01-03 00:00:00.000001", "two 1"});

    save(one);
    save(two);
    run(one, {"session", "2026-01-02 00:00:00.000001", "one 2"});
    save(one);
    run(two, {"session", "2026-01-03 00:00:00.000001", "two 2"});
    save(two);

    EXPECT_EQ(lines(), "1 1 old\n2 1 one 1\n2 2 one 2\n3 1 two 1\n3 2 two 2\n");
    EXPECT_THAT(save(two).steps, IsEmpty());
    EXPECT_FALSE(tree.exists("store/home/history.sqlite.from-3f2a-1"));
    EXPECT_THAT(tree.snapshot("two/.envkeep-state/merge"), IsEmpty());
}

TEST_F(MergingDatabases, AddsSessionsWithoutABeginningOnce) {
    Home one = session("one");
    Home two = session("two");
    run(one, {"unstarted", "import a", "one"});
    run(two, {"unstarted", "import a", "two"});
    run(two, {"unstarted", "import a", "three"});

    for (int again = 0; again < 2; ++again) {
        save(one);
        save(two);
        run(one, {"session", "2026-01-02 00:00:00.000001", "more of one"});
        run(two, {"session", "2026-01-03 00:00:00.000001", "more of two"});
    }

    EXPECT_EQ(lines(),
              "1 1 old\n2 1 import a\n2 2 one\n3 1 import a\n3 2 two\n"
              "4 1 import a\n4 2 three\n5 1 more of one\n6 1 more of two\n");
    save(one);
    save(two);
    EXPECT_THAT(save(two).steps, IsEmpty());
}

TEST_F(MergingDatabases, SavesTheSameRowsOnceAfterAKill) {
    Home one = session("one");
    Home two = session("two");
    run(one, {"session", "2026-01-02 00:00:00.000001", "one"});
    run(two, {"session", "2026-01-03 00:00:00.000001", "two"});
    save(one);

    save(two, Ends::killed_before_its_word);
    run(two, {"session", "2026-01-03 00:00:00.000001", "more"});
    save(two);

    EXPECT_EQ(lines(), "1 1 old\n2 1 one\n3 1 two\n3 2 more\n");
}

TEST_F(MergingDatabases, ForgetsWhatOneSessionAloneForgot) {
    Home one = session("one");
    run(one, {"session", "2026-01-02 00:00:00.000001", "one"});
    run(one, {"forget", "old"});

    save(one);

    EXPECT_EQ(lines(), "2 1 one\n");
}

TEST_F(MergingDatabases, ReadsWhatIsInTheJournalOnly) {
    Home one = session("one");
    run(one, {"wal", "2026-01-02 00:00:00.000001", "in the journal"});
    ASSERT_TRUE(tree.exists("one/history.sqlite-wal"));

    save(one);

    EXPECT_EQ(lines(), "1 1 old\n2 1 in the journal\n");
    EXPECT_FALSE(tree.exists("store/home/history.sqlite-wal"));
}

TEST_F(MergingDatabases, TakesInWhatAJournalInTheStoreHolds) {
    Home one = session("one");
    run("store/home/history.sqlite", {"wal", "2026-01-02 00:00:00.000001", "by a link"});
    ASSERT_TRUE(tree.exists("store/home/history.sqlite-wal"));
    run(one, {"session", "2026-01-03 00:00:00.000001", "one"});

    save(one);

    EXPECT_FALSE(tree.exists("store/home/history.sqlite-wal"));
    EXPECT_EQ(lines(), "1 1 old\n2 1 by a link\n3 1 one\n");
}

TEST_F(MergingDatabases, PutsAJournalOfAnotherDatabaseAside) {
    run("old.sqlite", {"wal", "2026-01-05 00:00:00.000001", "of another"});
    tree.folder("one").rename("old.sqlite-wal", "one/history.sqlite-wal");

    const Home one = session("one");

    EXPECT_FALSE(tree.exists("one/history.sqlite-wal"));
    EXPECT_EQ(run(one, {"lines"}), "1 1 old\n");
}

TEST_F(MergingDatabases, KeepsBothWhereNoPythonIs) {
    pythons = {"/nowhere/python3"};
    Home one = session("one");
    Home two = session("two");
    run(one, {"session", "2026-01-02 00:00:00.000001", "one"});
    run(two, {"session", "2026-01-03 00:00:00.000001", "two"});
    save(one);

    const SavePlan saved = save(two);

    EXPECT_THAT(saved.findings, Contains(Field("id", &model::Finding::id, "save-both-kept")));
    EXPECT_EQ(lines(), "1 1 old\n2 1 one\n");
    EXPECT_EQ(run("store/home/history.sqlite.from-3f2a-1", {"lines"}), "1 1 old\n2 1 two\n");
}

TEST_F(MergingDatabases, CopiesNoBytesBesideAJournal) {
    pythons = {};
    Home one = session("one");
    run(one, {"wal", "2026-01-02 00:00:00.000001", "in the journal"});

    const SavePlan saved = save(one);

    EXPECT_THAT(saved.steps, IsEmpty());
    ASSERT_THAT(saved.findings, SizeIs(1));
    EXPECT_EQ(saved.findings[0].id, "save-failed");
    EXPECT_THAT(saved.findings[0].evidence.at(0), HasSubstr("in use"));
}

TEST_F(MergingDatabases, NeverReplacesAUnionByOneHomesBytes) {
    Home one = session("one");
    Home two = session("two");
    run(one, {"session", "2026-01-02 00:00:00.000001", "one"});
    run(two, {"session", "2026-01-03 00:00:00.000001", "two"});
    save(one);
    save(two);
    pythons = {};
    run(two, {"session", "2026-01-03 00:00:00.000001", "more"});

    save(two);

    EXPECT_EQ(lines(), "1 1 old\n2 1 one\n3 1 two\n");
    EXPECT_EQ(run("store/home/history.sqlite.from-3f2a-1", {"lines"}),
              "1 1 old\n2 1 two\n2 2 more\n");
}

TEST_F(MergingDatabases, RefusesADamagedOne) {
    Home one = session("one");
    Home two = session("two");
    run(one, {"session", "2026-01-02 00:00:00.000001", "one"});
    save(one);
    write(two, std::string("SQLite format 3\0", 16) + std::string(5000, 'x'));

    const SavePlan saved = save(two);

    EXPECT_THAT(saved.findings, Contains(Field("id", &model::Finding::id, "save-both-kept")));
    EXPECT_EQ(lines(), "1 1 old\n2 1 one\n");
}

}  // namespace
}  // namespace envkeep::keep
