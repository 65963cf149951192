// SPDX-License-Identifier: MIT
#include "envkeep/store/journal.hpp"

#include "other_machine.hpp"
#include "store_test.hpp"
#include "support/mounts.hpp"

#include <rapidcheck/gtest.h>

#include <chrono>

namespace envkeep::store {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Change link_made(const std::string& path) {
    return {.kind = Change::Kind::made_link, .path = path, .text = "/storage/envkeep/home/x"};
}

class JournalTest : public StoreTest {
  protected:
    system::Place folder() { return opened_store().place("journal"); }

    Journal journal(const std::string& command) {
        return {folder(), new_run(command, "/root", machine), files, files};
    }

    std::vector<RunRecord> runs() { return list_runs({folder()}, machine, files).value(); }

    std::string file_of(const Journal& journal) {
        return "storage/envkeep/journal/" + journal.run().id + ".jsonl";
    }

    void add_text(const Journal& journal, std::string_view text) {
        const std::string before = tree.content(file_of(journal));
        tree.file(file_of(journal), before + std::string(text), 0600);
    }
};

TEST_F(JournalTest, IsReadFromATimeOnWhereOneIsGiven) {
    tree.file("storage/envkeep/journal/20200101T000000Z-0000000000.jsonl", "{}\n");
    Journal written = journal("restore");
    ASSERT_TRUE(written.intend(link_made("/root/.a")).has_value());

    const auto since = machine.now() - std::chrono::hours(24);

    EXPECT_THAT(runs(), SizeIs(2));
    EXPECT_THAT(list_runs({folder()}, machine, files, {.since = since}).value(), SizeIs(1));
}

TEST_F(JournalTest, OfARunThatChangesNothingLeavesNothing) {
    Journal nothing = journal("restore");

    ASSERT_TRUE(nothing.finish().has_value());

    EXPECT_FALSE(nothing.is_begun());
    EXPECT_FALSE(tree.exists("storage/envkeep/journal"));
    EXPECT_THAT(runs(), IsEmpty());
}

TEST_F(JournalTest, TellsWhatWasIntendedAndWhatWasDone) {
    Journal written = journal("restore");
    const std::size_t first = written.intend(link_made("/root/.a")).value();
    ASSERT_TRUE(written.done(first).has_value());
    ASSERT_TRUE(written.intend(link_made("/root/.b")).has_value());

    const std::vector<RunRecord> read = runs();

    ASSERT_THAT(read, SizeIs(1));
    EXPECT_EQ(read[0].run.id, written.run().id);
    EXPECT_EQ(read[0].run.command, "restore");
    EXPECT_EQ(read[0].run.home, "/root");
    EXPECT_EQ(read[0].run.process, machine.self());
    EXPECT_TRUE(read[0].is_of_this_container);
    EXPECT_FALSE(read[0].is_finished);
    EXPECT_THAT(read[0].problems, IsEmpty());
    ASSERT_THAT(read[0].items, SizeIs(2));
    EXPECT_EQ(read[0].items[0].change, link_made("/root/.a"));
    EXPECT_TRUE(read[0].items[0].is_done);
    EXPECT_EQ(read[0].items[1].change, link_made("/root/.b"));
    EXPECT_FALSE(read[0].items[1].is_done);
}

TEST_F(JournalTest, KnowsWhetherTheRunCameToItsEnd) {
    Journal written = journal("restore");
    ASSERT_TRUE(written.intend(link_made("/root/.a")).has_value());
    ASSERT_TRUE(written.finish().has_value());

    EXPECT_TRUE(runs().at(0).is_finished);
}

TEST_F(JournalTest, ForgetsAChangeThatTheSystemRefused) {
    Journal written = journal("restore");
    const std::size_t refused = written.intend(link_made("/root/.a")).value();
    ASSERT_TRUE(written.intend(link_made("/root/.b")).has_value());
    ASSERT_TRUE(written.gave_up(refused).has_value());

    const std::vector<RunRecord> read = runs();

    ASSERT_THAT(read.at(0).items, SizeIs(1));
    EXPECT_EQ(read[0].items[0].change.path, "/root/.b");
}

TEST_F(JournalTest, TakesManyChangesAtOnce) {
    Journal written = journal("restore");
    ASSERT_TRUE(written.intend(link_made("/root/.a")).has_value());
    const std::size_t first =
        written.intend_all({link_made("/root/.b"), link_made("/root/.c"), link_made("/root/.d")})
            .value();
    ASSERT_TRUE(written.done_all(first, 2).has_value());
    ASSERT_TRUE(written.done_all(first, 0).has_value());

    const std::vector<RunRecord> read = runs();
    std::vector<bool> done;
    for (const RunRecord::Item& item : read.at(0).items) {
        done.push_back(item.is_done);
    }

    EXPECT_THAT(done, ElementsAre(false, true, true, false));
    EXPECT_THAT(read[0].problems, IsEmpty());
}

TEST_F(JournalTest, GivesRunsNewestFirst) {
    std::vector<std::string> ids;
    for (const char* const command : {"one", "two", "three"}) {
        Journal written = journal(command);
        ASSERT_TRUE(written.intend(link_made("/root/.a")).has_value());
        ids.insert(ids.begin(), written.run().id);
    }

    std::vector<std::string> read;
    for (const RunRecord& record : runs()) {
        read.push_back(record.run.id);
    }

    EXPECT_EQ(read, ids);
}

TEST_F(JournalTest, ReadsSeveralFoldersOfWhichSomeAreMissing) {
    Journal in_store = journal("restore");
    ASSERT_TRUE(in_store.intend(link_made("/root/.a")).has_value());
    const system::Place local{.root = home(), .path = RelPath::parse(".state/journal").value()};
    Journal in_home(local, new_run("restore", "/root", machine), files, files);
    ASSERT_TRUE(in_home.intend(link_made("/root/.b")).has_value());
    const system::Place missing = opened_store().place("nowhere/at/all");

    const auto read = list_runs({folder(), local, missing}, machine, files);

    ASSERT_TRUE(read.has_value());
    EXPECT_THAT(*read, SizeIs(2));
}

TEST_F(JournalTest, SaysWhichRunTookAnotherBack) {
    Journal first = journal("restore");
    ASSERT_TRUE(first.intend(link_made("/root/.a")).has_value());
    Journal undo = journal("undo");
    ASSERT_TRUE(undo.mark_undone(first.run().id).has_value());

    const std::vector<RunRecord> read = runs();

    EXPECT_EQ(read.at(1).undone_by, undo.run().id);
    EXPECT_EQ(read.at(0).undone_by, "");
}

TEST_F(JournalTest, ARunThatWasTakenBackTakesNothingBackAnyMore) {
    Journal first = journal("restore");
    ASSERT_TRUE(first.intend(link_made("/root/.a")).has_value());
    Journal undo = journal("undo");
    ASSERT_TRUE(undo.mark_undone(first.run().id).has_value());
    Journal redo = journal("undo");
    ASSERT_TRUE(redo.mark_undone(undo.run().id).has_value());

    const std::vector<RunRecord> read = runs();

    EXPECT_EQ(read.at(1).undone_by, redo.run().id);
    EXPECT_EQ(read.at(2).undone_by, "");
}

TEST_F(JournalTest, KnowsTheRunsOfOtherContainers) {
    store::Run run = new_run("restore", "/root", machine);
    run.container.first_start += 1;
    Journal foreign(folder(), run, files, files);
    ASSERT_TRUE(foreign.intend(link_made("/root/.a")).has_value());

    EXPECT_FALSE(runs().at(0).is_of_this_container);
    EXPECT_EQ(runs().at(0).run.container, run.container);
}

// Another machine whose kernel hides its boot too may have the same numbers.
TEST_F(JournalTest, KnowsNoRunForItsOwnWhereNothingTellsThisBoot) {
    OtherMachine here;
    here.as_container = machine.container().value();
    here.as_container->boot_id.clear();
    store::Run run = new_run("restore", "/root", machine);
    run.container = *here.as_container;
    Journal equal(folder(), run, files, files);
    ASSERT_TRUE(equal.intend(link_made("/root/.a")).has_value());

    const auto read = list_runs({folder()}, here, files).value();

    ASSERT_THAT(read, SizeIs(1));
    EXPECT_FALSE(read[0].is_of_this_container);
}

TEST_F(JournalTest, ReadsALineThatWasCutShortAsAProblem) {
    Journal cut = journal("restore");
    const std::size_t number = cut.intend(link_made("/root/.a")).value();
    ASSERT_TRUE(cut.done(number).has_value());
    add_text(cut, R"({"intend":1,"change":"made_li)");

    const std::vector<RunRecord> read = runs();

    ASSERT_THAT(read.at(0).items, SizeIs(1));
    EXPECT_TRUE(read[0].items[0].is_done);
    EXPECT_THAT(read[0].problems, ElementsAre(HasSubstr("line 4")));
}

TEST_F(JournalTest, ReadsNoiseAsProblemsAndTellsOnlyTheFirst) {
    std::string noise;
    for (int i = 0; i < 5000; ++i) {
        noise += "\x01\xff{[\n";
    }
    tree.file("storage/envkeep/journal/20261120T232459Z-8d6cf3f2a9.jsonl", noise);

    const std::vector<RunRecord> read = runs();

    ASSERT_THAT(read, SizeIs(1));
    EXPECT_EQ(read[0].run.id, "20261120T232459Z-8d6cf3f2a9");
    EXPECT_THAT(read[0].items, IsEmpty());
    EXPECT_FALSE(read[0].is_of_this_container);
    EXPECT_THAT(read[0].problems, SizeIs(11));
}

TEST_F(JournalTest, BelievesNoNumbersThatWereNeverGiven) {
    Journal written = journal("restore");
    ASSERT_TRUE(written.intend(link_made("/root/.a")).has_value());
    add_text(written,
             "{\"done\":7}\n"
             "{\"done\":-9223372036854775808,\"to\":-1}\n"
             "{\"gave_up\":\"0\"}\n"
             "{\"done\":1,\"to\":0}\n"
             "{\"intend\":0,\"change\":\"made_link\",\"path\":\"/root/.b\"}\n");

    const std::vector<RunRecord> read = runs();

    ASSERT_THAT(read.at(0).items, SizeIs(1));
    EXPECT_EQ(read[0].items[0].change.path, "/root/.a");
    EXPECT_FALSE(read[0].items[0].is_done);
    EXPECT_THAT(read[0].problems, SizeIs(5));
}

TEST_F(JournalTest, LeavesOtherThingsInItsFolderAlone) {
    tree.folder("storage/envkeep/journal/20261120T232459Z-aaaaaaaaaa.jsonl")
        .link("storage/envkeep/journal/20261120T232459Z-bbbbbbbbbb.jsonl", "/etc/passwd")
        .fifo("storage/envkeep/journal/20261120T232459Z-cccccccccc.jsonl")
        .file("storage/envkeep/journal/.x.jsonl.envkeep-01234567", "half")
        .file("storage/envkeep/journal/readme.txt", "mine");

    EXPECT_THAT(runs(), IsEmpty());
}

TEST_F(JournalTest, IsForItsOwnerOnly) {
    Journal written = journal("restore");
    ASSERT_TRUE(written.intend(link_made("/root/.a")).has_value());

    EXPECT_EQ(tree.mode_of("storage/envkeep/journal"), 0700U);
    EXPECT_EQ(tree.mode_of(file_of(written)), 0600U);
}

TEST_F(JournalTest, RefusesToIntendWhereItCannotWrite) {
    tree.file("storage/envkeep/journal", "in the way");
    Journal written = journal("restore");

    const auto intended = written.intend(link_made("/root/.a"));

    ASSERT_FALSE(intended.has_value());
    EXPECT_THAT(intended.error().message, HasSubstr("journal"));
    EXPECT_FALSE(written.is_begun());
}

TEST_F(JournalTest, GoesOnAfterALineThatDidNotFit) {
    const testing::ScopedMount small =
        testing::ScopedMount::tmpfs(tree / "storage/envkeep", "size=64k");
    Journal written = journal("restore");
    const std::size_t first = written.intend(link_made("/root/.a")).value();
    std::string filler(120'000, 'x');
    EXPECT_FALSE(written.intend(link_made("/root/" + filler)).has_value());
    // The file system is full up to the last byte: room comes back with a shorter file.
    tree.file("storage/envkeep/filler", "");
    const std::string kept = tree.content(file_of(written));
    tree.file(file_of(written), std::string_view(kept).substr(0, 20'000), 0600);

    ASSERT_TRUE(written.done(first).has_value());

    const std::vector<RunRecord> read = runs();
    ASSERT_FALSE(read.at(0).items.empty());
    EXPECT_TRUE(read[0].items[0].is_done);
}

RC_GTEST_FIXTURE_PROP(JournalTest, ReadsWhateverItsLinesHaveBecome, ()) {
    std::string text =
        "{\"run\":\"20261120T232459Z-8d6cf3f2a9\",\"format\":1,\"command\":\"restore\"}\n"
        "{\"intend\":0,\"change\":\"made_link\",\"path\":\"/root/.a\\\\xff\",\"text\":\"b\"}\n"
        "{\"intend\":1,\"change\":\"set_mode\",\"path\":\"/c\",\"old_mode\":\"0644\"}\n"
        "{\"done\":0,\"to\":1}\n{\"undoes\":\"x\"}\n{\"finished\":true}\n";
    const int changes = *rc::gen::inRange(1, 6);
    for (int i = 0; i < changes; ++i) {
        text.at(*rc::gen::inRange<std::size_t>(0, text.size())) = *rc::gen::arbitrary<char>();
    }
    tree.file("storage/envkeep/journal/20261120T232459Z-8d6cf3f2a9.jsonl", text, 0600);

    const std::vector<RunRecord> read = runs();

    RC_ASSERT(read.size() == 1U);
    RC_ASSERT(read[0].run.id == "20261120T232459Z-8d6cf3f2a9");
    RC_ASSERT(read[0].items.size() <= 2U);
}

TEST(NewRun, NamesTheCommandTheHomeAndWhoRunsIt) {
    const posix::Machine machine(posix::environment());

    const store::Run run = new_run("adopt .ssh", "/root", machine);

    EXPECT_THAT(run,
                AllOf(Field(&store::Run::command, "adopt .ssh"),
                      Field(&store::Run::home, "/root"),
                      Field(&store::Run::container, machine.container().value()),
                      Field(&store::Run::process, machine.self())));
    EXPECT_THAT(run.id, ::testing::MatchesRegex("[0-9]{8}T[0-9]{6}Z-[0-9a-f]{10}"));
}

}  // namespace
}  // namespace envkeep::store
