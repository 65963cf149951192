// SPDX-License-Identifier: MIT
#include "engine/notebook_notice.hpp"

#include "unit/engine/session_of_a_test.hpp"

#include <gmock/gmock.h>

namespace envkeep::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr const char* file = "home/.ipython/profile_default/startup/00-envkeep.py";

class NotebookNotice : public testing::SessionOfATest {
  protected:
    Result<void> keep(bool is_wanted) {
        return keep_notebook_notice(world(), session(), is_wanted);
    }

    // With these variables for this program too.
    Result<void> keep_with(const std::string& variable, bool is_wanted) {
        std::vector<const char*> more = variables;
        more.insert(more.begin(), variable.c_str());
        testing::MachineOfATest with(more.data());
        World here = world();
        const World there{.files = here.files,
                          .writer = here.writer,
                          .machine = with,
                          .walker = here.walker,
                          .own_binary = here.own_binary};
        return keep_notebook_notice(there, session(), is_wanted);
    }

    static constexpr const char* in_folder = "/profile_default/startup/00-envkeep.py";
};

TEST_F(NotebookNotice, IsAFileOfOursThatGoesAgain) {
    ASSERT_TRUE(keep(true));
    EXPECT_THAT(tree.content(file), StartsWith("# Made by envkeep"));
    tree.file(file, "# Made by envkeep, an older one\n");
    ASSERT_TRUE(keep(true));
    EXPECT_NE(tree.content(file), "# Made by envkeep, an older one\n");
    ASSERT_TRUE(keep(false));
    EXPECT_FALSE(tree.exists(file));
    ASSERT_TRUE(keep(false));
}

TEST_F(NotebookNotice, LeavesAFileOfTheUserAsItIs) {
    tree.file(file, "print('mine')\n");
    EXPECT_EQ(keep(true).error().kind, ErrorKind::conflict);
    ASSERT_TRUE(keep(false));
    EXPECT_THAT(remove_notebook_notice(world(), session()).value(), IsEmpty());
    EXPECT_EQ(tree.content(file), "print('mine')\n");
}

TEST_F(NotebookNotice, FollowsTheLinkOfAKeptFolder) {
    tree.folder("storage/envkeep/home/.ipython")
        .link("home/.ipython", tree / "storage/envkeep/home/.ipython");
    ASSERT_TRUE(keep(true));
    EXPECT_TRUE(tree.exists("storage/envkeep/home/.ipython/profile_default/startup/00-envkeep.py"));
    EXPECT_THAT(remove_notebook_notice(world(), session()).value(), ElementsAre(tree / file));
    EXPECT_FALSE(tree.exists(file));
    EXPECT_TRUE(tree.is_link("home/.ipython"));
}

TEST_F(NotebookNotice, MakesNothingBehindALinkThatLeadsNowhere) {
    tree.link("home/.ipython", tree / "nowhere");
    EXPECT_FALSE(keep(true));
    EXPECT_FALSE(tree.exists("nowhere"));
}

TEST_F(NotebookNotice, LiesWhereIpythonIsToldToLook) {
    const std::string variable = "IPYTHONDIR=" + (tree / "else/where");
    ASSERT_TRUE(keep_with(variable, true));
    EXPECT_THAT(tree.content(std::string("else/where") + in_folder), StartsWith("# Made by"));
    EXPECT_FALSE(tree.exists(file));
    ASSERT_TRUE(keep_with(variable, false));
    EXPECT_FALSE(tree.exists(std::string("else/where") + in_folder));
    ASSERT_TRUE(keep_with("IPYTHONDIR=~/ipython/", true));
    EXPECT_TRUE(tree.exists(std::string("home/ipython") + in_folder));
    ASSERT_TRUE(keep_with("IPYTHONDIR=", true));
    EXPECT_TRUE(tree.exists(file));
}

TEST_F(NotebookNotice, LiesWhereTheManifestSendsIpython) {
    write_manifest("env: {IPYTHONDIR: " + (tree / "sent") + "}\n");
    ASSERT_TRUE(keep_with("IPYTHONDIR=" + (tree / "else"), true));
    EXPECT_TRUE(tree.exists(std::string("sent") + in_folder));
    EXPECT_FALSE(tree.exists("else"));
}

TEST_F(NotebookNotice, IsTakenFromTheHomeTooOnceIpythonLooksElsewhere) {
    ASSERT_TRUE(keep(true));
    write_manifest("env: {IPYTHONDIR: " + (tree / "sent") + "}\n");
    ASSERT_TRUE(keep(true));
    EXPECT_THAT(remove_notebook_notice(world(), session()).value(),
                ElementsAre(tree / file, tree / "sent" + in_folder));
}

TEST_F(NotebookNotice, IsNotWrittenWhereEachNotebookLooksElsewhere) {
    for (const std::string folder : {"relative", "~somebody/x", "/a/../b"}) {
        const Result<void> kept = keep_with("IPYTHONDIR=" + folder, true);
        ASSERT_FALSE(kept);
        EXPECT_THAT(kept.error().message, StartsWith("IPYTHONDIR is '" + folder + "'"));
    }
    ASSERT_TRUE(keep(true));
    ASSERT_TRUE(keep_with("IPYTHONDIR=relative", false));
    EXPECT_FALSE(tree.exists(file));
}

}  // namespace
}  // namespace envkeep::engine
