// SPDX-License-Identifier: MIT
#include "backups_fixture.hpp"

#include <filesystem>

namespace envkeep::store {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST_F(BackupsTest, StayAsLongAsTheIndexOfAnyRunCannotBeRead) {
    tree.file(in_aside("a"), "1");
    backed_up(old_run, {aside("a")});
    backed_up(next_run, {aside("a")});
    const std::string index = tree / ("storage/envkeep/backups/" + next_run + ".jsonl");
    std::filesystem::resize_file(index, std::uintmax_t{65} << 20U);

    const BackupRemoval stopped = removal(std::chrono::hours(24 * 30));

    EXPECT_THAT(stopped.removed, IsEmpty());
    EXPECT_THAT(stopped.problems, ElementsAre(HasSubstr(next_run + ".jsonl")));
    EXPECT_EQ(tree.content("storage/envkeep/backups/" + old_run + "/root/a"), "1");
}

}  // namespace
}  // namespace envkeep::store
