// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/git/working_copy.hpp"
#include "envkeep/posix/files.hpp"
#include "envkeep/posix/machine.hpp"
#include "support/temp_tree.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace envkeep::git::testing {

// A home, a bare repository `remote.git` with one commit (`a`, `b/c`) on `main`, and place for
// working copies of it. The real git makes and judges them.
class WithRealGit : public ::testing::Test {
  protected:
    using Commits = std::vector<std::pair<std::string, std::string>>;  // path, content

    // With these further commits at the remote. What git makes of it is made once a process, and
    // copied from then on.
    explicit WithRealGit(const Commits& more = {});

    // What `git WORDS` writes, in a folder of the tree; a failure throws.
    std::string git(std::string_view folder, std::string_view words) const;
    std::string shell(std::string_view commands) const;  // in the tree's own folder

    // One more commit at the remote, made by another clone: `path` gets `content`.
    void commit_upstream(const std::string& path,
                         const std::string& content,
                         const std::string& branch = "main") const;

    // By a path; a test with real servers says another way.
    [[nodiscard]] virtual Wish wish() const {
        return {.subject = "dotfiles", .url = tree_ / "remote.git", .folder = tree_ / "copy"};
    }

    [[nodiscard]] CopyReport bring() { return bring(wish()); }

    [[nodiscard]] CopyReport bring(const Wish& wanted);
    [[nodiscard]] CopyReport publish(const std::string& message = "changed");
    // Without a network and with an owner of the store, if need be.
    [[nodiscard]] LocalAccess local();
    [[nodiscard]] virtual RemoteAccess remote();

    // git's own judgement of `copy`: nothing changed, nothing broken, at the remote's branch.
    void expect_in_order(std::string_view folder = "copy") const;

    envkeep::testing::TempTree tree_;
    std::optional<std::uint32_t> store_owner_;

  private:
    void make(const Commits& more);

    posix::Files files_;
    posix::Machine machine_;
};

[[nodiscard]] std::vector<std::string> ids_of(const CopyReport& report);
// All that the findings say, for failures of tests.
[[nodiscard]] std::string text_of(const CopyReport& report);

}  // namespace envkeep::git::testing
