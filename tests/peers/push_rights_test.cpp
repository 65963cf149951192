// SPDX-License-Identifier: MIT
// Pushes to servers that let this user read and not write, each in its words.
#include "peers/remote_copy.hpp"

#include <gmock/gmock.h>

#include <string>

namespace envkeep::git {
namespace {

using envkeep::testing::RemoteCopy;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::ids_of;
using ::testing::Not;
using testing::text_of;

class PushRights : public RemoteCopy {
  protected:
    // Who would push is told `words` instead.
    void refuse_pushes(const std::string& words) {
        tree_.file("words", words);
        tree_.file("shell",
                   "#!/bin/sh\n"
                   "case $SSH_ORIGINAL_COMMAND in git-receive-pack*)\n"
                   "cat " +
                       (tree_ / "words") +
                       " >&2; exit 1;; esac\n"
                       "exec git-shell -c \"$SSH_ORIGINAL_COMMAND\"\n",
                   0755);
        serve_ssh("ForceCommand " + (tree_ / "shell") + "\n");
    }
};

TEST_F(PushRights, OfAKeyThatMayOnlyReadAreToldWithTheirCure) {
    refuse_pushes({});
    ASSERT_EQ(bring().change, CopyChange::cloned);
    tree_.file("copy/a", "mine");
    for (const std::string words :
         {"ERROR: The key you are authenticating with has been marked as read only.\n"
          "fatal: Could not read from remote repository.\n",
          "ERROR: Permission to me/x.git denied to you.\nfatal: Could not read from remote\n",
          "remote: \nremote: =====\nremote: \nremote: ERROR: This deploy key does not have write "
          "access to this project.\nremote: \n"}) {
        tree_.file("words", words);

        const CopyReport report = publish();

        EXPECT_THAT(ids_of(report), ElementsAre("git-push-forbidden")) << text_of(report);
        EXPECT_THAT(text_of(report),
                    AllOf(HasSubstr("git there says: "),
                          HasSubstr("ERROR: "),
                          HasSubstr("with write access"),
                          Not(HasSubstr("\\x0a"))));
        EXPECT_FALSE(report.is_network_at_fault);
        EXPECT_EQ(git("copy", "show HEAD:a"), "mine");
    }
}

TEST_F(PushRights, WhereNothingCanBeWrittenDoNotAskForAnotherBranch) {
    serve_ssh();
    ASSERT_EQ(bring().change, CopyChange::cloned);
    git("remote.git", "config receive.maxInputSize 10");
    tree_.file("copy/a", "mine");

    const CopyReport report = publish();

    EXPECT_THAT(ids_of(report), ElementsAre("git-push-refused")) << text_of(report);
    EXPECT_THAT(text_of(report), AllOf(HasSubstr("whoever keeps it"), Not(HasSubstr("switch -c"))));
}

}  // namespace
}  // namespace envkeep::git
