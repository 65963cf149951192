// SPDX-License-Identifier: MIT
#include "envkeep/snapshot/databases.hpp"

#include "envkeep/posix/files.hpp"
#include "support/temp_tree.hpp"

#include <gmock/gmock.h>

namespace envkeep::snapshot {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

class OpenDatabases : public ::testing::Test {
  protected:
    OpenDatabases() {
        tree_.file("opt/a.db", std::string("SQLite format 3\0 pages", 22))
            .file("opt/a.db-wal", "frames")
            .file("opt/notes", "no database")
            .file("opt/notes-wal", "mine");
        roots_.machine = roots_.home = files_.open_root(tree_.path()).value();
        layer_.groups = {{.name = "/opt"}};
        for (const char* const path : {"opt/a.db", "opt/a.db-wal", "opt/notes", "opt/notes-wal"}) {
            layer_.entries.push_back({.path = path, .kind = EntryKind::file});
        }
    }

    // Later than all that was written so far.
    [[nodiscard]] WallTime now() {
        const auto written = [&] {
            tree_.remove("clock").file("clock");
            return files_.status({.root = roots_.machine, .path = RelPath::parse("clock").value()})
                .value()
                .changed;
        };
        const WallTime last = written();
        WallTime next = written();
        while (next == last) {
            next = written();
        }
        return next;
    }

    testing::TempTree tree_;
    posix::Files files_;
    Roots roots_;
    Layer layer_;
};

TEST_F(OpenDatabases, AreKnownByTheirFirstBytes) {
    const auto found = open_databases(layer_, roots_, files_);

    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found[0].path, "opt/a.db");
    EXPECT_THAT(found[0].entries, UnorderedElementsAre(0U, 1U));
    EXPECT_FALSE(is_written_to(found[0], now(), roots_, files_));
}

TEST_F(OpenDatabases, AreFoundWhereTheirFileIsTheImages) {
    layer_.entries.erase(layer_.entries.begin());

    const auto found = open_databases(layer_, roots_, files_);

    ASSERT_THAT(found, SizeIs(1));
    EXPECT_THAT(found[0].entries, UnorderedElementsAre(0U));
}

TEST_F(OpenDatabases, TellWhetherEitherOfTheirFilesWasWrittenSinceTheyWereLookedFor) {
    const auto found = open_databases(layer_, roots_, files_);
    ASSERT_THAT(found, SizeIs(1));

    const WallTime before_log = now();
    tree_.file("opt/a.db-wal", "frames and more");
    EXPECT_TRUE(is_written_to(found[0], before_log, roots_, files_));

    const WallTime before_file = now();
    EXPECT_FALSE(is_written_to(found[0], before_file, roots_, files_));
    tree_.file("opt/a.db", std::string("SQLite format 3\0 others", 23));
    EXPECT_TRUE(is_written_to(found[0], before_file, roots_, files_));
    EXPECT_FALSE(is_written_to(found[0], now(), roots_, files_));

    tree_.remove("opt/a.db-wal");
    EXPECT_TRUE(is_written_to(found[0], now(), roots_, files_));
}

TEST_F(OpenDatabases, AreNoneWithoutAFileBeside) {
    layer_.entries.resize(1);

    EXPECT_THAT(open_databases(layer_, roots_, files_), IsEmpty());
}

}  // namespace
}  // namespace envkeep::snapshot
